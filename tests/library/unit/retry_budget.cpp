// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// How many retries a budget allows.

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/environment.hpp>
#include <fluxgate/retry_budget.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <random>
#include <thread>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

void count_calls(RetryBudget& budget, int calls) {
    for (int call = 0; call < calls; ++call) {
        budget.count_call();
    }
}

/// Retries as often as the budget allows, and returns how often that is.
int spend_all(RetryBudget& budget) {
    int retries = 0;
    while (budget.try_spend()) {
        ++retries;
    }
    return retries;
}

}  // namespace

TEST_CASE("a budget allows a tenth of the calls to be retried, and one a second beside them") {
    RetryBudget budget;
    CHECK(budget.ratio() == 0.1);
    CHECK(budget.least_per_second() == 1);
    count_calls(budget, 1000);
    CHECK(spend_all(budget) == 110);
}

TEST_CASE("a budget's ratio is exact as it is written") {
    const double ratio = GENERATE(0.01, 0.07, 0.1, 0.29, 0.57, 0.58, 1.0, 1.1);
    CAPTURE(ratio);
    RetryBudget budget{ratio, 0};
    count_calls(budget, 100);
    CHECK(spend_all(budget) == static_cast<int>(ratio * 100 + 0.5));
}

TEST_CASE("a budget of nothing allows no retry") {
    RetryBudget budget{0, 0};
    count_calls(budget, 1000);
    CHECK_FALSE(budget.try_spend());
}

TEST_CASE("without calls, a budget has the least of ten seconds, and again ten seconds later") {
    VirtualTime time;
    RetryBudget budget{0.1, 0.5, Virtual{time}};
    CHECK(spend_all(budget) == 5);
    time.advance(9750ms - 1ns);
    CHECK_FALSE(budget.try_spend());
    time.advance(250ms + 1ns);
    CHECK(spend_all(budget) == 5);
    // However long nothing happens, nothing is saved up.
    time.advance(24h);
    CHECK(spend_all(budget) == 5);
}

TEST_CASE("calls are forgotten after ten seconds") {
    VirtualTime time;
    RetryBudget budget{Virtual{time}, 0.1, 0};
    count_calls(budget, 1000);
    time.advance(9750ms - 1ns);
    CHECK(budget.try_spend());
    time.advance(250ms + 1ns);
    CHECK_FALSE(budget.try_spend());
}

TEST_CASE("a budget keeps to its limit in each ten seconds, whatever comes when") {
    struct Event {
        std::chrono::steady_clock::time_point at;
        bool is_retry;
    };
    const double ratio = GENERATE(0.1, 0.5, 2.0);
    const double least = GENERATE(0.0, 0.3);
    VirtualTime time;
    const Virtual clock{time};
    const auto began = clock.now();
    RetryBudget budget{ratio, least, clock};
    std::mt19937 random{1};
    std::deque<Event> latest;
    const auto count = [&](bool is_retry) {
        double sum = 0;
        for (const Event& event : latest) {
            sum += event.is_retry == is_retry ? 1 : 0;
        }
        return sum;
    };
    int allowed_wrongly = 0;
    int refused_wrongly = 0;
    for (int step = 0; step < 5000; ++step) {
        time.advance(std::chrono::milliseconds{random() % 100 == 0 ? 30'000 : random() % 200});
        // A window begins a whole number of quarters of a second after the budget.
        const auto begin = began + ((clock.now() - began) / 250ms - 39) * 250ms;
        while (!latest.empty() && latest.front().at < begin) {
            latest.pop_front();
        }
        if (random() % 2 == 0) {
            budget.count_call();
            latest.push_back({clock.now(), false});
            continue;
        }
        const bool fits = count(true) + 1 <= (ratio * count(false) + least * 10) * (1 + 1e-12);
        const bool is_allowed = budget.try_spend();
        allowed_wrongly += is_allowed && !fits;
        refused_wrongly += !is_allowed && fits;
        if (is_allowed) {
            latest.push_back({clock.now(), true});
        }
    }
    CHECK(allowed_wrongly == 0);
    CHECK(refused_wrongly == 0);
}

TEST_CASE("a budget goes on where the numbers of its slices wrap around") {
    const std::chrono::nanoseconds turn = 250ms * (std::int64_t{1} << 32);
    VirtualTime time;
    RetryBudget budget{0, 1, Virtual{time}};
    CHECK(spend_all(budget) == 10);
    time.advance(turn / 2);
    for (int slice = 0; slice < 100; ++slice) {  // so that each cell is used
        time.advance(250ms);
        static_cast<void>(budget.try_spend());
    }
    time.advance(turn / 2 - 60s);
    int retries = 0;
    for (int slice = 0; slice < 400; ++slice) {
        time.advance(250ms);
        retries += spend_all(budget);
    }
    CHECK(retries == 100);
}

TEST_CASE("a budget that rests for decades allows what a new one does") {
    const auto years = GENERATE(1, 16, 18, 33, 35, 52, 200);
    CAPTURE(years);
    VirtualTime time;
    RetryBudget budget{1, 1, Virtual{time}};
    budget.count_call();
    CHECK(spend_all(budget) == 11);
    time.advance(years * 365 * 24h);
    budget.count_call();
    CHECK(spend_all(budget) == 11);
}

TEST_CASE("threads that share a budget spend no more than one would") {
    VirtualTime time;  // in which no call is forgotten meanwhile
    RetryBudget budget{0.1, 0, Virtual{time}};
    constexpr int per_thread = 10'000;
    std::vector<int> spent(4);
    std::vector<std::thread> threads;
    for (int& retries : spent) {
        threads.emplace_back([&] {
            for (int call = 0; call < per_thread; ++call) {
                budget.count_call();
                retries += budget.try_spend() ? 1 : 0;
            }
        });
    }
    int sum = 0;
    for (std::size_t thread = 0; thread < threads.size(); ++thread) {
        threads[thread].join();
        sum += spent[thread];
    }
    CHECK(sum <= 4 * per_thread / 10);
}

TEST_CASE("a budget says what is wrong with its numbers") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(error_of([] { RetryBudget{-0.1}; }) ==
          "fluxgate: RetryBudget's ratio must be at least 0 and finite, but is -0.1");
    CHECK(error_of([] { RetryBudget{0.1, -1}; }) ==
          "fluxgate: RetryBudget's least_per_second must be at least 0 and finite, but is -1");
    CHECK(error_of([] { RetryBudget{infinity}; }) ==
          "fluxgate: RetryBudget's ratio must be at least 0 and finite, but is inf");
    CHECK_NOTHROW(
        RetryBudget{(std::numeric_limits<double>::max)(), (std::numeric_limits<double>::max)()}
            .try_spend());
}
