// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls whose time matters: to the tripper, or to the window.

#include "claims.hpp"
#include "work.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>

using namespace std::chrono_literals;

namespace {

template <class Breaker>
void call_all(benchmark::State& state, Breaker& breaker) {
    std::uint64_t value = 1;
    for (auto _ : state) {
        value = breaker.call(work::call, value);
        benchmark::DoNotOptimize(value);
    }
}

void timed(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{
        fluxgate::Result{work::EveryNth<100>{}},
        fluxgate::MinRequests{100} & (fluxgate::FailureRate{0.9} | fluxgate::SlowRate{0.9, 1s})};
    call_all(state, breaker);
}

void time_window(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{fluxgate::TimeWindow{60s}};
    call_all(state, breaker);
}

void average(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{fluxgate::AvgLatency{1s}};
    call_all(state, breaker);
}

BENCHMARK(timed)->ThreadRange(1, 2);
BENCHMARK(time_window)->ThreadRange(1, 2);
BENCHMARK(average);

const claims::Rows rows{
    {"timed", {"read_clock", "read_clock", "lock_and_unlock"}, claims::times(1)},
    {"time_window", {"read_clock"}, claims::at_most(20)},
    {"time_window/2_threads", {"time_window"}, claims::times(3)},
    {"average", {"read_clock", "read_clock", "lock_and_unlock"}},
};

}  // namespace
