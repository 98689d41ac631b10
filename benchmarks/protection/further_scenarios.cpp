// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "broken.hpp"
#include "scenario.hpp"

#include <string>
#include <utility>
#include <vector>

namespace protection {

namespace {

// A node after the other is replaced: while one is away, the calls that come to it are refused.
Scenario rolling_deployment(Time from) {
    constexpr int nodes = 4;
    const Outage outage{from, from + nodes * seconds(15)};
    Scenario scenario = broken_again_and_again(
        "rolling deployment: each of 4 nodes away for 10 s", outage, seconds(15), seconds(10),
        Condition{.capacity_share = 0.75, .part = 0.25, .part_mode = Condition::Mode::refuses});
    scenario.length = seconds(240);
    return scenario;
}

// A crash that loses what was cached; calls alone bring it back.
Scenario cold_caches(Time from, double stretch) {
    Scenario scenario =
        broken("a crash, then cold caches", Outage{from, from + seconds(10 * stretch)},
               seconds(300), Condition{.mode = Condition::Mode::refuses});
    scenario.cache_entries = 500;
    scenario.miss_slowness = 25;
    return scenario;
}

// Three times the traffic for a minute, and callers that try three times.
Scenario surge(Time from, double stretch) {
    const Outage outage{from, from + seconds(60 * stretch)};
    Scenario scenario;
    scenario.name = "a surge of three times the calls, retries";
    scenario.outage = outage;
    scenario.retries = 2;
    scenario.greatest_load = 3;
    scenario.load = [=](Time now) { return outage.covers(now) ? 3.0 : 1.0; };
    return scenario;
}

// A pool of connections with a long time-out, all of which hang.
Scenario pool_that_hangs(int connections, Outage outage, Condition hangs, int clients) {
    Scenario scenario =
        broken("a pool of " + std::to_string(connections) + " hangs 60 s, time-out of 30 s", outage,
               seconds(300), hangs);
    scenario.connections = connections;
    scenario.clients = clients;
    // As many as keep a quarter of one client's connections busy.
    scenario.calls_per_second = connections * 0.25 / in_seconds(scenario.median);
    scenario.timeout = seconds(30);
    return scenario;
}

}  // namespace

std::vector<Scenario> further_scenarios(std::uint64_t seed, int clients) {
    Random random{seed * 37 + 11};
    const double stretch = 0.7 + 0.6 * random.uniform();
    const Time from = seconds(60) + seconds(random.uniform());
    const auto lasting = [&](double usual) {
        return Outage{from, from + seconds(usual * stretch)};
    };
    const auto half = [](Condition::Mode mode) {
        return Condition{.part = 0.5, .part_mode = mode};
    };
    const Condition hangs{.mode = Condition::Mode::hangs};

    std::vector<Scenario> all{
        broken("one of two nodes hangs, 2 min", lasting(120), seconds(360),
               half(Condition::Mode::hangs)),
        broken("one of two nodes refuses, 2 min", lasting(120), seconds(360),
               half(Condition::Mode::refuses)),
        broken("a rate limit of 60 % of the calls, 2 min", lasting(120), seconds(360),
               Condition{.calls_per_second = 120}),
        broken_again_and_again("a pause of 1 s, every 30 s", Outage{from, from + seconds(180)},
                               seconds(30), seconds(1), Condition{.mode = Condition::Mode::pauses}),
        broken_again_and_again("flapping, 0.7 s down, 0.7 s up", Outage{from, from + seconds(60)},
                               seconds(1.4), seconds(0.7), hangs),
        cold_caches(from, stretch),
        rolling_deployment(from),
        surge(from, stretch),
    };
    for (Scenario& scenario : all) {
        scenario.clients = clients;
    }

    Scenario thousand = broken("a thousand clients, down 60 s", lasting(60), seconds(300), hangs);
    thousand.clients = 1000;
    all.push_back(std::move(thousand));

    const Outage half_an_hour{seconds(3600), seconds(3600) + seconds(1800 * stretch)};
    Scenario rare = broken("a call a minute, down 30 min", half_an_hour, seconds(14'400), hangs);
    rare.calls_per_second = 1.0 / 60;
    rare.timeout = seconds(10);
    rare.recovery_span = seconds(1200);
    all.push_back(std::move(rare));

    for (const int connections : {4, 16}) {
        all.push_back(pool_that_hangs(connections, lasting(60), hangs, clients));
    }
    return all;
}

}  // namespace protection
