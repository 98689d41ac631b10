// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/locked.hpp>
#include <fluxgate/detail/machine/missing_calls.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>

#include <optional>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The exchange of policies for others, where they may be (`ExchangeablePolicies`).
///
/// What policies need of a call is in the word. An exchange takes two periods: between them what is
/// read without the lock is changed, and nobody takes the first or the second way. An outcome that
/// finds another period than it read is judged anew under the lock, by `outcome_of`; it counts
/// where its call began in the same state.
template <class Types>
class Exchange {
    using Locked = detail::Locked<Types>;
    using Grant = typename Types::Grant;
    using Spare = typename Types::Watch::Spare;

public:
    using Change = typename Types::Change;

    /// Begins with the policies that there are. At construction.
    static void begin(Locked& locked, const typename Types::Threshold& threshold) {
        locked.policy_text = threshold.text;
        if (threshold.has_totals) {
            locked.tally.start(locked.ledger.recorder().shortest_threshold());
        }
        change_needs(locked,
                     needs_of(locked, locked.ledger.recorder(), threshold.overdue.has_value()));
    }

    /// Makes what the change may need, without the lock. Throws `std::bad_alloc`.
    [[nodiscard]] static Spare make_spare(const Change& change) {
        return Types::Watch::make_spare(change.overdue);
    }

    /// Makes the change, enters the state that `leads_to()` returns, if it does, and calls `also`;
    /// the two do not throw. Throws `std::bad_alloc`; nothing has changed then.
    template <class LeadsTo, class Also>
    static AfterLock make(Locked& locked, Change& change, Spare& spare, LeadsTo& leads_to,
                          Also& also) {
        locked.watch.prepare_change();
        AfterLock left = AfterLock::nothing;
        if (const std::optional<State> next = leads_to()) {
            left = locked.enter(*next, Reason::command, locked.environment.now());
        }
        make_ready(locked, change, spare, also);
        return left;
    }

    /// What a call is by the current policies: what there is to record of it, and the reason of an
    /// opening that follows.
    struct Outcome {
        Record record;
        Reason opening;
    };

    /// Returns what a call is that ends now.
    [[nodiscard]] static Outcome outcome_of(Locked& locked, const Grant& grant, bool success) {
        Record record{.success = success, .at = locked.environment.now()};
        const bool has_ticket = grant.ticket != 0;
        if (has_ticket &&
            locked.watch.is_late_by_now(grant.word.period(), grant.started, record.at)) {
            return {locked.watch.record(record.at), Reason::overdue};
        }
        if (locked.period.word().is_timed()) {
            const bool was_timed = has_ticket || grant.word.is_timed();
            record.duration =
                time_between(was_timed ? grant.started : locked.earlier.untimed_began(), record.at);
        }
        return {record, Reason::tripped};
    }

private:
    /// Makes a change, for which all is ready that may fail.
    template <class Also>
    static void make_ready(Locked& locked, Change& change, Spare& spare, Also& also) noexcept {
        const Word::Needs needs = needs_of(locked, change.window, change.overdue.has_value());
        const Word old = locked.period.word();
        const TimePoint now = locked.environment.now();
        // Those who see in the word that calls are watched find a ring.
        locked.watch.take(spare);
        change_needs(locked, needs);
        locked.fold();
        if constexpr (Types::can_defer) {
            locked.pending().forget_bucket();
        }
        if (needs.is_timed && !old.is_timed()) {
            locked.earlier.begin_timing(now);
        }
        locked.tally.set_slow_from(change.window.shortest_threshold());
        if (!locked.ledger.exchange(change.window, change.tripper)) {
            locked.history.note_empty_window(now);
        }
        std::swap(locked.retry, change.retry);
        if (change.permit != locked.permit) {
            std::swap(locked.permit, change.permit);
            locked.trials.begin_anew();
            if (locked.period.row().settling == Settling::decides_trial) {
                locked.hanging.clear();
            }
        }
        const bool is_other_threshold =
            locked.watch.change(change.overdue, old, locked.period.word().period());
        MissingCalls<Types>::go_on(locked, change.overdue, is_other_threshold, now);
        locked.policy_text.swap(change.text);
        also();
        change_needs(locked, needs);
    }

    /// Returns what policies need of a call.
    template <class Window>
    [[nodiscard]] static Word::Needs needs_of(Locked& locked, const Window& window,
                                              bool is_watched) noexcept {
        const bool is_timed = window.times_calls() || static_cast<bool>(locked.call_logging);
        return {is_timed, is_watched, locked.tally.counts()};
    }

    /// Begins a period of calls that do what policies need.
    static void change_needs(Locked& locked, Word::Needs needs) noexcept {
        locked.period.change_needs(needs);
        locked.watch.go_on(locked.period.word().period());
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
