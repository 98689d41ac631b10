// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Faces Fluxgate and other systems with the same outages, and says how much harm each lets happen.
// docs/protection.md explains it.

#include "report.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace protection;

// The systems that are named, in that order; all if none is.
std::vector<System> chosen(const std::vector<std::string>& names) {
    std::vector<System> all = systems();
    if (names.empty()) {
        return all;
    }
    std::vector<System> some;
    for (const std::string& name : names) {
        some.push_back(*std::ranges::find(all, name, &System::name));
    }
    return some;
}

std::vector<std::string> names_of(const std::vector<System>& systems) {
    std::vector<std::string> names;
    for (const System& system : systems) {
        names.push_back(system.name);
    }
    return names;
}

void save_picture(const std::string& path, const Question& question) {
    std::ofstream file{path};
    write_picture(file, question);
    file.close();
    if (!file) {
        throw std::runtime_error{"cannot write " + path};
    }
}

void print_comparison(Question question, const std::vector<int>& client_counts) {
    std::vector<Side> sides;
    for (const int clients : client_counts) {
        question.clients = clients;
        sides.push_back(Side{clients, compare(question)});
    }
    std::cout << "Harm in per cent of the calls offered, over what omniscience has; seeds "
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
        std::cout << '\n' << clients << (clients == 1 ? " client\n" : " clients\n");
        write_figures(std::cout, Side{clients, compare(question)});
    }
}

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
    app.add_option("--first-seed", question.first_seed, "The first of them")->capture_default_str();
    app.add_option(
           "--weight", question.weight,
           "How much a failed call counts, and a time-out of waiting in vain, where a good call "
           "lost counts one")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    app.add_option(
        "--scenario", question.scenario,
        "A part of a scenario's name; prints what each system did in it, figure by figure");
    app.add_option("--system", names, "A system's name, as the table has it; all if none is named")
        ->check(CLI::IsMember(names_of(systems())));
    app.add_option("--picture", picture,
                   "Writes a picture of the scenario to this SVG file instead");
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
