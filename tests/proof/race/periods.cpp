// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

TEST_CASE("no outcome lands in a later period, however close the command") {
    constexpr int callers = 3;
    constexpr int rounds = 1000;
    std::vector<Signal> signals;
    CircuitBreaker breaker{CountWindow{100}, FailureStreak{1'000'000},
                           Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    using Permission = decltype(breaker)::Permission;
    std::barrier phase{callers + 1};

    // All calls of an even round fail, and all of an odd round succeed. While they are settled, the
    // circuit is reset; half of the callers wait until it has been.
    in_threads(callers + 1, [&](int number) {
        for (int round = 0; round < rounds; ++round) {
            if (number == callers) {
                phase.arrive_and_wait();
                breaker.reset();
                phase.arrive_and_wait();
                phase.arrive_and_wait();
                continue;
            }
            std::optional<Permission> permission = breaker.try_acquire();
            std::optional<Permission> late = breaker.try_acquire();
            phase.arrive_and_wait();
            round % 2 == 0 ? permission->failed() : permission->succeeded();
            phase.arrive_and_wait();
            round % 2 == 0 ? late->failed() : late->succeeded();
            phase.arrive_and_wait();
        }
    });

    REQUIRE(signals.size() == rounds);
    for (std::size_t round = 0; round < signals.size(); ++round) {
        const Metrics& metrics = signals[round].metrics;
        REQUIRE(metrics.total_count <= callers);
        REQUIRE(metrics.failure_count == (round % 2 == 0 ? metrics.total_count : 0));
    }
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("a wait that is over turns the circuit half-open once, whoever comes first") {
    constexpr int callers = 4;
    constexpr int rounds = 300;
    testing::VirtualTime time;
    int half_opened = 0;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{},
                           Listeners{[&](const Signal& signal) {
                               half_opened += signal.reason == Reason::wait_over ? 1 : 0;
                           }}};
    std::barrier phase{callers, [&]() noexcept { time.advance(1s); }};
    breaker.try_acquire()->failed();

    in_threads(callers, [&](int) {
        for (int round = 0; round < rounds; ++round) {
            phase.arrive_and_wait();
            auto trial = breaker.try_acquire();  // rejected once another one has failed
            if (trial) {
                trial->failed();
            }
        }
    });
    CHECK(breaker.info().state == State::open);
    CHECK(half_opened == rounds);
    CHECK(breaker.info().reopens == rounds);
}

TEST_CASE("a permission is settled by another thread than its caller's") {
    CircuitBreaker breaker;
    for (int i = 0; i < 200; ++i) {
        std::optional permission = breaker.try_acquire();
        REQUIRE(permission);
        std::thread{[moved = std::move(*permission)]() mutable { moved.succeeded(); }}.join();
    }
    CHECK(breaker.info().metrics.total_count == 100);
}
