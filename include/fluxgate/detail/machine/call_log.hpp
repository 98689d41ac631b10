// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/name.hpp>

#include <chrono>

// A port: where the machine tells of calls that were settled. What becomes of that is unknown here,
// so that a breaker needs neither streams nor threads.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A log of settled calls. Thread-safe.
class CallLog {
public:
    CallLog() = default;
    CallLog(const CallLog&) = delete;
    CallLog& operator=(const CallLog&) = delete;
    virtual ~CallLog() = default;

    /// Lets a breaker join, by its name or without one, before its first call is logged. Throws
    /// `std::invalid_argument` where that does not go together with those that have joined.
    virtual void join(bool has_name) = 0;

    /// Logs a call that began `at` by the system clock.
    virtual void log_call(const SharedName& name, std::chrono::nanoseconds at,
                          std::chrono::nanoseconds duration, bool is_ok) noexcept = 0;
};

}  // namespace fluxgate::inline v0_1::detail
