// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Faces Fluxgate and other systems with the same outages, and says how much harm each lets happen.
// docs/protection.md explains it.

#include "borne.hpp"
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
#include <string_view>
#include <vector>

namespace {

using namespace protection;

const std::string preset_name = "Fluxgate preset";

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

template <class Write>
void save(const std::string& path, Write write) {
    std::ostringstream picture;
    write(picture);
    // Only now: what cannot be drawn leaves the file as it was.
    std::ofstream file{path};
    file << picture.str();
    file.close();
    if (!file) {
        throw std::runtime_error{"cannot write " + path};
    }
}

// The ranking of all systems in one set of outages, whose letters begin with this one; then what
// each did in each outage.
void print_set(std::string_view title, Question question, const std::vector<int>& client_counts,
               char first_letter) {
    std::vector<Side> sides;
    for (const int clients : client_counts) {
        question.clients = clients;
        sides.push_back(Side{clients, compare(question), first_letter});
    }
    std::cout << title << "\n\n";
    write_ranking(std::cout, sides);
    std::cout << '\n';
    for (const std::string& name : sides.front().comparison.scenarios) {
        std::cout << first_letter << ": " << name << '\n';
        ++first_letter;
    }
    for (const Side& side : sides) {
        std::cout << '\n';
        write_scenarios(std::cout, side);
    }
}

void print_comparison(Question question, const std::vector<int>& client_counts) {
    std::cerr << "Simulating " << question.systems.size() << " systems, for some minutes.\n";
    std::cout
        << "Harm in per cent of the calls offered, over an omniscient breaker's; seeds "
        << question.first_seed << " to "
        << question.first_seed + static_cast<std::uint64_t>(question.seeds) - 1
        << ". Others: without a system's worst outage. Load: the attempts that reach a broken "
           "service, in per cent of the calls.\n\n";
    question.outages = scenarios;
    print_set("The fourteen outages in which the preset's numbers were chosen:", question,
              client_counts, 'A');
    question.outages = further_scenarios;
    print_set("\nTwelve others, in which no number was chosen:", question, client_counts, 'O');
}

void print_figures(Question question, const std::vector<int>& client_counts) {
    question.outages = all_scenarios;
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
    bool shows_borne = false;
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
    app.add_option("--retries", question.retries,
                   "How often callers try a failed call again; by default, twice in two of the "
                   "outages")
        ->check(CLI::Range(0, 7));
    CLI::Option* scenario = app.add_option(
        "--scenario", question.scenario,
        "A part of a scenario's name; prints what each system did in it, figure by figure");
    app.add_option("--system", names, "A system's name, as the table has it; all if none is named");
    app.add_option(
        "--picture", picture,
        "Writes to this SVG file what became of the scenario's calls, with the first number of "
        "clients and the first seed; or what --borne says");
    app.add_flag(
           "--borne", shows_borne,
           "Prints which share of failures a system bears: the calls that it rejects where so "
           "many fail by chance. By default, the preset")
        ->excludes(scenario);
    app.footer(figures);
    CLI11_PARSE(app, argc, argv);

    if (shows_borne) {
        for (const System& system : chosen(names.empty() ? std::vector{preset_name} : names)) {
            picture.empty()
                ? write_borne(std::cout, system)
                : save(picture, [&](std::ostream& out) { write_borne_picture(out, system); });
        }
        return 0;
    }
    question.systems = chosen(names);
    if (!picture.empty()) {
        question.clients = client_counts.front();
        question.outages = all_scenarios;
        save(picture, [&](std::ostream& out) { write_picture(out, question); });
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
