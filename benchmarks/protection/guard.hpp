// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "random.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

// What the simulation asks of a system that protects its callers.
namespace protection {

/// A moment of a run, since its beginning, or a duration.
using Time = std::chrono::nanoseconds;

/// Returns `seconds`, which need not be whole.
[[nodiscard]] constexpr Time seconds(double seconds) {
    return Time{static_cast<Time::rep>(seconds * 1e9)};
}

/// Returns `time` in seconds.
[[nodiscard]] constexpr double in_seconds(Time time) {
    return static_cast<double>(time.count()) / 1e9;
}

/// What became of an attempt: an answer, an error, a connection that was refused, or no answer
/// before the caller's time-out.
enum class Outcome { answered, failed, refused, timed_out };

/// What a guard may look at before it decides. Most look at nothing.
struct Prospect {
    /// Whether the attempt would be answered in time. For the omniscient guard alone.
    bool would_be_answered = false;
    /// How likely that is, for one who knows how the service is and not what is drawn for the
    /// attempt. For guards that are bounds, as above.
    double chance = 0;
    /// Whether the service accepts connections now, which a health check would find.
    bool accepts_connections = true;
};

/// The breaker, or whatever else it is, of one client.
class Guard {
public:
    /// Names an attempt that was admitted; what it says is the guard's.
    using Ticket = std::size_t;

    Guard() = default;
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    virtual ~Guard() = default;

    /// Learns of a call, before its first attempt.
    virtual void count_call(Time /*now*/) {}

    /// Returns a ticket if the attempt may go ahead, nothing if it is rejected.
    [[nodiscard]] virtual std::optional<Ticket> admit(Time now, const Prospect& prospect) = 0;

    /// Learns what became of an attempt that it admitted, once for each.
    virtual void settle(Ticket ticket, Time now, Outcome outcome, Time took) = 0;

    /// Returns whether the caller may retry an attempt that has just come to this.
    [[nodiscard]] virtual bool allows_retry(Outcome /*outcome*/) { return true; }

    /// Returns the time-out that the system has of its own, for callers whose own is longer.
    [[nodiscard]] virtual std::optional<Time> timeout() const { return std::nullopt; }
};

/// What is compared: a name, and how to make one client's guard.
struct System {
    std::string name;
    std::function<std::unique_ptr<Guard>(Random&)> make;
    /// Whether the guard is told what a `Prospect` says of the future.
    bool foresees = false;
};

}  // namespace protection
