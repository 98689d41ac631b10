// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "comparison.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <thread>
#include <utility>

namespace protection {

namespace {

Figures figures_of(const Result& result, const Result& best, const Scenario& scenario,
                   double weight) {
    const double per_cent = 100 / result.offered;
    const auto waited = [&](const Result& of) {
        return in_seconds(of.waited_in_vain) / in_seconds(scenario.timeout);
    };
    Figures figures;
    figures.lost = (best.answered - result.answered) * per_cent;
    figures.failed = (result.failed - best.failed) * per_cent;
    figures.waited = (waited(result) - waited(best)) * per_cent;
    figures.harm = figures.lost + weight * (figures.failed + figures.waited);
    figures.wrongly_rejected = result.wrongly_rejected * per_cent;
    if (result.offered_while_broken > 0) {
        figures.load = 100 * result.attempts_while_broken / result.offered_while_broken;
    }
    figures.until_protected = in_seconds(result.until_protected.value_or(Time{}));
    figures.until_recovered = in_seconds(result.until_recovered.value_or(Time{}));
    return figures;
}

// Calls each number below `count`, spread over the processors. What it calls does not throw.
template <class Function>
void for_each_below(std::size_t count, Function function) {
    // The next number; each is taken once, and what a thread did is seen by who joins it.
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (;;) {
            const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
            if (number >= count) {
                return;
            }
            function(number);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned thread = 1; thread < std::thread::hardware_concurrency(); ++thread) {
        threads.emplace_back(work);
    }
    work();
    for (std::thread& thread : threads) {
        thread.join();
    }
}

}  // namespace

double mean(const std::vector<Figures>& seeds, double Figures::* member) {
    double sum = 0;
    for (const Figures& figures : seeds) {
        sum += figures.*member;
    }
    return sum / static_cast<double>(seeds.size());
}

double Row::harm() const {
    double sum = 0;
    for (std::size_t scenario = 0; scenario < figures.size(); ++scenario) {
        sum += harm(scenario);
    }
    return sum / static_cast<double>(figures.size());
}

double Row::harm(std::size_t scenario) const {
    return mean(figures[scenario], &Figures::harm);
}

double Row::harm_but(std::size_t scenario) const {
    const auto count = static_cast<double>(figures.size());
    return (harm() * count - harm(scenario)) / (count - 1);
}

std::size_t Row::worst_scenario() const {
    std::size_t worst = 0;
    for (std::size_t scenario = 1; scenario < figures.size(); ++scenario) {
        if (harm(scenario) > harm(worst)) {
            worst = scenario;
        }
    }
    return worst;
}

const Row& Comparison::of(const std::string& system) const {
    const auto row = std::ranges::find(rows, system, &Row::system);
    if (row == rows.end()) {
        throw std::invalid_argument{"there is no system " + system};
    }
    return *row;
}

double Comparison::load(const Row& row) const {
    double sum = 0;
    int broken = 0;
    for (std::size_t scenario = 0; scenario < scenarios.size(); ++scenario) {
        const auto load_of = [&](const Row& any) {
            return mean(any.figures[scenario], &Figures::load);
        };
        sum += load_of(row);
        broken += std::ranges::any_of(rows, [&](const Row& any) { return load_of(any) > 0; });
    }
    return broken > 0 ? sum / broken : 0;
}

Comparison compare(const Question& question) {
    if (question.systems.empty()) {
        throw std::invalid_argument{"there is no system to compare"};
    }
    Comparison comparison;
    const auto seeds = static_cast<std::size_t>(question.seeds);

    // The worlds: a scenario under a seed.
    std::vector<std::vector<Scenario>> worlds;
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        worlds.push_back(only_named(
            question.scenario, question.outages(question.first_seed + seed, question.clients)));
    }
    for (std::vector<Scenario>& world : worlds) {
        for (Scenario& scenario : world) {
            scenario.retries = question.retries.value_or(scenario.retries);
        }
    }
    for (const Scenario& scenario : worlds.at(0)) {
        comparison.scenarios.push_back(scenario.name);
    }
    const std::size_t scenario_count = comparison.scenarios.size();
    for (const System& system : question.systems) {
        comparison.rows.push_back(
            Row{system.name, std::vector(scenario_count, std::vector<Figures>(seeds))});
    }

    const System best = omniscient();
    for_each_below(scenario_count * seeds, [&](std::size_t world) {
        const std::size_t scenario_index = world / seeds;
        const std::size_t seed_index = world % seeds;
        const Scenario& scenario = worlds[seed_index][scenario_index];
        const std::uint64_t seed = question.first_seed + seed_index;
        const Result bound = simulate(scenario, best, seed);
        for (std::size_t system = 0; system < question.systems.size(); ++system) {
            const Result result = simulate(scenario, question.systems[system], seed);
            comparison.rows[system].figures[scenario_index][seed_index] =
                figures_of(result, bound, scenario, question.weight);
        }
    });
    std::ranges::sort(comparison.rows, {},
                      [](const Row& row) { return std::pair{row.harm(), row.system}; });
    return comparison;
}

}  // namespace protection
