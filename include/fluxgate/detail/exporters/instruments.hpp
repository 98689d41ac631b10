// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exporters/transition_counts.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/json.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>

// What monitoring systems are told of a breaker: the instruments by name, and how each is read. The
// exporters differ in nothing else.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// What is told of each breaker.
enum class InstrumentId : std::uint8_t {
    state,
    calls,
    slow_calls,
    transitions,
    would_have_opened,
    window_calls,
    failure_ratio,
    slow_ratio,
    retry_after,
};

/// Says how the numbers change: a counter's only grow, a gauge's rise and fall, and a whole gauge's
/// have no fraction.
enum class InstrumentKind : std::uint8_t { counter, whole_gauge, gauge };

/// An instrument, as each exporter calls it.
struct Instrument {
    InstrumentId id;
    InstrumentKind kind;
    const char* prometheus_name;
    const char* opentelemetry_name;
    /// In UCUM, as OpenTelemetry writes units.
    const char* unit;
    const char* help;
};

// clang-format off
inline constexpr std::array instruments{
    Instrument{InstrumentId::state,             InstrumentKind::whole_gauge, "fluxgate_circuit_breaker_state",                   "fluxgate.circuit_breaker.state",             "",             "1 for the state that the circuit breaker is in, 0 for the others."},
    Instrument{InstrumentId::calls,             InstrumentKind::counter,     "fluxgate_circuit_breaker_calls_total",             "fluxgate.circuit_breaker.calls",             "{call}",       "Calls that have ended, and calls that were rejected."},
    Instrument{InstrumentId::slow_calls,        InstrumentKind::counter,     "fluxgate_circuit_breaker_slow_calls_total",        "fluxgate.circuit_breaker.slow_calls",        "{call}",       "Calls that lasted at least the tripper's least threshold."},
    Instrument{InstrumentId::transitions,       InstrumentKind::counter,     "fluxgate_circuit_breaker_transitions_total",       "fluxgate.circuit_breaker.transitions",       "{transition}", "Transitions from a state to a state."},
    Instrument{InstrumentId::would_have_opened, InstrumentKind::counter,     "fluxgate_circuit_breaker_would_have_opened_total", "fluxgate.circuit_breaker.would_have_opened", "{transition}", "Times that the circuit would have opened in metrics_only."},
    Instrument{InstrumentId::window_calls,      InstrumentKind::whole_gauge, "fluxgate_circuit_breaker_window_calls",            "fluxgate.circuit_breaker.window_calls",      "{call}",       "Calls that the window holds."},
    Instrument{InstrumentId::failure_ratio,     InstrumentKind::gauge,       "fluxgate_circuit_breaker_failure_ratio",           "fluxgate.circuit_breaker.failure_ratio",     "1",            "Share of the window's calls that failed, from 0 to 1."},
    Instrument{InstrumentId::slow_ratio,        InstrumentKind::gauge,       "fluxgate_circuit_breaker_slow_ratio",              "fluxgate.circuit_breaker.slow_ratio",        "1",            "Share of the window's calls that lasted at least the threshold, which is in seconds."},
    Instrument{InstrumentId::retry_after,       InstrumentKind::gauge,       "fluxgate_circuit_breaker_retry_after_seconds",     "fluxgate.circuit_breaker.retry_after",       "s",            "How long an open circuit will reject calls; 0 for one that is not open."},
};
// clang-format on

static_assert(
    [] {
        for (std::size_t i = 0; i != instruments.size(); ++i) {
            if (instruments[i].id != static_cast<InstrumentId>(i)) {
                return false;
            }
        }
        return true;
    }(),
    "every instrument has exactly one row, in the order of the enumerators");

/// A label of a series, beside the breaker's name.
struct Label {
    const char* key;
    std::string_view value;
};

using Labels = std::initializer_list<Label>;

/// Calls `sink(labels, number)` for each series of the instrument: a `std::uint64_t` for a counter
/// and a gauge of whole numbers, else a `double`; NaN for the share of no calls.
template <class Sink>
void read(const Instrument& instrument, const CircuitBreakerInfo& info,
          const TransitionCounts::Counts& made, Sink&& sink) {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    const TotalCounts totals = info.totals.value_or(TotalCounts{});
    const Metrics& window = info.metrics;
    switch (instrument.id) {
        case InstrumentId::state:
            for (const StateRow& row : state_table) {
                sink(Labels{{"state", to_string(row.state)}},
                     std::uint64_t{row.state == info.state ? 1U : 0U});
            }
            return;
        case InstrumentId::calls:
            sink(Labels{{"outcome", "success"}}, totals.succeeded);
            sink(Labels{{"outcome", "failure"}}, totals.failed);
            sink(Labels{{"outcome", "neutral"}}, totals.neutral);
            sink(Labels{{"outcome", "rejected"}}, totals.rejected);
            return;
        case InstrumentId::slow_calls: sink(Labels{}, totals.slow); return;
        case InstrumentId::transitions:
            for (std::size_t i = 0; i != all_transitions.size(); ++i) {
                if (all_transitions[i].reason == Reason::shared && made[i] == 0) {
                    continue;  // most breakers share their circuit with nobody
                }
                sink(Labels{{"from", to_string(all_transitions[i].from)},
                            {"to", to_string(all_transitions[i].to)},
                            {"reason", to_string(all_transitions[i].reason)}},
                     made[i]);
            }
            return;
        case InstrumentId::would_have_opened: sink(Labels{}, totals.would_have_opened); return;
        case InstrumentId::window_calls:
            sink(Labels{{"outcome", "success"}}, window.total_count - window.failure_count);
            sink(Labels{{"outcome", "failure"}}, window.failure_count);
            return;
        case InstrumentId::failure_ratio:
            sink(Labels{}, window.failure_rate().value_or(unknown));
            return;
        case InstrumentId::slow_ratio:
            for (const SlowCount& slow : window.slow) {
                const std::string threshold = decimal_seconds(slow.threshold);
                sink(Labels{{"threshold", threshold}},
                     window.slow_rate(slow.threshold).value_or(unknown));
            }
            return;
        case InstrumentId::retry_after:
            if (info.state != State::open) {
                sink(Labels{}, 0.0);
            } else if (info.retry_after) {
                sink(Labels{}, std::chrono::duration<double>{*info.retry_after}.count());
            } else {
                sink(Labels{}, std::numeric_limits<double>::infinity());
            }
            return;
    }
}

}  // namespace fluxgate::inline v0_1::detail
