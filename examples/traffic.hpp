// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "http.hpp"

#include <chrono>
#include <cstdio>
#include <future>
#include <iomanip>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// The traffic of the quickstart and its bookkeeping. Nothing in here knows of circuit breakers.
namespace traffic {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

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

struct Price {
    std::string amount;
    bool from_server = true;
};

struct Tally {
    int calls = 0;
    int successes = 0;
    int failures = 0;
    int rejections = 0;
    /// The time that callers spent in calls made while the server was broken.
    std::chrono::duration<double> waited{};
    /// The requests that reached the server while it was broken.
    int load = 0;
};

/// A line on standard output, there at once also where that is a pipe.
template <class... Parts>
void print_line(const Parts&... parts) {
    std::ostringstream line;
    (line << ... << parts) << '\n';
    std::fputs(line.str().c_str(), stdout);
    std::fflush(stdout);
}

/// Prints what happens, with the seconds since its construction.
class Log {
public:
    template <class... Parts>
    void operator()(const Parts&... parts) const {
        const std::chrono::duration<double> elapsed = Clock::now() - start_;
        std::ostringstream time;
        time << std::fixed << std::setprecision(2) << std::setw(6) << elapsed.count() << " s  ";
        print_line(time.str(), parts...);
    }

private:
    Clock::time_point start_ = Clock::now();
};

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
        const Tally tally = future.get();
        sum.calls += tally.calls;
        sum.successes += tally.successes;
        sum.failures += tally.failures;
        sum.rejections += tally.rejections;
        sum.waited += tally.waited;
    }
    sum.load = server.load_while_broken();
    return sum;
}

inline void print_comparison(const Tally& without, const Tally& with) {
    const auto row = [](std::string_view name, const auto& left, const auto& right) {
        std::ostringstream line;
        line << std::fixed << std::setprecision(1) << std::left << std::setw(46) << name
             << std::right << std::setw(9) << left << std::setw(9) << right;
        print_line(line.str());
    };
    row("", "without", "with");
    row("calls", without.calls, with.calls);
    row("  answered by the server", without.successes, with.successes);
    row("  failed", without.failures, with.failures);
    row("  rejected, answered by the fallback", without.rejections, with.rejections);
    row("seconds callers waited on the broken server", without.waited.count(), with.waited.count());
    row("requests that reached the broken server", without.load, with.load);
}

}  // namespace traffic
