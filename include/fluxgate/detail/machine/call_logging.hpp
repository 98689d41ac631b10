// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/call_log.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/name.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The way from a breaker to its log of calls, if it has one. Times are told by the system clock,
/// at which a call looks where nobody has for a while: it may be set, and the steady clock may
/// stand still while the machine sleeps.
class CallLogging {
public:
    /// Logs nothing.
    CallLogging() = default;

    /// Joins the log. Takes both clocks at this moment. Throws `std::invalid_argument` where the
    /// log does not take the breaker.
    CallLogging(std::shared_ptr<CallLog> log, bool has_name, TimePoint now,
                std::chrono::system_clock::time_point wall_clock)
        : log_{std::move(log)},
          to_wall_clock_{distance(now, wall_clock)},
          next_look_{time_after(now, between_looks)} {
        log_->join(has_name);
    }

    /// For the breaker's construction, before it is shared.
    CallLogging(CallLogging&& other) noexcept
        : log_{std::move(other.log_)},
          to_wall_clock_{other.to_wall_clock_.load(std::memory_order_relaxed)},
          next_look_{other.next_look_.load(std::memory_order_relaxed)} {}

    /// Returns whether there is a log.
    [[nodiscard]] explicit operator bool() const noexcept { return log_ != nullptr; }

    /// Logs a call that ends now. Requires a log.
    template <class Environment>
    void log_call(const SharedName& name, Environment& environment, TimePoint began,
                  bool is_ok) noexcept {
        const TimePoint now = environment.now();
        if (now >= next_look_.load(std::memory_order_relaxed)) {
            look(now, environment.wall_clock());
            next_look_.store(time_after(now, between_looks), std::memory_order_relaxed);
        }
        const auto behind =
            difference(std::chrono::nanoseconds{0}, to_wall_clock_.load(std::memory_order_relaxed));
        const auto at = difference(began.time_since_epoch(), behind);
        log_->log_call(name, at, time_between(began, now), is_ok);
    }

private:
    static constexpr std::chrono::milliseconds between_looks{100};
    /// So far the clocks may drift apart before a look says so: one may tick in microseconds, and
    /// the two are not read at the same moment.
    static constexpr std::chrono::milliseconds drift{1};

    void look(TimePoint now, std::chrono::system_clock::time_point wall_clock) noexcept {
        const std::chrono::nanoseconds seen = distance(now, wall_clock);
        const auto drifted = difference(seen, to_wall_clock_.load(std::memory_order_relaxed));
        if (drifted > drift || drifted < -drift) {
            to_wall_clock_.store(seen, std::memory_order_relaxed);
        }
    }

    [[nodiscard]] static std::chrono::nanoseconds distance(
        TimePoint now, std::chrono::system_clock::time_point wall_clock) noexcept {
        return difference(wall_clock.time_since_epoch(), now.time_since_epoch());
    }

    /// Returns the difference modulo 2^64 ns, since clocks may be as far apart as can be told.
    [[nodiscard]] static std::chrono::nanoseconds difference(
        std::chrono::nanoseconds of, std::chrono::nanoseconds from) noexcept {
        const std::uint64_t count =
            static_cast<std::uint64_t>(of.count()) - static_cast<std::uint64_t>(from.count());
        return std::chrono::nanoseconds{static_cast<std::int64_t>(count)};
    }

    std::shared_ptr<CallLog> log_;
    // How far the system clock is ahead, and when a call looks again. Whoever looks stores both.
    // Each is a number alone: who sees an old one is late by no more than one look, so relaxed.
    std::atomic<std::chrono::nanoseconds> to_wall_clock_{std::chrono::nanoseconds{0}};
    std::atomic<TimePoint> next_look_{(TimePoint::min)()};
};

/// Stands for the way where no call is ever logged.
struct NoCallLogging {};

}  // namespace fluxgate::inline v0_1::detail
