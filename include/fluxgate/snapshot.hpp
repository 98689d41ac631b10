// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

// What a circuit knows, to be kept over a restart; <fluxgate/snapshot_text.hpp> makes a text of it.
//
//     const fluxgate::Snapshot kept = breaker.save();
//
//     fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{5}, fluxgate::Restored{kept}};

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// What a circuit knows that is worth keeping over a restart; `save()` makes it. The window is not
/// kept: what it holds would be old when the service is up again.
struct Snapshot {
    /// The state.
    State state = State::closed;
    /// When this was saved, by the system clock.
    std::chrono::system_clock::time_point saved_at{};
    /// When the latest transition was made, by the system clock.
    std::chrono::system_clock::time_point changed_at{};
    /// How long an open circuit would yet stay open, not below zero; empty where it is open until a
    /// command, and in the other states.
    std::optional<std::chrono::nanoseconds> wait_left{};
    /// How often the circuit opened again since it was last closed, beyond the first opening.
    std::uint32_t reopens = 0;
    /// How many of the latest outcomes in a row were failures.
    std::uint64_t streak = 0;
    /// The score, where the tripper looks at it; else zero.
    double score = 0.0;
    /// Why the latest transition was made; empty where there was none.
    std::optional<Reason> last_reason{};
    /// When the outage began, by the system clock: when the circuit left the states that admit
    /// every call. Empty where there is none, or the retry does not ask.
    std::optional<std::chrono::system_clock::time_point> outage_began_at{};
    /// How many calls a second there were then, as `RetryContext` has it.
    std::optional<double> calls_per_second{};
    /// All counts; empty where the breaker does not count.
    std::optional<TotalCounts> totals{};
    /// When the circuit last left `closed`, by the system clock; empty where it is closed, and in
    /// snapshots of before this was kept, which are taken to say `changed_at`.
    std::optional<std::chrono::system_clock::time_point> not_closed_since{};
    /// How long the calls took; empty where the breaker does not count.
    std::optional<CallTimes> call_times{};

    /// Returns whether both say the same.
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// Restores a breaker from a snapshot: an argument of the constructor, of any breaker.
///
/// The state, the reopens, the streak, the score, `changed_at`, `last_reason`, and since when the
/// outage lasts are as they were. The wait goes on by the system clock, also while nothing ran.
/// Totals, if the breaker counts, go on from those of the snapshot. The window is empty, and trials
/// begin anew. No signal tells of it.
///
/// The constructor throws `std::invalid_argument` where the snapshot was saved more than a minute
/// in the future of the system clock, or says what no snapshot can.
class Restored {
public:
    /// Takes the snapshot.
    explicit Restored(const Snapshot& snapshot) : snapshot_{snapshot} {}

    /// Returns it.
    [[nodiscard]] const Snapshot& snapshot() const noexcept { return snapshot_; }

private:
    Snapshot snapshot_;
};

}  // namespace fluxgate::inline v0_1

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Throws `std::invalid_argument` where the snapshot says what none can.
inline void check_snapshot(const Snapshot& snapshot) {
    const auto hold = [](bool is_right, const char* member, const char* value, const char* range) {
        if (!is_right) {
            throw_invalid(member, value, range);
        }
    };
    const auto is_not_negative = [](double number) {
        return number >= 0.0 && number <= (std::numeric_limits<double>::max)();
    };
    hold(to_string(snapshot.state) != "unknown", "a snapshot's state", "none", "a state");
    hold(snapshot.wait_left.value_or(std::chrono::nanoseconds{0}).count() >= 0,
         "a snapshot's wait_left", "below zero", "at least 0 s");
    hold(snapshot.state == State::open || !snapshot.wait_left, "a snapshot's wait_left",
         "there in another", "in the state open alone");
    hold(snapshot.state != State::closed || !snapshot.not_closed_since,
         "a snapshot's not_closed_since", "there in the state closed", "in another state alone");
    const CallTimes times = snapshot.call_times.value_or(CallTimes{});
    hold((std::min)(times.succeeded, times.failed).count() >= 0, "a snapshot's call_times",
         "below zero", "at least 0 s");
    hold(is_not_negative(snapshot.score), "a snapshot's score", "none of these",
         "at least 0 and finite");
    hold(is_not_negative(snapshot.calls_per_second.value_or(0.0)), "a snapshot's calls_per_second",
         "none of these", "at least 0 and finite");
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
