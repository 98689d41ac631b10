// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "scenario.hpp"
#include "simulation.hpp"
#include "systems.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace protection {

/// What a system did in a scenario under one seed.
///
/// The first four are in per cent of the calls offered, less what omniscience had: good calls that
/// were lost, calls that failed or timed out, callers' time spent in vain, in time-outs, and their
/// sum, in which the first counts one and the others as much as the question says.
struct Figures {
    double harm = 0;
    double lost = 0;
    double failed = 0;
    double waited = 0;
    /// Calls rejected that would have been answered, in per cent of those offered.
    double wrongly_rejected = 0;
    /// Attempts that reached the service while it was not healthy, in per cent of the calls offered
    /// then.
    double load = 0;
    /// In seconds; zero where the scenario has no outage.
    double until_protected = 0;
    double until_recovered = 0;
};

/// Returns the mean of one of the figures.
[[nodiscard]] double mean(const std::vector<Figures>& seeds, double Figures::* member);

/// What a system did in each scenario.
struct Row {
    std::string system;
    /// By scenario and seed.
    std::vector<std::vector<Figures>> figures;

    /// Returns the mean harm of all scenarios, of one, or of all but one.
    [[nodiscard]] double harm() const;
    [[nodiscard]] double harm(std::size_t scenario) const;
    [[nodiscard]] double harm_but(std::size_t scenario) const;
    /// Returns the scenario with the greatest harm.
    [[nodiscard]] std::size_t worst_scenario() const;
};

/// What is compared, under which seeds.
struct Question {
    /// The outages: `scenarios`, `further_scenarios`, or others, by seed and number of clients.
    std::vector<Scenario> (*outages)(std::uint64_t seed, int clients) = scenarios;
    int clients = 1;
    std::uint64_t first_seed = 1001;
    int seeds = 10;
    /// How much a failed call counts, and a time-out of waiting in vain, where a good call lost
    /// counts one.
    double weight = 0.25;
    /// How often callers try a failed call again; where it is empty, each outage says so.
    std::optional<int> retries{};
    /// A part of their names; see `only_named`.
    std::string scenario;
    std::vector<System> systems = protection::systems();
};

/// The answer: a row a system, the best first.
struct Comparison {
    std::vector<std::string> scenarios;
    std::vector<Row> rows;

    /// Returns the row of a system; throws `std::invalid_argument` if it has none.
    [[nodiscard]] const Row& of(const std::string& system) const;
    /// Returns a row's mean load on the service, of the scenarios in which it is broken: those in
    /// which any system has a load.
    [[nodiscard]] double load(const Row& row) const;
};

/// Runs every system through every scenario, on as many threads as the machine has processors; the
/// answer does not depend on them. Throws `std::invalid_argument` if no scenario or no system is
/// left.
[[nodiscard]] Comparison compare(const Question& question);

}  // namespace protection
