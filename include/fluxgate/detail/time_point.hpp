// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <cstdint>

// Sums and differences of times that do not overflow, whatever a clock says: one may begin far
// below its epoch.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

using TimePoint = std::chrono::steady_clock::time_point;

/// Returns the time `wait` after `from`; `TimePoint::max()`, the end of time, where that is later.
/// `wait` is not below zero.
constexpr TimePoint time_after(TimePoint from, std::chrono::nanoseconds wait) noexcept {
    return from <= (TimePoint::max)() - wait ? from + wait : (TimePoint::max)();
}

/// Returns the time `wait` before `to`; `TimePoint::min()` where that is earlier. `wait` is not
/// below zero.
constexpr TimePoint time_before(TimePoint to, std::chrono::nanoseconds wait) noexcept {
    return to >= (TimePoint::min)() + wait ? to - wait : (TimePoint::min)();
}

/// Returns how long it is from `earlier` to `later`: zero where that is not later, at most
/// `nanoseconds::max()`.
constexpr std::chrono::nanoseconds time_between(TimePoint earlier, TimePoint later) noexcept {
    if (later <= earlier) {
        return std::chrono::nanoseconds::zero();
    }
    // Unsigned, since the difference may need all of 64 bits.
    const std::uint64_t difference = static_cast<std::uint64_t>(later.time_since_epoch().count()) -
                                     static_cast<std::uint64_t>(earlier.time_since_epoch().count());
    constexpr std::chrono::nanoseconds most = (std::chrono::nanoseconds::max)();
    return difference > static_cast<std::uint64_t>(most.count())
               ? most
               : std::chrono::nanoseconds{static_cast<std::int64_t>(difference)};
}

/// Returns the same by the system clock, of any two of its times.
constexpr std::chrono::nanoseconds time_between(
    std::chrono::system_clock::time_point earlier,
    std::chrono::system_clock::time_point later) noexcept {
    using Ticks = std::chrono::system_clock::duration;
    if (later <= earlier) {
        return std::chrono::nanoseconds::zero();
    }
    const std::uint64_t ticks = static_cast<std::uint64_t>(later.time_since_epoch().count()) -
                                static_cast<std::uint64_t>(earlier.time_since_epoch().count());
    constexpr std::chrono::nanoseconds most = (std::chrono::nanoseconds::max)();
    constexpr auto most_ticks =
        static_cast<std::uint64_t>(std::chrono::duration_cast<Ticks>(most).count());
    return ticks > most_ticks ? most
                              : std::chrono::nanoseconds{Ticks{static_cast<Ticks::rep>(ticks)}};
}

}  // namespace fluxgate::inline v0_1::detail
