// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What a breaker tells of itself: a signal at each transition, and an answer to `info()`.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// Why a circuit changed its state.
enum class Reason : std::uint8_t {
    tripped,    ///< the tripper said so
    wait_over,  ///< the time that the retry policy set has passed, and a call came
    recovered,  ///< a trial call succeeded, and the tripper was content
    command,    ///< `reset()`, `disable()`, `metrics_only()`, `force_open()`, `open_for()`
    overdue,    ///< as `tripped`, by a call or trial that did not come back in time
    shared,     ///< breakers of the same name in other processes, with which it shares its circuit
};

/// One transition of a circuit, as listeners are told of it.
struct Signal {
    /// The state that was left.
    State old_state = State::closed;
    /// The state that was entered; the same one where a command said so.
    State new_state = State::closed;
    /// When, by the system clock: a label, which jumps when that clock is set.
    std::chrono::system_clock::time_point timestamp{};
    /// Why.
    Reason reason = Reason::command;
    /// What the old state's window held; the new state begins with an empty one.
    Metrics metrics{};
    /// The breaker's name; empty where it has none.
    SharedName name{};
};

/// A circuit breaker at one moment.
struct CircuitBreakerInfo {
    /// The state at that moment.
    State state = State::closed;
    /// When the latest transition was made, by the system clock; construction counts as one.
    std::chrono::system_clock::time_point changed_at{};
    /// How often the circuit opened again since it was last closed, beyond the first opening.
    std::uint32_t reopens = 0;
    /// What the window holds.
    Metrics metrics{};
    /// The breaker's name; empty where it has none.
    SharedName name{};
    /// How long the circuit will stay open: zero once the wait is over, until a call comes. Empty
    /// in the other states, and where the retry policy never ends the wait.
    std::optional<std::chrono::nanoseconds> retry_after{};
    /// Why the latest transition was made; empty where there was none since construction.
    std::optional<Reason> last_reason{};
    /// What it has done since its construction; empty unless it counts, see `Totals`.
    std::optional<TotalCounts> totals{};
    /// How long its calls took since its construction; empty unless it counts and times them. It
    /// times calls where a policy looks at durations, or with `Overdue`.
    std::optional<CallTimes> call_times{};
    /// When the circuit last left `closed`, by the system clock: over all the trials of one outage.
    /// Empty while it is closed.
    std::optional<std::chrono::system_clock::time_point> not_closed_since{};
    /// How many calls that began in this state are under way. Known where calls may be overdue, but
    /// for those of `disabled`, and of trials also where their number or their time has a bound;
    /// else empty. A call that is just ending is counted out here a moment before it is counted in
    /// `metrics`.
    std::optional<std::uint64_t> calls_under_way{};
    /// The text of the policies that are in force; empty where they do not come from a text.
    std::string policies{};
};

/// Returns the enumerator's name, such as `wait_over`; `unknown` for a value that is none.
[[nodiscard]] constexpr std::string_view to_string(Reason reason) noexcept {
    switch (reason) {
        case Reason::tripped: return "tripped";
        case Reason::wait_over: return "wait_over";
        case Reason::recovered: return "recovered";
        case Reason::command: return "command";
        case Reason::overdue: return "overdue";
        case Reason::shared: return "shared";
    }
    return "unknown";
}

}  // namespace fluxgate::inline v0_1
