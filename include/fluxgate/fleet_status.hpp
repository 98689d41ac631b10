// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// How a node is in touch with its fleet; see `Fleet::status`.
struct FleetStatus {
    /// True if the latest round was answered.
    bool connected = false;
    /// The nodes that were alive, this one among them, as of the latest sign of life that was
    /// answered: one a second, or one an interval where that is longer.
    std::uint64_t nodes = 0;
    /// When the latest round was answered; empty before the first time.
    std::optional<std::chrono::system_clock::time_point> last_sync{};
    /// How many rounds failed, or could not be done for a breaker, since the node began.
    std::uint64_t failures = 0;
    /// How long the latest answered round took. In most of them the node has nothing to say.
    std::chrono::nanoseconds round_time{0};
    /// Why the latest of the failures was one; empty before the first.
    std::string last_error{};
};

/// What a breaker shares; see `Fleet::breakers`.
struct SharedBreakerInfo {
    /// The breaker's name.
    std::string name{};
    /// `commands`, `votes` or `pool`.
    std::string_view shares{};
    /// How many votes open it, where it shares them; else zero.
    std::uint32_t quorum = 0;
};

}  // namespace fluxgate::inline v0_1
