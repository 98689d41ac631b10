// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "guard.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace protection {

/// How the service is at a moment.
struct Condition {
    /// Whether it answers, leaves connections hanging, refuses them, or works on nothing for a
    /// while and then goes on.
    enum class Mode { up, hangs, refuses, pauses };

    Mode mode = Mode::up;
    /// How many times as long as usual it works on a call.
    double slowness = 1;
    /// The share of calls that fail after their usual time.
    double error_share = 0;
    /// Of 100 keys, those whose calls fail after 10 ms.
    int failing_keys = 0;
    /// The share of its workers that work.
    double capacity_share = 1;
    /// The share of its nodes that hang or refuse, as `part_mode` says, while the others are up. An
    /// attempt comes to any node.
    double part = 0;
    Mode part_mode = Mode::up;
    /// How many calls a second it takes, where it limits them; it turns others away with an error.
    std::optional<double> calls_per_second = std::nullopt;

    /// Returns whether nothing is wrong that callers should be protected from.
    [[nodiscard]] bool healthy() const {
        return mode == Mode::up && slowness == 1 && error_share < 0.1 && failing_keys == 0 &&
               capacity_share >= 0.999 && part == 0 && !calls_per_second;
    }
};

/// The time in which a service is broken: from `from` until before `until`.
struct Outage {
    Time from;
    Time until;

    /// Returns whether `now` lies in it.
    [[nodiscard]] bool covers(Time now) const { return now >= from && now < until; }
};

/// Callers, their calls and the service: all that a run depends on but for its seed.
struct Scenario {
    std::string name;
    Time length = seconds(300);

    /// Calls a second of all clients together, and how many times that it is at a moment, at most
    /// `greatest_load`. Each client has a guard of its own.
    double calls_per_second = 200;
    std::function<double(Time)> load = [](Time) { return 1.0; };
    double greatest_load = 1;
    int clients = 1;
    Time timeout = seconds(1);
    int retries = 0;
    /// How many connections each client has, where that is bounded. A call waits for one so long
    /// before the guard is asked; then it fails.
    std::optional<int> connections = std::nullopt;
    Time patience = seconds(1);

    /// How long the service works on a call: lognormal, but for a share of outliers, which take a
    /// hundred times as long. It has enough workers for `headroom` times the mean load.
    Time median = seconds(0.04);
    double sigma = 0.5;
    double outlier_share = 0;
    double headroom = 2;

    /// How many entries its cache has, if it has one, which is cold after a crash. A call that
    /// misses takes `miss_slowness` times as long, and warms an entry.
    int cache_entries = 0;
    double miss_slowness = 1;

    /// When the service is broken, if it ever is, and over how long a time recovery is judged.
    std::optional<Outage> outage;
    Time recovery_span = seconds(5);
    std::function<Condition(Time)> condition = [](Time) { return Condition{}; };
};

/// Returns the scenarios in whose name `part` is, in whatever case. Throws `std::invalid_argument`
/// that names all of them if there is none.
[[nodiscard]] std::vector<Scenario> only_named(const std::string& part,
                                               const std::vector<Scenario>& all);

/// Returns the fourteen scenarios in which the numbers of the preset were chosen. How long the outages are is drawn from the seed, so that no
/// fixed wait of any system happens to end with them.
[[nodiscard]] std::vector<Scenario> scenarios(std::uint64_t seed, int clients);

/// Returns twelve others, in which no number of the preset was chosen.
[[nodiscard]] std::vector<Scenario> further_scenarios(std::uint64_t seed, int clients);

/// Returns both.
[[nodiscard]] std::vector<Scenario> all_scenarios(std::uint64_t seed, int clients);

}  // namespace protection
