// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "guard.hpp"
#include "scenario.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace protection {

/// What happened to the calls that arrived within one second.
struct Second {
    int offered = 0;
    int answered = 0;
    int rejected = 0;

    /// Returns how many failed or timed out.
    [[nodiscard]] int failed() const { return offered - answered - rejected; }
};

/// What a run came to.
struct Result {
    double offered = 0;
    double answered = 0;
    double rejected = 0;
    double failed = 0;
    /// Of those that were rejected, how many the service would have answered in time.
    double wrongly_rejected = 0;
    /// The time that callers spent on calls that came to nothing.
    Time waited_in_vain{};
    /// The calls that arrived while the service was not healthy, and the attempts that reached it
    /// then.
    double offered_while_broken = 0;
    double attempts_while_broken = 0;
    /// From the outage's beginning to the first rejection, the mean of all clients.
    std::optional<Time> until_protected;
    /// From the outage's end until 95 % of the usual share is answered again.
    std::optional<Time> until_recovered;
    std::vector<Second> timeline;
};

/// Runs one system through one scenario. The same seed gives every system the same calls: their
/// arrivals, their keys, how long the service works on each and which of them fail. Thread-safe.
[[nodiscard]] Result simulate(const Scenario& scenario, const System& system, std::uint64_t seed);

}  // namespace protection
