// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/budget_place.hpp>
#include <fluxgate/detail/machine/locked.hpp>
#include <fluxgate/detail/machine/pending.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/state.hpp>

#include <algorithm>
#include <chrono>

// What a circuit tells of itself, and what is kept of it over a restart.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Returns one consistent snapshot. Throws `std::bad_alloc`.
template <class Types>
[[nodiscard]] CircuitBreakerInfo info_of(Locked<Types>& circuit) {
    [[maybe_unused]] const auto taken = circuit.fold_pending();
    CircuitBreakerInfo info{circuit.period.word().state(), circuit.history.changed_at(),
                            circuit.history.reopens(), to_metrics(circuit.metric()),
                            circuit.relations.name()};
    info.last_reason = circuit.history.last_reason();
    info.retry_after = circuit.rest_of_wait();
    info.totals = circuit.tally.totals();
    if constexpr (Types::counts_times) {
        if (Types::knows_duration(circuit.period.word())) {
            info.call_times = circuit.tally.times();
        }
    }
    info.not_closed_since = circuit.history.not_closed_since(circuit.period.row());
    info.calls_under_way = circuit.calls_under_way();
    if constexpr (Types::is_exchangeable) {
        if (circuit.policy_text != nullptr) {
            info.policies = *circuit.policy_text;
        }
    }
    if constexpr (Types::can_defer) {
        if (!circuit.ledger.forgets()) {
            // Looking has changed nothing that made deferring right.
            circuit.pending().restore(taken);
        }
    }
    return info;
}

/// Returns what is worth keeping over a restart. Throws `std::bad_alloc`.
template <class Types>
[[nodiscard]] Snapshot save(Locked<Types>& circuit) {
    circuit.fold();
    const TimePoint now = circuit.environment.now();
    Snapshot saved;
    saved.state = circuit.period.word().state();
    saved.saved_at = circuit.environment.wall_clock();
    saved.wait_left = circuit.rest_of_wait();
    saved.streak = circuit.ledger.streak();
    saved.score = circuit.ledger.score();
    circuit.history.save(saved, circuit.period.row(), now);
    saved.totals = circuit.tally.totals();
    saved.call_times = circuit.tally.times();
    return saved;
}

/// Begins in this state, which is no transition.
template <class Types>
void begin_in(Locked<Types>& circuit, State state, TimePoint now, TimePoint end_of_wait) {
    if (BudgetPlace* const place = circuit.relations.budget_place()) {
        place->note_state(is_outage(row_of(state)));
    }
    circuit.begin_period(state, now, end_of_wait);
}

/// Begins as the circuit was saved. Throws `std::invalid_argument` where that cannot be.
template <class Types>
void restore(Locked<Types>& circuit, const Snapshot& saved) {
    check_snapshot(saved);
    const auto wall_clock = circuit.environment.wall_clock();
    if (time_between(wall_clock, saved.saved_at) > std::chrono::minutes{1}) {
        throw_invalid("Restored's snapshot", "saved more than a minute after it",
                      "saved before the time of the system clock");
    }
    const TimePoint now = circuit.environment.now();
    TimePoint end_of_wait = (TimePoint::max)();
    if (saved.wait_left) {
        const std::chrono::nanoseconds since = time_between(saved.saved_at, wall_clock);
        end_of_wait =
            Types::History::end_of(now, *saved.wait_left - (std::min)(since, *saved.wait_left));
    }
    circuit.history.restore(saved, now, wall_clock);
    circuit.ledger.go_on_from(saved.streak, saved.score);
    if (saved.totals) {
        circuit.tally.go_on_from(*saved.totals, saved.call_times.value_or(CallTimes{}));
    }
    begin_in(circuit, saved.state, now, end_of_wait);
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
