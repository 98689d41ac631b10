// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Ten processes call a service that fails for all of them, or for two. What do they gain by sharing
// their circuit, and what does it cost? See docs/in-a-fleet.md.

#include "experiment.hpp"
#include "node.hpp"
#include "picture.hpp"
#include "service.hpp"
#include "store.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace fleet_example;

std::string text_of(std::optional<milliseconds> time) {
    return time ? std::to_string(time->count()) + " ms" : "never";
}

void print(const std::vector<Outcome>& outcomes) {
    std::cout << "| service fails for | nodes share | calls in vain | all have opened after | good "
                 "calls lost | a command holds for all after | commands to the Redis a second |\n"
                 "|---|---|---:|---:|---:|---:|---:|\n";
    for (const Outcome& outcome : outcomes) {
        const bool is_all = outcome.failing_nodes == node_count;
        std::cout << "| "
                  << (is_all ? "all ten nodes"
                             : std::to_string(outcome.failing_nodes) + " of ten nodes")
                  << " | " << (outcome.sharing == "alone" ? "nothing" : outcome.sharing) << " | "
                  << outcome.in_vain << " | " << text_of(outcome.all_opened) << " | "
                  << outcome.lost << " | " << text_of(outcome.all_obeyed) << " | " << std::fixed
                  << std::setprecision(0) << outcome.commands_per_second << " |\n";
    }
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Ten nodes that share a circuit breaker by way of a Redis, or do not."};
    std::vector<std::string> shares{"alone", "commands", "votes:3", "votes:2", "pool"};
    std::vector<std::size_t> failing{node_count, 2};
    std::string picture;
    std::string redis = "redis-server";
    int redis_port = 16379;
    double speed = 1.0;
    app.add_option("--share", shares, "what nodes share: alone, commands, votes:QUORUM, pool")
        ->capture_default_str();
    app.add_option("--failing", failing, "for how many nodes the service fails")
        ->check(CLI::Range(std::size_t{1}, node_count))
        ->capture_default_str();
    app.add_option("--picture", picture, "writes an SVG picture into this file");
    app.add_option("--redis-server", redis, "the program that is started as the Redis")
        ->capture_default_str();
    app.add_option("--redis-port", redis_port, "the port of loopback that it gets")
        ->check(CLI::Range(1, 65535))
        ->capture_default_str();
    app.add_option("--speed", speed,
                   "above 1, the outage and the times before and after it are shorter")
        ->check(CLI::Range(0.1, 4.0));
    // A process of its own for each node.
    NodeSettings node{.number = -1};
    app.add_option("--node", node.number)->group("");
    app.add_option("--service-port", node.service_port)->group("");
    app.add_option("--calls-per-second", node.calls_per_second)->group("");
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);  // a node that has ended is seen by its silence

    try {
        if (node.number >= 0) {
            node.redis_port = redis_port;
            node.sharing = Sharing::parse(shares.front());
            return Node{node}.run();
        }
        for (const std::string& share : shares) {
            static_cast<void>(Sharing::parse(share));
        }
        const auto scaled = [&](milliseconds time) {
            return std::chrono::duration_cast<milliseconds>(time / speed);
        };
        Times times;
        times = {scaled(times.well), scaled(times.outage), scaled(times.well_again), times.command};
        Service service;
        Store store{redis, redis_port};
        std::vector<Outcome> outcomes;
        for (const std::size_t count : failing) {
            for (const std::string& share : shares) {
                std::cerr << "the service fails for " << count << " of " << node_count
                          << " nodes, which share: " << share << '\n';
                Experiment experiment{argv[0], service, store, share, times};
                outcomes.push_back(experiment.run(count));
            }
        }
        print(outcomes);
        if (!picture.empty()) {
            std::ofstream file{picture};
            draw(file, outcomes);
            if (!file.flush()) {
                throw std::runtime_error{"cannot write " + picture};
            }
        }
    } catch (const std::exception& error) {
        std::cerr << "fleet: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
