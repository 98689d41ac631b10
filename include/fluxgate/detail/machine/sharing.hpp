// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/budget_place.hpp>
#include <fluxgate/detail/machine/locked.hpp>
#include <fluxgate/detail/machine/observation.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

// A port: a circuit as those see and change it who share it with others.
//
// They look at it, ask others, which takes a while, and then act on what they saw. So whatever acts
// is given the period that was seen, and does nothing where that is over.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Returns what there is to share. Throws `std::bad_alloc`.
template <class Types>
[[nodiscard]] Observation observe(Locked<Types>& circuit) {
    [[maybe_unused]] const auto taken = circuit.fold_pending();
    Observation seen;
    seen.period = circuit.period.word().period();
    seen.entered = circuit.earlier.state_began(circuit.period.word());
    seen.state = circuit.period.word().state();
    seen.reason = circuit.history.last_reason();
    seen.end_of_wait = circuit.period.end_of_wait();
    seen.now = circuit.environment.now();
    seen.reopens = circuit.history.reopens();
    seen.commanded = circuit.relations.commanded();
    seen.metrics = to_metrics(circuit.metric());
    seen.can_be_pooled = circuit.ledger.forgets() && !circuit.ledger.has_score();
    seen.totals = circuit.tally.totals();
    if constexpr (Types::can_defer) {
        if (!circuit.ledger.forgets()) {
            // Looking has changed nothing that made deferring right.
            circuit.pending().restore(taken);
        }
    }
    return seen;
}

/// Acts on a circuit in the period `seen`.
template <class Types>
class SeenPeriod {
public:
    SeenPeriod(Locked<Types>& circuit, std::uint64_t seen) noexcept
        : circuit_{circuit}, is_over_{seen != circuit.period.word().period()} {}

    /// Enters the state that others are in, with what they say of it: how long it is to be open,
    /// where it is, and how often it has opened again. Does nothing where the period is over. Throws
    /// `std::bad_alloc`; the circuit is then as before.
    AfterLock impose(State state, std::chrono::nanoseconds wait, std::uint32_t reopens) {
        if (is_over_) {
            return AfterLock::nothing;
        }
        return circuit_.enter(state, Reason::shared, circuit_.environment.now(),
                              {.wait = wait, .reopens = reopens});
    }

    /// Has an open circuit stay open until then. Returns false where the period is over, or it is
    /// not open.
    bool hold(TimePoint until) noexcept {
        if (is_over_ || circuit_.period.row().admitting != Admitting::after_wait) {
            return false;
        }
        circuit_.period.set_end_of_wait(until);
        return true;
    }

    /// Asks the tripper of a closed circuit about the calls of all, and opens it where that says
    /// so. Does nothing where the period is over, or its state asks no tripper at each outcome.
    /// Throws what tripper and retry throw, and `std::bad_alloc`; the circuit is then as before.
    AfterLock judge(const MetricView& calls) {
        const StateRow& row = circuit_.period.row();
        if (is_over_ || row.settling != Settling::may_trip) {
            return AfterLock::nothing;
        }
        if (!circuit_.ledger.trips_by(calls, row.state)) {
            return AfterLock::nothing;  // about calls of its own the tripper is not asked here
        }
        const BudgetPlace::Claim claim{circuit_.relations.budget_place(), true};
        if (!claim) {
            return AfterLock::nothing;
        }
        return circuit_.enter(row.tripped, Reason::shared, circuit_.environment.now());
    }

private:
    Locked<Types>& circuit_;
    bool is_over_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
