// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/machine/call_logging.hpp>
#include <fluxgate/detail/machine/earlier_calls.hpp>
#include <fluxgate/detail/machine/half_open_trials.hpp>
#include <fluxgate/detail/machine/hanging_calls.hpp>
#include <fluxgate/detail/machine/history.hpp>
#include <fluxgate/detail/machine/ledger.hpp>
#include <fluxgate/detail/machine/overdue_watch.hpp>
#include <fluxgate/detail/machine/pending_successes.hpp>
#include <fluxgate/detail/machine/relations.hpp>
#include <fluxgate/detail/machine/tally.hpp>
#include <fluxgate/detail/machine/unlocked_recorder.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/strand_mutex.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trial_limits.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

// What the template arguments of a breaker make of the parts of its machine: all that is known at
// compile time is asked here, and nowhere else.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A part of `BreakerOptions`: the policies may be exchanged. It brings all other parts.
struct ExchangeablePolicies {};

/// The parts that are known at run time, where others name them in their type.
struct OptionalParts {
    /// The threshold of overdue calls; empty where no call is overdue.
    std::optional<std::chrono::nanoseconds> overdue{};
    bool has_totals = false;
    /// The state in which the breaker begins, unless it is closed.
    State state = State::closed;
    /// What the policies are called; null where they have no text.
    std::shared_ptr<const std::string> text{};
};

/// The types of a machine's parts, and flags that say what this machine does.
///
/// Where policies may be exchanged (`ExchangeablePolicies`), the flags say what may be, and the
/// word of a period says what is: `is_timed`, `is_watched` and `uses_buckets` answer for both
/// kinds, at compile time where policies are fixed.
template <WindowPolicy TheWindow, TripperPolicy TheTripper, RetryPolicy TheRetry,
          PermitPolicy ThePermit, EnvironmentPolicy TheEnvironment, class Listening,
          class TheWaiters, class Options>
struct CoreTypes {
    using Window = TheWindow;
    using Tripper = TheTripper;
    using Retry = TheRetry;
    using Permit = ThePermit;
    using Environment = TheEnvironment;
    using Listeners = Listening;
    using Waiters = TheWaiters;
    using Slot = typename Waiters::Slot;
    using Unwinding = typename Environment::unwinding;
    using Ledger = detail::Ledger<Window, Tripper>;
    using Strand = StrandMutex<typename Environment::Mutex>;
    using Relations = detail::Relations<Listening>;

    static constexpr bool is_shared = !std::same_as<typename Environment::Mutex, NoMutex>;
    /// True if the policies may be exchanged.
    static constexpr bool is_exchangeable = Options::template have<ExchangeablePolicies>;
    static constexpr bool times_calls = Ledger::uses_durations;
    /// True if calls may be overdue.
    static constexpr bool watches = Options::template have<Overdue>;
    /// True if trials have a limit, which may tell how long one may take.
    static constexpr bool limits_trials =
        Options::template have<MaxHalfOpenCalls> || !std::same_as<Waiters, NoWaiters>;
    /// True if a trial may fail by taking too long.
    static constexpr bool has_leases = LeasesTrials<Permit> || watches || limits_trials;
    /// True if account is kept of the trials under way.
    static constexpr bool tracks_trials =
        AdmitsTrials<Permit> || JudgesTrials<Permit> || has_leases;
    /// True if a call begins and ends with little where its word says so, and with much else, which
    /// is then kept out of its way.
    static constexpr bool has_short_way = is_exchangeable || watches;
    /// True if everything is counted.
    static constexpr bool has_totals = Options::template have<Totals>;
    static constexpr bool counts_slow = has_totals && times_calls;
    /// True if the time that calls take is counted.
    static constexpr bool counts_times = has_totals && (times_calls || watches);
    /// True if calls are logged.
    static constexpr bool logs_calls = Options::template have<Recorder>;
    /// True if calls are to be timed.
    static constexpr bool needs_duration = times_calls || logs_calls;
    /// Without a lock to avoid, recording at once is cheaper than any atomic addition.
    static constexpr bool can_defer = Ledger::can_defer && is_shared;
    /// True if a clean word is all that a success has to know.
    static constexpr bool clean_suffices = Ledger::can_be_clean && !times_calls;

    /// True if each call writes what belongs to calls under way, so that nothing is gained by a word
    /// that nobody writes to.
    static constexpr bool writes_always = watches && !is_exchangeable;

    using Pendings = std::conditional_t<can_defer, PendingSuccesses<Ledger::uses_time>, Nothing>;
    using History = detail::History<Retry>;
    using Trials =
        std::conditional_t<tracks_trials, HalfOpenTrials<Permit, Slot, is_exchangeable>, NoTrials>;
    using Watch =
        std::conditional_t<watches, OverdueWatch<Environment, needs_duration, is_exchangeable>,
                           NoWatch>;
    using Hanging =
        std::conditional_t<has_leases && Tripper::uses_score, HangingCalls, NoHangingCalls>;
    using PolicyText =
        std::conditional_t<is_exchangeable, std::shared_ptr<const std::string>, Nothing>;
    using Tally = tally_t<has_totals, is_exchangeable, typename Environment::Mutex>;
    using CallLogging = std::conditional_t<logs_calls, detail::CallLogging, NoCallLogging>;
    using EarlierCalls = std::conditional_t<is_exchangeable, detail::EarlierCalls, NoEarlierCalls>;

    using Admission = std::conditional_t<tracks_trials, TrackedAdmission, detail::Admission>;
    using Grant = detail::Grant<needs_duration || watches, tracks_trials>;
    /// A grant as it is passed to functions that are not inlined: by value where registers take it.
    using GrantParameter =
        std::conditional_t<sizeof(Grant) <= 2 * sizeof(void*), const Grant, const Grant&>;
    /// What tells when a call is overdue: an `Overdue`, where the options have it. Where policies
    /// may be exchanged, which parts there are.
    using Threshold = std::conditional_t<is_exchangeable, OptionalParts,
                                         std::conditional_t<watches, Overdue, NoOverdue>>;

    /// Policies that take the place of others.
    struct Change {
        Window window;
        Tripper tripper;
        Retry retry;
        Permit permit;
        /// The threshold of overdue calls; empty where no call is overdue.
        std::optional<std::chrono::nanoseconds> overdue;
        /// What they are called.
        std::shared_ptr<const std::string> text;
    };

    [[nodiscard]] static Admission answer(Word word, Decision decision) noexcept {
        Admission admission{};
        admission.word = word;
        admission.decision = decision;
        return admission;
    }

    /// Returns whether a call that was granted is a trial: it is, where not every call is granted.
    [[nodiscard]] static constexpr bool is_trial(const Grant& grant) noexcept {
        return tracks_trials && !grant.word.admits_always();
    }
    /// Returns whether a call that is no trial is watched, or is of a state that ignores outcomes.
    [[nodiscard]] static constexpr bool is_watched([[maybe_unused]] const Grant& grant) noexcept {
        if constexpr (is_exchangeable) {
            return grant.ticket != 0;
        } else {
            return watches;
        }
    }
    /// Returns whether the duration of calls that find this word is measured.
    [[nodiscard]] static constexpr bool is_timed([[maybe_unused]] Word word) noexcept {
        if constexpr (is_exchangeable) {
            return word.is_timed();
        } else {
            return times_calls;
        }
    }
    /// Returns whether it is known how long a call takes that was granted by this word.
    [[nodiscard]] static constexpr bool knows_duration([[maybe_unused]] Word word) noexcept {
        if constexpr (is_exchangeable) {
            return word.is_timed() || word.is_watched();
        } else {
            return times_calls || watches;
        }
    }
    /// Returns whether a success has to know the bucket of its time.
    [[nodiscard]] static constexpr bool uses_buckets(
        [[maybe_unused]] UnlockedRecorder<typename Ledger::Recorder> recorder) noexcept {
        if constexpr (is_exchangeable) {
            return recorder.uses_buckets();
        } else {
            return Ledger::uses_time;
        }
    }
    /// Returns how long a call took that ends now; zero where its beginning was not noted.
    [[nodiscard]] static std::chrono::nanoseconds duration(
        [[maybe_unused]] const Grant& grant, [[maybe_unused]] TimePoint now) noexcept {
        if constexpr (needs_duration || watches) {
            return time_between(grant.started, now);
        } else {
            return {};
        }
    }
    /// Returns the threshold of overdue calls, where there is one.
    [[nodiscard]] static std::optional<std::chrono::nanoseconds> overdue_of(
        [[maybe_unused]] const Threshold& threshold) noexcept {
        if constexpr (is_exchangeable) {
            return threshold.overdue;
        } else if constexpr (watches) {
            return threshold.threshold();
        } else {
            return std::nullopt;
        }
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
