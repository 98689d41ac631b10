// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <stdexcept>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

constexpr int threads = 4;
constexpr int calls = 3000;

/// Every third call of each thread fails, half of those by an exception and half by their result.
template <class Breaker>
void make_calls(Breaker& breaker) {
    in_threads(threads, [&](int) {
        for (int i = 0; i < calls; ++i) {
            breaker.call_with_fallback(
                [i] {
                    if (i % 6 == 3) {
                        throw std::runtime_error{"down"};
                    }
                    return i % 6 == 0 ? 503 : 200;
                },
                [] { return 0; });
        }
    });
}

constexpr std::uint64_t total = std::uint64_t{threads} * calls;

}  // namespace

TEST_CASE("the counts of threads that record at the same time are exact") {
    CircuitBreaker breaker{CountWindow{2 * total}, FailureRate{1.0} & MinRequests{total + 1},
                           Result{[](int status) { return status >= 500; }}};
    make_calls(breaker);
    const Metrics metrics = breaker.info().metrics;
    CHECK(metrics.total_count == total);
    CHECK(metrics.failure_count == total / 3);
}

TEST_CASE("a full window is full, and holds no more failures than calls") {
    CircuitBreaker breaker{CountWindow{100}, FailureStreak{1'000'000},
                           Result{[](int status) { return status >= 500; }}};
    make_calls(breaker);
    const Metrics metrics = breaker.info().metrics;
    CHECK(metrics.total_count == 100);
    CHECK(metrics.failure_count > 0);
    CHECK(metrics.failure_count < 100);
}

TEST_CASE("a time window counts exactly, and forgets, while its clock moves and others look") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, KeepDurations{TimeWindow{1000s}},
                           FailureStreak{1'000'000},
                           Result{[](int status) { return status >= 500; }}};
    auto clock = std::async(std::launch::async, [&] {
        int impossible = 0;
        for (int i = 0; i < 999; ++i) {
            time.advance(999ms);
            const Metrics metrics = breaker.info().metrics;
            impossible += metrics.failure_count > metrics.total_count ? 1 : 0;
        }
        return impossible;
    });
    make_calls(breaker);
    CHECK(clock.get() == 0);
    CHECK(breaker.info().metrics.total_count == total);
    CHECK(breaker.info().metrics.failure_count == total / 3);
    time.advance(1000s);
    CHECK(breaker.info().metrics.total_count == 0);
}
