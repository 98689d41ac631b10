// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Faces Fluxgate and other systems with the same outages, and says how much harm each lets happen.
// docs/protection.md explains it.

#include "report.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace protection;

std::string names_of(const std::vector<System>& systems) {
    std::string names;
    for (const System& system : systems) {
        names += "\n  \"" + system.name + '"';
    }
    return names;
}

// The systems that are named, in that order; all if none is.
std::vector<System> chosen(const std::vector<std::string>& names) {
    std::vector<System> all = systems();
    if (names.empty()) {
        return all;
    }
    std::vector<System> some;
    for (const std::string& name : names) {
        const auto found = std::ranges::find(all, name, &System::name);
        if (found == all.end()) {
            throw std::invalid_argument{"there is no system \"" + name + "\"; there are" +
                                        names_of(all)};
        }
        some.push_back(*found);
    }
    return some;
}

void save_picture(const std::string& path, const Question& question) {
    std::ostringstream picture;
    write_picture(picture, question);
    // Only now: what cannot be drawn leaves the file as it was.
    std::ofstream file{path};
    file << picture.str();
    file.close();
    if (!file) {
        throw std::runtime_error{"cannot write " + path};
    }
}

void print_comparison(Question question, const std::vector<int>& client_counts) {
    std::cerr << "Simulating " << question.systems.size() << " systems, for some minutes.\n";
    std::vector<Side> sides;
    for (const int clients : client_counts) {
        question.clients = clients;
        sides.push_back(Side{clients, compare(question)});
    }
    std::cout << "Harm in per cent of the calls offered, over an omniscient breaker's; seeds "
              << question.first_seed << " to "
              << question.first_seed + static_cast<std::uint64_t>(question.seeds) - 1 << ".\n\n";
    write_ranking(std::cout, sides);
    std::cout << '\n';
    const std::vector<std::string>& names = sides.front().comparison.scenarios;
    for (std::size_t scenario = 0; scenario < names.size(); ++scenario) {
        std::cout << static_cast<char>('A' + scenario) << ": " << names[scenario] << '\n';
    }
    for (const Side& side : sides) {
        std::cout << '\n';
        write_scenarios(std::cout, side);
    }
}

void print_figures(Question question, const std::vector<int>& client_counts) {
    for (const int clients : client_counts) {
        question.clients = clients;
        const Side side{clients, compare(question)};
        std::cout << '\n' << clients << (clients == 1 ? " client\n" : " clients\n");
        write_figures(std::cout, side);
    }
}

constexpr const char* figures =
    "The figures of a scenario, in per cent of the calls offered and beyond an omniscient "
    "breaker's:\n"
    "  harm              good calls lost, and a quarter of the next two, or --weight\n"
    "  lost              good calls that were lost\n"
    "  failed            calls that failed or timed out\n"
    "  waited            time that callers spent in vain, in time-outs\n"
    "  wrongly rejected  calls rejected that would have been answered\n"
    "  load              attempts while the service was broken, of the calls offered then\n"
    "  s to protect      seconds from the outage's beginning to the first rejection\n"
    "  s to recover      seconds from its end until 95 % of the usual calls are answered";

}  // namespace

int main(int argc, char** argv) try {
    CLI::App app{"How much harm circuit breakers let happen, in simulated outages."};
    Question question;
    std::vector<int> client_counts{1, 50};
    std::vector<std::string> names;
    std::string picture;
    app.add_option("--clients", client_counts,
                   "How many clients there are, each with a breaker of its own")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--seeds", question.seeds, "How many seeds each scenario is run under")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--first-seed", question.first_seed, "The first of them")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000'000}))
        ->capture_default_str();
    app.add_option(
           "--weight", question.weight,
           "How much a failed call counts, and a time-out of waiting in vain, where a good call "
           "lost counts one")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    CLI::Option* scenario = app.add_option(
        "--scenario", question.scenario,
        "A part of a scenario's name; prints what each system did in it, figure by figure");
    app.add_option("--system", names, "A system's name, as the table has it; all if none is named");
    app.add_option(
           "--picture", picture,
           "Writes to this SVG file what became of the scenario's calls, with the first number of "
           "clients and the first seed")
        ->needs(scenario);
    app.footer(figures);
    CLI11_PARSE(app, argc, argv);

    question.systems = chosen(names);
    if (!picture.empty()) {
        question.clients = client_counts.front();
        save_picture(picture, question);
    } else if (question.scenario.empty()) {
        print_comparison(std::move(question), client_counts);
    } else {
        print_figures(std::move(question), client_counts);
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << "protection: " << error.what() << '\n';
    return 1;
}
