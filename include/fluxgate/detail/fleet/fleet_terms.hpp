// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// How much a breaker shares. Each shares what those before it do.
enum class Sharing : std::uint8_t { commands, votes, pool };

/// Returns the enumerator's name.
[[nodiscard]] constexpr std::string_view to_string(Sharing sharing) noexcept {
    switch (sharing) {
        case Sharing::commands: return "commands";
        case Sharing::votes: return "votes";
        case Sharing::pool: return "pool";
    }
    return "unknown";
}

/// On which terms a breaker takes part.
struct FleetTerms {
    Sharing sharing = Sharing::commands;
    /// How many votes open the circuit, where it shares them.
    std::uint32_t quorum = 0;
    /// How long rounds are apart.
    std::chrono::milliseconds interval{};
    /// How long what is told of calls is apart, where it shares them.
    std::chrono::milliseconds pool_interval{};
};

/// Returns what is left until a moment, rounded up; empty where that is the end of time.
[[nodiscard]] inline std::optional<std::chrono::milliseconds> left_until(TimePoint until,
                                                                         TimePoint now) {
    if (until == (TimePoint::max)()) {
        return std::nullopt;
    }
    return std::chrono::ceil<std::chrono::milliseconds>(
        (std::max)(time_between(now, until), std::chrono::nanoseconds{0}));
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
