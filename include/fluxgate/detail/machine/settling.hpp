// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/cheap_clock.hpp>
#include <fluxgate/detail/machine/circuit.hpp>
#include <fluxgate/detail/machine/exchange.hpp>
#include <fluxgate/detail/machine/missing_calls.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/machine/totals_bank.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>

#include <chrono>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The end of calls: each outcome takes effect once, in the period that granted the call. If an
/// exchange of policies ended that period, it takes effect in the state.
///
/// An outcome takes the first of three ways that fits, and all three are exact:
///
/// 1. The word says that the circuit is *clean*: the window is full of quick successes, and the
///    tripper, asked about that, said no. One more quick success finds all that as it leaves it, so
///    there is nothing to write. It takes effect where the word is read.
/// 2. The successes *pending* have a stamp of this period: the tripper said no, and goes on to say
///    no while only quick successes come into the newest bucket. One more is added to them by a
///    compare-and-swap, which is where it takes effect. If it succeeds, the stamp was there, hence
///    the period too.
/// 3. Under the lock. An outcome first takes the pending successes and their stamp away, so that
///    those that come now wait for the lock; then it is recorded, the tripper is asked, and what
///    that means is put into the word and the stamp.
///
/// Functions without a state, for circuits of these types.
template <class Types>
class CallSettling {
    using Circuit = detail::Circuit<Types>;
    using Locked = detail::Locked<Types>;
    using Grant = typename Types::Grant;
    using GrantParameter = typename Types::GrantParameter;

public:
    /// Settles a granted call by its outcome. Throws nothing but what unwinds a listener.
    FLUXGATE_ALWAYS_INLINE static void settle(Circuit& circuit, const Grant& grant, bool success) {
        if constexpr (Types::is_exchangeable) {
            // A call without a ticket is neither a trial nor watched.
            const bool is_plain = success && grant.ticket == 0;
            const Word word = circuit.period().load();
            if (is_plain && word.is_clean_without_time()) [[likely]] {
                if (word.is_counted()) {
                    circuit.tally().count(Counted::succeeded);
                }
                return;
            }
        }
        if constexpr (Types::has_short_way) {
            settle_parts(circuit, grant.word, grant.started, grant.ticket, success);
        } else {
            settle_inline(circuit, grant, success);
        }
    }

    /// Ends a granted call without an outcome: the place that it has among trials is free.
    FLUXGATE_ALWAYS_INLINE static void abandon(Circuit& circuit, const Grant& grant) noexcept {
        if constexpr (Types::has_short_way) {
            abandon_parts(circuit, grant.word, grant.started, grant.ticket);
        } else {
            abandon_inline(circuit, grant);
        }
    }

private:
    // The next two take a grant in its parts, so that a healthy call keeps it in registers.

    FLUXGATE_NOINLINE static void settle_parts(Circuit& circuit, Word word, TimePoint started,
                                               Ticket ticket, bool success)
        requires Types::has_short_way
    {
        settle_inline(circuit, Grant{word, started, ticket}, success);
    }
    FLUXGATE_NOINLINE static void abandon_parts(Circuit& circuit, Word word, TimePoint started,
                                                Ticket ticket) noexcept
        requires Types::has_short_way
    {
        abandon_inline(circuit, Grant{word, started, ticket});
    }

    FLUXGATE_ALWAYS_INLINE static void settle_inline(Circuit& circuit, const Grant& grant,
                                                     bool success) {
        if constexpr (Types::logs_calls) {
            if (circuit.call_logging()) {
                log_call(circuit, grant, success);
            }
        }
        if (success) {
            circuit.tally().count(Counted::succeeded);
        } else {
            circuit.tally().count_rarely(Counted::failed);
        }
        if constexpr (Types::tracks_trials) {
            if (Types::is_trial(grant)) {
                return settle_trial(circuit, grant, success);
            }
        }
        if constexpr (Types::watches) {
            if (Types::is_watched(grant)) {
                return settle_watched(circuit, grant, success);
            }
        }
        if constexpr (Types::clean_suffices) {
            // The success takes effect here, in a window that it leaves as it is. One of an older
            // period has no effect either.
            if (success) [[likely]] {
                const Word word = circuit.period().load();
                if (word.is_clean()) [[likely]] {
                    return;
                }
                if constexpr (Types::can_defer && !Types::Ledger::uses_time && !Types::watches) {
                    return settle_success(circuit, grant, word);
                }
            }
        }
        settle_measured(circuit, grant, success);
    }

    static void abandon_inline(Circuit& circuit, [[maybe_unused]] const Grant& grant) noexcept {
        circuit.tally().count_rarely(Counted::neutral);
        if constexpr (Types::tracks_trials) {
            if (Types::is_trial(grant)) {
                drop_trial(circuit, grant.ticket);
                return;
            }
        }
        if constexpr (Types::watches) {
            if (grant.ticket != 0) {
                static_cast<void>(circuit.end_watched(grant.ticket));
            }
        }
    }

    /// Settles a success, of which neither time nor duration matters, in a circuit that was not clean
    /// in `word`: by the second way, and by the third one where that fails. A function of its own,
    /// which saves no registers for what is rare.
    FLUXGATE_NOINLINE static void settle_success(Circuit& circuit, GrantParameter grant,
                                                 Word word) {
        if (word.period() != grant.word.period() || circuit.defer(word.period(), TimePoint{})) {
            return;
        }
        if (row_of(word.state()).settling != detail::Settling::ignores) {
            settle_under_lock(circuit, grant, true, word, {.success = true});
        }
    }

    /// Settles a call that is not watched by the second and third way, and by the first where that
    /// needs the duration.
    FLUXGATE_NOINLINE static void settle_measured(Circuit& circuit, GrantParameter grant,
                                                  bool success) {
        settle_measured_inline(circuit, grant, success, {});
    }

    /// Settles by the second and third way, and by the first where that needs the duration. `now`
    /// is the time by the clock of calls that may be overdue, where this is one.
    FLUXGATE_ALWAYS_INLINE static void settle_measured_inline(Circuit& circuit, const Grant& grant,
                                                              bool success,
                                                              [[maybe_unused]] TimePoint now) {
        const Word word = circuit.period().load();
        const bool is_late = word.period() != grant.word.period();
        if constexpr (Types::is_exchangeable) {
            if (is_late) {
                return settle_of_earlier_period(circuit, grant, success);
            }
        } else if (is_late && !Types::counts_times) {
            return;
        }
        // No Record yet: only the third way needs one in memory.
        TimePoint at{};
        std::chrono::nanoseconds duration{};
        const bool is_watched = Types::is_watched(grant);
        if (Types::is_timed(word)) {
            at = is_watched ? now : circuit.environment().now();
            duration = Types::duration(grant, at);
            if (!is_watched) {
                circuit.tally().count_duration(success, duration);
            }
        } else if (Types::uses_buckets(circuit.recorder())) {
            at = is_watched
                     ? circuit.watch().time_in_bucket(circuit.environment(), circuit.buckets(), now)
                     : time_in_bucket(circuit.environment(), circuit.buckets());
        }
        if (is_late || (success && takes_effect(circuit, word, duration, at))) {
            return;
        }
        if (row_of(word.state()).settling != detail::Settling::ignores) {
            settle_under_lock(circuit, grant, success, word,
                              {.success = success, .duration = duration, .at = at});
        }
    }

    /// Tries the first and the second way for a success, by what was read in the period of the
    /// word. Returns whether it has taken effect.
    [[nodiscard]] static bool takes_effect([[maybe_unused]] Circuit& circuit,
                                           [[maybe_unused]] Word word,
                                           [[maybe_unused]] std::chrono::nanoseconds duration,
                                           [[maybe_unused]] TimePoint at) noexcept {
        if constexpr (Types::Ledger::can_be_clean) {
            if (!circuit.recorder().is_quick(duration)) {
                return false;
            }
            if (word.is_clean()) {
                // What was read of policies that may be exchanged is of the period of the word if
                // that is still there.
                return !Types::is_exchangeable || circuit.period().load() == word;
            }
            return circuit.defer(word.period(), at);
        } else {
            return false;
        }
    }

    /// Settles a call that began in an earlier period, which may be one of other policies.
    FLUXGATE_NOINLINE static void settle_of_earlier_period(Circuit& circuit, const Grant& grant,
                                                           bool success)
        requires Types::is_exchangeable
    {
        circuit.judge([&](Locked& locked) {
            const auto outcome = Exchange<Types>::outcome_of(locked, grant, success);
            if (!Types::is_watched(grant)) {
                locked.tally.count_duration(success, outcome.record.duration);
            }
            return locked.counts(grant.word) ? locked.record(outcome.record, outcome.opening)
                                             : AfterLock::nothing;
        });
    }

    /// Settles by the third way, by a record that was made for the period of `seen`, which is that
    /// of the grant. `opening` is the reason of an opening that follows.
    FLUXGATE_NOINLINE static void settle_under_lock(Circuit& circuit, GrantParameter grant,
                                                    [[maybe_unused]] bool success,
                                                    [[maybe_unused]] Word seen,
                                                    const Record& record,
                                                    Reason opening = Reason::tripped) {
        circuit.judge([&](Locked& locked) {
            if (!locked.is_over(seen)) [[likely]] {
                return locked.record(record, opening);
            }
            if constexpr (Types::is_exchangeable) {
                if (locked.counts(grant.word)) {
                    const auto outcome = Exchange<Types>::outcome_of(locked, grant, success);
                    return locked.record(outcome.record, outcome.opening);
                }
            }
            return AfterLock::nothing;
        });
    }

    /// Settles a call that may be overdue, unless it was taken for that, or its period is over.
    FLUXGATE_ALWAYS_INLINE static void settle_watched(Circuit& circuit, const Grant& grant,
                                                      bool success)
        requires Types::watches
    {
        const auto& watch = circuit.watch();
        const Word word = circuit.period().load();
        if (grant.ticket == 0) {  // of a state that ignores outcomes
            if constexpr (Types::counts_times) {
                circuit.tally().count_duration(
                    success, time_between(grant.started, watch.now(circuit.environment(), word)));
            }
            return;
        }
        const TimePoint now = watch.now(circuit.environment(), word);
        if constexpr (Types::counts_times) {
            circuit.tally().count_duration(success, time_between(grant.started, now));
        }
        const bool counts = circuit.end_watched(grant.ticket);
        if (!counts || watch.is_due(now)) [[unlikely]] {
            circuit.reap();
        }
        if (!counts) {
            return;
        }
        // After an exchange another threshold may hold.
        const bool has_its_threshold =
            !Types::is_exchangeable || word.period() == grant.word.period();
        if (has_its_threshold && watch.is_late(grant.started, now)) [[unlikely]] {
            return settle_under_lock(circuit, grant, success, grant.word,
                                     watch.record(circuit.environment().now()), Reason::overdue);
        }
        if constexpr (Types::clean_suffices) {
            if (success && circuit.period().load().is_clean()) {
                return;
            }
        }
        settle_measured_inline(circuit, grant, success, now);
    }

    /// Settles a trial of which account is kept, unless its lease or its half-open is over.
    FLUXGATE_NOINLINE static void settle_trial(Circuit& circuit, const Grant& grant, bool success)
        requires Types::tracks_trials
    {
        if constexpr (Types::counts_times) {
            if (Types::knows_duration(grant.word)) {
                circuit.tally().count_duration(
                    success, time_between(grant.started, circuit.environment().now()));
            }
        }
        circuit.reap();
        // Given back when all is done, and without the lock.
        [[maybe_unused]] typename Types::Slot slot;
        circuit.judge([&](Locked& locked) {
            if (locked.trials.take(grant.ticket, slot) != Types::Trials::Taken::of_now) {
                MissingCalls<Types>::forget_trial(locked, grant.ticket);
                return AfterLock::nothing;
            }
            Record record{.success = success, .at = locked.environment.now()};
            if constexpr (Types::times_calls) {
                record.duration = time_between(grant.started, record.at);
            }
            return locked.record(record);
        });
    }

    /// Frees the place of a trial that ends without an outcome.
    FLUXGATE_NOINLINE static void drop_trial(Circuit& circuit, Ticket ticket) noexcept
        requires Types::tracks_trials
    {
        [[maybe_unused]] typename Types::Slot slot;
        circuit.run([&](Locked& locked) {
            if (locked.trials.take(ticket, slot) == Types::Trials::Taken::none) {
                MissingCalls<Types>::forget_trial(locked, ticket);
            }
        });
    }

    /// Logs a call that was settled.
    FLUXGATE_NOINLINE static void log_call(Circuit& circuit, const Grant& grant,
                                           bool success) noexcept
        requires Types::logs_calls
    {
        circuit.call_logging().log_call(circuit.relations().name(), circuit.environment(),
                                        grant.started, success);
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
