// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/policies/preset.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <algorithm>
#include <chrono>

// Presets: policies that fit together, as one argument.
//
//     fluxgate::CircuitBreaker breaker{fluxgate::presets::request_response(500ms)};
//
// What is named beside a preset takes the place of its own:
//
//     fluxgate::CircuitBreaker breaker{presets::request_response(500ms), Cooldown{5s}};

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

namespace presets {

/// For calls that somebody waits for, such as requests of a service. Use it when in doubt.
///
/// Opens after 7 to 20 failures in a row, at any traffic, and not by the few that a healthy service
/// has; a call that takes `bearable` or longer has failed, before it returns. Tries one call at a
/// time, the sooner the shorter the outage has lasted and the more calls there are; its success
/// closes the circuit. `Overdue::none()` beside it leaves the trial's lease, of two seconds or
/// `bearable` if that is longer.
///
/// Where good calls and failures are mixed, it opens soon when more than four in five fail. Half of
/// them failing is borne: then below two per cent are rejected, at 5 to 3,000 calls a second. For
/// fewer, add a `FailureRate`.
///
/// Takes `bearable` above zero, the longest time that a caller can bear to wait; else throws
/// `std::invalid_argument`.
[[nodiscard]] constexpr auto request_response(detail::Duration bearable = std::chrono::seconds{1}) {
    const std::chrono::nanoseconds threshold = bearable.checked("request_response's bearable");
    const auto lease = (std::max)(threshold, std::chrono::nanoseconds{std::chrono::seconds{2}});
    // A failed call is taken to cost a quarter of a good one that is rejected, so rejecting them all
    // pays where more than four in five fail: a success takes four away. The slope keeps chance
    // from opening the circuit at any traffic, and the streak finds a dead service all the same.
    return Preset{
        TimeWindow{std::chrono::seconds{10}}, FailureScore{4.0, 0.9, 4.0} | FailureStreak{20},
        SquareRootWait{std::chrono::milliseconds{200}}, SingleTrial{lease}, Overdue{threshold}};
}

}  // namespace presets

}  // namespace fluxgate::inline v0_1
