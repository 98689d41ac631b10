// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/call_log.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/name.hpp>

#include <chrono>
#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The way from a breaker to its log of calls, if it has one.
class CallLogging {
public:
    /// Logs nothing.
    CallLogging() = default;

    /// Joins the log. Takes both clocks at this moment: times are told by the system clock, but
    /// steadily. Throws `std::invalid_argument` where the log does not take the breaker.
    CallLogging(std::shared_ptr<CallLog> log, bool has_name, TimePoint now,
                std::chrono::system_clock::time_point wall_clock)
        : log_{std::move(log)},
          to_wall_clock_{wall_clock.time_since_epoch() - now.time_since_epoch()} {
        log_->join(has_name);
    }

    /// Returns whether there is a log.
    [[nodiscard]] explicit operator bool() const noexcept { return log_ != nullptr; }

    /// Logs a call. Requires a log.
    void log_call(const SharedName& name, TimePoint began, TimePoint ended,
                  bool is_ok) const noexcept {
        log_->log_call(name, began.time_since_epoch() + to_wall_clock_, time_between(began, ended),
                       is_ok);
    }

private:
    std::shared_ptr<CallLog> log_;
    std::chrono::nanoseconds to_wall_clock_{};
};

/// Stands for the way where no call is ever logged.
struct NoCallLogging {};

}  // namespace fluxgate::inline v0_1::detail
