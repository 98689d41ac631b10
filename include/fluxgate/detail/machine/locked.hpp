// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/machine/budget_place.hpp>
#include <fluxgate/detail/machine/call_logging.hpp>
#include <fluxgate/detail/machine/history.hpp>
#include <fluxgate/detail/machine/ledger.hpp>
#include <fluxgate/detail/machine/padding.hpp>
#include <fluxgate/detail/machine/period.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/detail/policies/attachments.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

template <class Types>
class Circuit;

/// What a section leaves to be done once the lock is released.
enum class AfterLock : std::uint8_t {
    nothing,
    tell,           ///< tell the listeners of a transition
    wake_and_tell,  ///< also wake all who wait for a trial's slot
};

/// A circuit whose lock is held: all its parts, and all that is done to them under the lock.
///
/// Only a Circuit has one, and gives it to sections that it runs under the lock: who has a Locked,
/// holds the lock. When the lock is let go, word, stamp and window agree: what depends on that asks
/// for a `Folded`, which only fold() gives.
template <class Types>
class Locked {
    using Environment = typename Types::Environment;
    using Permit = typename Types::Permit;
    using Retry = typename Types::Retry;
    using Tripper = typename Types::Tripper;
    using Window = typename Types::Window;
    using Ledger = typename Types::Ledger;
    using History = typename Types::History;
    using Relations = typename Types::Relations;
    using Tally = typename Types::Tally;
    using Trials = typename Types::Trials;
    using Watch = typename Types::Watch;
    using Waiters = typename Types::Waiters;
    using Admission = typename Types::Admission;

public:
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

    [[nodiscard]] bool is_over(Word word) noexcept {
        return word.period() != period.word().period();
    }

    /// Returns whether a call that was granted by this word and is settled now counts: it began in
    /// this state, which takes outcomes.
    [[nodiscard]] bool counts(Word granted) noexcept
        requires Types::is_exchangeable
    {
        return earlier.are_of_this_state(granted) && period.row().settling != Settling::ignores;
    }

    /// Returns what the window holds now.
    [[nodiscard]] auto metric() {
        return ledger.metric_at(Ledger::forgets_with_time ? environment.now() : TimePoint{});
    }

    /// Returns how long the circuit will yet stay open, where that is known.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> rest_of_wait() {
        const TimePoint end = period.end_of_wait();
        if (period.row().admitting != Admitting::after_wait || end == (TimePoint::max)()) {
            return std::nullopt;
        }
        return (std::max)(time_between(environment.now(), end), std::chrono::nanoseconds{0});
    }

    /// Returns how many calls of this period are under way; empty where that is not known.
    [[nodiscard]] std::optional<std::uint64_t> calls_under_way() {
        const StateRow& row = period.row();
        if (row.settling == Settling::decides_trial) {
            return trials.under_way();
        }
        const bool is_unknown =
            row.admitting == Admitting::always && row.settling == Settling::ignores;
        return is_unknown ? std::nullopt : watch.calls_under_way(period.word());
    }

    /// Shows that the pending successes are in the window, in this section.
    class Folded {
        friend Locked;
        Folded() = default;
    };

    /// Moves the pending successes into the window and disarms the second way, so that those that
    /// come now wait for the lock.
    Folded fold() noexcept {
        static_cast<void>(fold_pending());
        return {};
    }

    /// Folds as `fold` does, and returns what was taken.
    [[nodiscard]] auto fold_pending() noexcept {
        if constexpr (Types::can_defer) {
            const typename Types::Pendings::Taken taken = pending().take();
            ledger.record_successes(taken.count);
            return taken;
        } else {
            return Nothing{};
        }
    }

    /// Records an outcome of this period, which takes outcomes, and draws the consequence.
    /// `opening` is the reason of an opening that follows. Throws what the policies throw, and
    /// `std::bad_alloc`.
    AfterLock record(const Record& record, Reason opening = Reason::tripped) {
        const StateRow& row = period.row();
        const Folded folded = fold();
        if constexpr (Ledger::can_be_clean) {
            // Before anything can throw: what is recorded here must be seen by the next outcome,
            // also where the tripper, the retry or the memory for a signal fails.
            period.set_clean(false);
        }
        ledger.record(record);
        if (opening == Reason::overdue) {
            tally.count_overdue();
        }
        if (row.settling == Settling::decides_trial) {
            return trials.count(record.success,
                                [&] { return conclude(record, opening, row, folded); });
        }
        return conclude(record, opening, row, folded);
    }

    /// Adds to the score as so many failures would, which are none of the window's, and draws the
    /// consequence as of a failure like `record`. Throws as `record` does.
    AfterLock add_to_score(std::uint64_t failures, const Record& record) {
        const StateRow& row = period.row();
        const Folded folded = fold();
        if constexpr (Ledger::can_be_clean) {
            period.set_clean(false);
        }
        ledger.add_to_score(failures, record.at);
        return conclude(record, Reason::overdue, row, folded);
    }

    /// Begins a new period: the one place where the state changes. Throws what the retry throws, and
    /// `std::bad_alloc`; the circuit is then as before.
    AfterLock enter(State next, Reason reason, TimePoint now, const Told& told = {}) {
        const Folded folded = fold();
        const Step step{period.row(), row_of(next), reason, now, environment.wall_clock(), told};
        const History next_history = history.after(step, ledger);
        const TimePoint end_of_wait = step.next.on_entry.starts_wait
                                          ? next_history.end_of_wait(step, retry, environment)
                                          : TimePoint{};
        if (relations.has_listeners()) {
            relations.push(
                {step.old.state, next, step.wall_clock, reason, to_metrics(ledger.metric_at(now))});
        }

        make(step, next_history, end_of_wait, folded);
        return step.old.admitting == Admitting::by_permit ? AfterLock::wake_and_tell
                                                          : AfterLock::tell;
    }

    /// Begins a period, of which alone outcomes count from now on.
    void begin_period(State next, TimePoint now, TimePoint end_of_wait) noexcept {
        watch.restart(period.word().period() + 1);
        hanging.clear();
        earlier.begin_state(period.word().period() + 1);
        period.begin(next, now, end_of_wait);
    }

    /// Leaves the state whose wait is over, unless another thread was faster.
    AfterLock end_wait() {
        const TimePoint now = environment.now();
        const StateRow& row = period.row();
        if (row.admitting != Admitting::after_wait || now < period.end_of_wait()) {
            return AfterLock::nothing;
        }
        return enter(row.next, Reason::wait_over, now);
    }

    /// Admits a call to the trials of the period of `word`, or rejects it. Empty if that is over.
    /// Throws what the permit throws, and `std::bad_alloc`.
    [[nodiscard]] std::optional<Admission> try_trial(Word word) {
        if (is_over(word)) {
            return std::nullopt;
        }
        const TimePoint now = environment.now();
        const Ticket ticket = trials.try_begin(permit, period, environment, now);
        Admission admission =
            Types::answer(word, ticket != 0 ? Decision::granted : Decision::rejected);
        admission.ticket = ticket;
        admission.began = now;
        return admission;
    }

    /// Grants a call that may be overdue. Empty if the period of `word` is over.
    [[nodiscard]] std::optional<Admission> grant_watched(Word word) {
        if (is_over(word)) {
            return std::nullopt;
        }
        Admission admission = Types::answer(word, Decision::granted);
        admission.began = watch.now(environment, word);
        admission.ticket = watch.begin_slice(word.period(), admission.began);
        return admission.ticket != 0 ? std::optional{admission} : std::nullopt;
    }

private:
    friend Circuit<Types>;

    Locked(Window&& its_window, Tripper&& its_tripper, Retry&& its_retry, Permit&& its_permit,
           Environment&& its_environment, typename Types::Listeners&& its_listeners,
           const Attachments& attachments, const typename Types::Threshold& threshold,
           const TrialLimits& limits)
        : watch{Types::overdue_of(threshold), period.word().period()},
          tally{least_threshold(its_tripper)},
          environment{std::move(its_environment)},
          permit{std::move(its_permit)},
          relations{std::move(its_listeners), attachments},
          ledger{std::move(its_window), std::move(its_tripper)},
          retry{std::move(its_retry)},
          history{environment},
          trials{limits},
          call_logging{make_call_logging(attachments)},
          waiters{limits} {}

    /// Returns the duration from which on a call is slow; the longest one where none is named.
    [[nodiscard]] static std::chrono::nanoseconds least_threshold(
        [[maybe_unused]] const Tripper& tripper) {
        auto least = (std::chrono::nanoseconds::max)();
        if constexpr (Types::counts_slow && !Types::is_exchangeable) {
            for (const std::chrono::nanoseconds threshold : tripper.slow_thresholds()) {
                least = (std::min)(least, threshold);
            }
        }
        return least;
    }

    /// Joins the log of calls, if there is one.
    [[nodiscard]] typename Types::CallLogging make_call_logging(
        [[maybe_unused]] const Attachments& attachments) {
        if constexpr (Types::logs_calls) {
            if (attachments.log != nullptr) {
                return {attachments.log, !attachments.name.empty(), environment.now(),
                        history.changed_at()};
            }
        }
        return {};
    }

    /// Makes a transition, for which all is ready that may fail.
    void make(const Step& step, const History& next_history, TimePoint end_of_wait,
              Folded) noexcept {
        const OnEntry& on_entry = step.next.on_entry;
        history = next_history;
        if (BudgetPlace* const place = relations.budget_place()) {
            place->note_state(is_outage(step.next));
        }
        if (step.reason == Reason::command) {
            relations.note_command(step.next.state, end_of_wait);
        }
        tally.forget_verdict();
        if (on_entry.starts_wait) {
            tally.count_opening();
        }
        if (on_entry.clears_streak) {
            ledger.clear_streak();
        }
        ledger.clear_window();
        trials.end();
        begin_period(step.next.state, step.now, end_of_wait);
    }

    /// Draws the consequence of the outcome that was recorded last in the state of this row.
    AfterLock conclude(const Record& record, Reason opening, const StateRow& row, Folded folded) {
        const Verdict decided = verdict(record, row);
        const BudgetPlace::Claim claim{relations.budget_place(), decided == Verdict::trips};
        if (!claim) {
            return AfterLock::nothing;  // without a shortcut: the next outcome asks again
        }
        switch (decided) {
            case Verdict::trips: return enter(row.tripped, opening, environment.now());
            case Verdict::goes_on: return enter(row.next, Reason::recovered, environment.now());
            case Verdict::stays: break;
        }
        if (row.settling == Settling::records && tally.counts()) {
            const bool trips = ledger.verdict(record, row_that_may_trip) == Verdict::trips;
            tally.note_verdict(trips);
            if (trips) {
                return AfterLock::nothing;  // without a shortcut: the next no is to be heard
            }
        }
        if (row.settling != Settling::decides_trial) {
            offer_shortcuts(row, folded);
        }
        return AfterLock::nothing;
    }

    /// Says what the outcome that was recorded last means in the state of this row: the permit
    /// where it judges trials, else the tripper.
    [[nodiscard]] Verdict verdict(const Record& record, const StateRow& row) {
        const auto of_tripper = [&] { return ledger.verdict(record, row); };
        if (row.settling == Settling::decides_trial) {
            return trials.verdict(permit, period, environment, record.success, of_tripper);
        }
        return of_tripper();
    }

    /// Publishes which way the next quick success may take. Requires, in states that ask the tripper,
    /// its answer no to the window as it is now.
    void offer_shortcuts([[maybe_unused]] const StateRow& row, Folded) noexcept {
        if constexpr (Ledger::can_be_clean) {
            const bool is_clean = ledger.is_clean();
            period.set_clean(is_clean);
            if constexpr (Types::can_defer) {
                // One that counts asks the tripper also where that cannot trip.
                const bool asks = row.settling != Settling::records || !tally.counts();
                const std::uint64_t room =
                    is_clean ? 0 : ledger.room_for_later(asks ? row : row_that_may_trip);
                if (room != 0) {
                    pending().arm(period.word().period(), ledger.recorder().end_of_newest_bucket(),
                                  room);
                }
            }
        }
    }

public:
    /// The pending successes, which guard themselves where they do not say otherwise.
    [[nodiscard]] auto& pending() noexcept {
        if constexpr (is_together) {
            return near_pending_;
        } else {
            return far_pending_;
        }
    }
    [[nodiscard]] const auto& pending() const noexcept {
        if constexpr (is_together) {
            return near_pending_;
        } else {
            return far_pending_;
        }
    }

    // NOLINTBEGIN(*-non-private-member-variables-in-classes): a section gets all of them.

    // Every call reads the period, which few write. Many write the lock, the pending successes and
    // what is in the window. So these are kept on other cache lines than the period, and than that
    // of a neighbour in an array, by what is rarely written and by padding. Where each call writes
    // in any case, all that it needs lies together.

    Period period;

private:
    static constexpr bool is_together = Types::writes_always;

    FLUXGATE_NO_UNIQUE_ADDRESS Placed<is_together, typename Types::Pendings, 1> near_pending_;

public:
    FLUXGATE_NO_UNIQUE_ADDRESS Watch watch;
    FLUXGATE_NO_UNIQUE_ADDRESS Tally tally;
    FLUXGATE_NO_UNIQUE_ADDRESS Environment environment;
    FLUXGATE_NO_UNIQUE_ADDRESS Permit permit;
    Relations relations;

private:
    FLUXGATE_NO_UNIQUE_ADDRESS
    Padding<Types::is_shared && !is_together, Period, Watch, Tally, Environment, Permit, Relations>
        padding_before_;
    FLUXGATE_NO_UNIQUE_ADDRESS typename Types::Strand strand_;

    FLUXGATE_NO_UNIQUE_ADDRESS Placed<!is_together, typename Types::Pendings, 2> far_pending_;

public:
    // The ledger ends with the tripper, from which on what is written rarely keeps the next breaker
    // apart.
    Ledger ledger;
    FLUXGATE_NO_UNIQUE_ADDRESS Retry retry;
    FLUXGATE_NO_UNIQUE_ADDRESS History history;
    FLUXGATE_NO_UNIQUE_ADDRESS Trials trials;
    FLUXGATE_NO_UNIQUE_ADDRESS typename Types::Hanging hanging{};
    FLUXGATE_NO_UNIQUE_ADDRESS typename Types::EarlierCalls earlier{};
    /// Never changes.
    FLUXGATE_NO_UNIQUE_ADDRESS typename Types::CallLogging call_logging;
    /// What the policies are called, where they come from a text.
    FLUXGATE_NO_UNIQUE_ADDRESS typename Types::PolicyText policy_text{};
    FLUXGATE_NO_UNIQUE_ADDRESS Waiters waiters;

    // NOLINTEND(*-non-private-member-variables-in-classes)

private:
    FLUXGATE_NO_UNIQUE_ADDRESS
    Padding<Types::is_shared && !is_together, Tripper, Retry, std::chrono::system_clock::time_point,
            std::chrono::system_clock::time_point, std::uint32_t,
            std::optional<Reason>,  // History, without the end that another member may use
            typename Types::CallLogging, Waiters>
        padding_behind_;
    FLUXGATE_NO_UNIQUE_ADDRESS Placed<Types::is_shared && is_together, PaddingOf<line_size>, 3>
        padding_to_next_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
