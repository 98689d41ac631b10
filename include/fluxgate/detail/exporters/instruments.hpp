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
    overdue_calls,
    call_time,
    state_changed,
    calls_under_way,
    trials_under_way,
    info,
};

/// Says how the numbers change: a counter's only grow, and a gauge's rise and fall. Those that are
/// whole have no fraction.
enum class InstrumentKind : std::uint8_t { whole_counter, counter, whole_gauge, gauge };

/// Returns whether the numbers only grow.
[[nodiscard]] constexpr bool is_counter(InstrumentKind kind) noexcept {
    return kind == InstrumentKind::whole_counter || kind == InstrumentKind::counter;
}
/// Returns whether the numbers have no fraction.
[[nodiscard]] constexpr bool is_whole(InstrumentKind kind) noexcept {
    return kind == InstrumentKind::whole_counter || kind == InstrumentKind::whole_gauge;
}

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
    Instrument{InstrumentId::state,             InstrumentKind::whole_gauge,   "fluxgate_circuit_breaker_state",                           "fluxgate.circuit_breaker.state",             "",             "1 for the state that the circuit breaker is in, 0 for the others."},
    Instrument{InstrumentId::calls,             InstrumentKind::whole_counter, "fluxgate_circuit_breaker_calls_total",                     "fluxgate.circuit_breaker.calls",             "{call}",       "Calls that have ended, and calls that were rejected."},
    Instrument{InstrumentId::slow_calls,        InstrumentKind::whole_counter, "fluxgate_circuit_breaker_slow_calls_total",                "fluxgate.circuit_breaker.slow_calls",        "{call}",       "Calls that lasted at least the tripper's least threshold."},
    Instrument{InstrumentId::transitions,       InstrumentKind::whole_counter, "fluxgate_circuit_breaker_transitions_total",               "fluxgate.circuit_breaker.transitions",       "{transition}", "Transitions from a state to a state."},
    Instrument{InstrumentId::would_have_opened, InstrumentKind::whole_counter, "fluxgate_circuit_breaker_would_have_opened_total",         "fluxgate.circuit_breaker.would_have_opened", "{transition}", "Times that the circuit would have opened in metrics_only."},
    Instrument{InstrumentId::window_calls,      InstrumentKind::whole_gauge,   "fluxgate_circuit_breaker_window_calls",                    "fluxgate.circuit_breaker.window_calls",      "{call}",       "Calls that the window holds."},
    Instrument{InstrumentId::failure_ratio,     InstrumentKind::gauge,         "fluxgate_circuit_breaker_failure_ratio",                   "fluxgate.circuit_breaker.failure_ratio",     "1",            "Share of the window's calls that failed, from 0 to 1."},
    Instrument{InstrumentId::slow_ratio,        InstrumentKind::gauge,         "fluxgate_circuit_breaker_slow_ratio",                      "fluxgate.circuit_breaker.slow_ratio",        "1",            "Share of the window's calls that lasted at least the threshold, which is in seconds."},
    Instrument{InstrumentId::retry_after,       InstrumentKind::gauge,         "fluxgate_circuit_breaker_retry_after_seconds",             "fluxgate.circuit_breaker.retry_after",       "s",            "How long an open circuit will reject calls; 0 for one that is not open."},
    Instrument{InstrumentId::overdue_calls,     InstrumentKind::whole_counter, "fluxgate_circuit_breaker_overdue_calls_total",             "fluxgate.circuit_breaker.overdue_calls",     "{call}",       "Calls that did not come back in time; each counts once more when it does."},
    Instrument{InstrumentId::call_time,         InstrumentKind::counter,       "fluxgate_circuit_breaker_call_seconds_total",              "fluxgate.circuit_breaker.call_time",         "s",            "How long the calls took that have ended, where they are timed."},
    Instrument{InstrumentId::state_changed,     InstrumentKind::gauge,         "fluxgate_circuit_breaker_state_changed_timestamp_seconds", "fluxgate.circuit_breaker.state_changed",     "s",            "When the latest transition was made, in seconds since 1970."},
    Instrument{InstrumentId::calls_under_way,   InstrumentKind::whole_gauge,   "fluxgate_circuit_breaker_calls_under_way",                 "fluxgate.circuit_breaker.calls_under_way",   "{call}",       "Calls that began in this state and have not ended, where calls may be overdue."},
    Instrument{InstrumentId::trials_under_way,  InstrumentKind::gauge,         "fluxgate_circuit_breaker_trials_under_way",                "fluxgate.circuit_breaker.trials_under_way",  "{call}",       "Trials of a half-open circuit that have not ended; 0 for one that is not half-open."},
    Instrument{InstrumentId::info,              InstrumentKind::whole_gauge,   "fluxgate_circuit_breaker_info",                            "fluxgate.circuit_breaker.info",              "",             "1, with the policies in force, where they come from a text."},
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

/// Returns a duration as a number of seconds.
[[nodiscard]] constexpr double seconds(std::chrono::duration<double> duration) noexcept {
    return duration.count();
}

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
                sink(Labels{}, seconds(*info.retry_after));
            } else {
                sink(Labels{}, std::numeric_limits<double>::infinity());
            }
            return;
        case InstrumentId::overdue_calls: sink(Labels{}, totals.overdue); return;
        case InstrumentId::call_time:
            if (info.call_times) {
                sink(Labels{{"outcome", "success"}}, seconds(info.call_times->succeeded));
                sink(Labels{{"outcome", "failure"}}, seconds(info.call_times->failed));
            }
            return;
        case InstrumentId::state_changed:
            sink(Labels{}, seconds(info.changed_at.time_since_epoch()));
            return;
        case InstrumentId::calls_under_way:
            if (info.calls_under_way) {
                sink(Labels{}, *info.calls_under_way);
            }
            return;
        case InstrumentId::trials_under_way:
            if (info.state != State::half_open) {
                sink(Labels{}, 0.0);
            } else if (info.calls_under_way) {
                sink(Labels{}, static_cast<double>(*info.calls_under_way));
            } else {
                sink(Labels{}, unknown);
            }
            return;
        case InstrumentId::info:
            if (!info.policies.empty()) {
                sink(Labels{{"policies", info.policies}}, std::uint64_t{1});
            }
            return;
    }
}

}  // namespace fluxgate::inline v0_1::detail
