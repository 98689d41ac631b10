// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "scenario.hpp"

#include "broken.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace protection {

namespace {

// A crash, then cold caches: the capacity comes back over two minutes, and retries keep it down.
Scenario metastable(Time from, double stretch) {
    const Time back = from + seconds(10 * stretch);
    const Time warm_up = seconds(120);
    Scenario scenario;
    scenario.name = "metastable: slow warm-up, retries";
    scenario.length = seconds(480);
    scenario.outage = Outage{from, back + warm_up};
    scenario.retries = 2;
    scenario.headroom = 1.4;
    scenario.condition = [=](Time now) {
        Condition condition;
        if (now >= from && now < back) {
            condition.mode = Condition::Mode::hangs;
        } else if (now >= back && now < back + warm_up) {
            condition.capacity_share = 0.1 + 0.9 * in_seconds(now - back) / in_seconds(warm_up);
        }
        return condition;
    };
    return scenario;
}

// A hiccup just before the traffic stops for ten minutes, and a cold second when it is back.
Scenario burst_after_idle(Time from) {
    const Outage hiccup{from, from + seconds(1.5)};
    const Outage cold{seconds(660), seconds(661)};
    Scenario scenario;
    scenario.name = "burst after idle";
    scenario.length = seconds(800);
    scenario.headroom = 4;
    scenario.greatest_load = 2;
    scenario.load = [=](Time now) {
        if (now < from + seconds(2)) {
            return 1.0;
        }
        if (now < cold.from) {
            return 0.0;
        }
        return now < seconds(680) ? 2.0 : 1.0;
    };
    scenario.outage = cold;
    scenario.condition = [=](Time now) {
        Condition condition;
        if (hiccup.covers(now)) {
            condition.error_share = 0.45;
        } else if (cold.covers(now)) {
            condition.error_share = 0.3;
        }
        return condition;
    };
    return scenario;
}

std::string in_lower_case(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace

std::vector<Scenario> only_named(const std::string& part, const std::vector<Scenario>& all) {
    std::vector<Scenario> some;
    std::string names;
    for (const Scenario& scenario : all) {
        names += "\n  " + scenario.name;
        if (in_lower_case(scenario.name).find(in_lower_case(part)) != std::string::npos) {
            some.push_back(scenario);
        }
    }
    if (some.empty()) {
        throw std::invalid_argument{"no scenario has \"" + part + "\" in its name; there are" +
                                    names};
    }
    return some;
}

std::vector<Scenario> scenarios(std::uint64_t seed, int clients) {
    Random random{seed * 31 + 7};
    const double stretch = 0.7 + 0.6 * random.uniform();
    const Time from = seconds(60) + seconds(random.uniform());
    const auto lasting = [&](double usual) {
        return Outage{from, from + seconds(usual * stretch)};
    };

    const Condition hangs{.mode = Condition::Mode::hangs};
    const Condition refuses{.mode = Condition::Mode::refuses};

    Scenario patient = broken("down 60 s, time-out of 30 s", lasting(60), seconds(300), hangs);
    patient.timeout = seconds(30);

    Scenario outliers = always("1 % take 100 times as long", seconds(600), Condition{});
    outliers.outlier_share = 0.01;

    Scenario rare_errors =
        always("a call in 10 s, 3 % errors", seconds(7200), Condition{.error_share = 0.03});
    rare_errors.calls_per_second = 0.1;

    const Outage half_an_hour{seconds(1800), seconds(1800) + seconds(1800 * stretch)};
    Scenario rare = broken("a call in 10 s, down 30 min", half_an_hour, seconds(7200), hangs);
    rare.calls_per_second = 0.1;
    rare.timeout = seconds(10);
    rare.recovery_span = seconds(200);

    std::vector<Scenario> all{
        broken("down 60 s, hangs", lasting(60), seconds(300), hangs),
        broken("down 60 s, refuses", lasting(60), seconds(300), refuses),
        broken("20 times as slow, 2 min", lasting(120), seconds(360), Condition{.slowness = 20}),
        broken("30 % of keys fail, 5 min", Outage{from, from + seconds(300)}, seconds(480),
               Condition{.failing_keys = 30}),
        broken("60 % random errors, 2 min", lasting(120), seconds(360),
               Condition{.error_share = 0.6}),
        always("8 % errors, always", seconds(600), Condition{.error_share = 0.08}),
        broken_again_and_again("flapping, 5 s down, 5 s up", Outage{from, from + seconds(120)},
                               seconds(10), seconds(5), hangs),
        metastable(from, stretch),
        broken("down 2 s, hangs", lasting(2), seconds(240), hangs),
        burst_after_idle(from),
        std::move(patient),
        std::move(outliers),
    };
    for (Scenario& scenario : all) {
        scenario.clients = clients;
    }
    // Too few calls for more than one client.
    all.push_back(std::move(rare_errors));
    all.push_back(std::move(rare));
    return all;
}

std::vector<Scenario> all_scenarios(std::uint64_t seed, int clients) {
    std::vector<Scenario> all = scenarios(seed, clients);
    for (Scenario& further : further_scenarios(seed, clients)) {
        all.push_back(std::move(further));
    }
    return all;
}

}  // namespace protection
