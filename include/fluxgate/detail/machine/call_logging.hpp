// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/call_log.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/name.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The way from a breaker to its log of calls, if it has one. Times are told by the system clock,
/// at which a call looks where nobody has for a while: it may be set, and the steady clock may stand
/// still while the machine sleeps.
class CallLogging {
public:
    /// Logs nothing.
    CallLogging() = default;

    /// Joins the log. Takes both clocks at this moment. Throws `std::invalid_argument` where the log
    /// does not take the breaker.
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
            to_wall_clock_.store(distance(now, environment.wall_clock()),
                                 std::memory_order_relaxed);
            next_look_.store(time_after(now, between_looks), std::memory_order_relaxed);
        }
        log_->log_call(name,
                       began.time_since_epoch() + to_wall_clock_.load(std::memory_order_relaxed),
                       time_between(began, now), is_ok);
    }

private:
    static constexpr std::chrono::milliseconds between_looks{100};

    [[nodiscard]] static std::chrono::nanoseconds distance(
        TimePoint now, std::chrono::system_clock::time_point wall_clock) noexcept {
        return wall_clock.time_since_epoch() - now.time_since_epoch();
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
