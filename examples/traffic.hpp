// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "http.hpp"
#include "report.hpp"

#include <chrono>
#include <future>
#include <thread>
#include <utility>
#include <vector>

// The traffic of the quickstart. Nothing in here knows of circuit breakers.
namespace traffic {

using namespace std::chrono_literals;

/// What the server goes through, and how long each time.
inline constexpr std::pair<http::Health, std::chrono::milliseconds> timetable[]{
    {http::Health::healthy, 800ms},
    {http::Health::slow, 800ms},
    {http::Health::failing, 1600ms},
    {http::Health::recovered, 2000ms},
};

/// One call every 25 ms, by 16 callers in turn. A call gives up before its caller's next one is
/// due, so that the traffic is the same however the server behaves.
inline constexpr int callers = 16;
inline constexpr int calls_per_caller = 13;
inline constexpr std::chrono::milliseconds interval = 400ms;
inline constexpr std::chrono::milliseconds call_timeout = 300ms;

/// Sends the whole traffic through `get_price` to a server that goes through its timetable.
template <class GetPrice>
Tally run(http::PriceServer& server, const Log& log, GetPrice get_price) {
    const auto start = Clock::now();
    const auto caller = [&](int number) {
        Tally tally;
        http::Client client{server.port(), call_timeout};
        for (; tally.calls < calls_per_caller; ++tally.calls) {
            std::this_thread::sleep_until(start + tally.calls * interval +
                                          number * interval / callers);
            const bool broken = server.broken();
            const auto begin = Clock::now();
            try {
                const Price price = get_price(client);
                ++(price.from_server ? tally.successes : tally.rejections);
            } catch (const http::Error&) {
                ++tally.failures;
            }
            if (broken) {
                tally.waited += Clock::now() - begin;
            }
        }
        return tally;
    };

    std::vector<std::future<Tally>> tallies;
    for (int number = 0; number < callers; ++number) {
        tallies.push_back(std::async(std::launch::async, caller, number));
    }
    auto until = start;
    for (const auto& [health, time] : timetable) {
        server.turn(health);
        log("the server is ", http::to_string(health));
        std::this_thread::sleep_until(until += time);
    }

    Tally sum;
    for (auto& future : tallies) {
        sum += future.get();
    }
    sum.load = server.load_while_broken();
    return sum;
}

}  // namespace traffic
