// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls whose time matters: to the tripper, or to the window.

#include "claims.hpp"
#include "work.hpp"

#include <fluxgate/tsc.hpp>

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstdint>

using namespace std::chrono_literals;

namespace {

/// What cannot be done without: the call between two readings of the clock, the word on its result,
/// and a compare-and-swap.
void timed_floor(benchmark::State& state) {
    static std::atomic<std::uint64_t> pending{0};
    std::uint64_t value = 1;
    for (auto _ : state) {
        const auto begin = std::chrono::steady_clock::now();
        value = work::call(value);
        benchmark::DoNotOptimize(value);
        const auto duration = std::chrono::steady_clock::now() - begin;
        std::uint64_t before = pending.load(std::memory_order_acquire);
        if (duration < 1s && !work::EveryNth<100>{}(value)) {
            pending.compare_exchange_strong(before, before + 1, std::memory_order_relaxed);
        }
    }
}

void timed(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{
        fluxgate::Result{work::EveryNth<100>{}},
        fluxgate::MinRequests{100} & (fluxgate::FailureRate{0.9} | fluxgate::SlowRate{0.9, 1s})};
    work::call_all(state, breaker);
}

/// The processor's counter alone.
void read_counter(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(fluxgate::detail::ProcessorCounter::ticks());
    }
}

/// Its rate is measured before the loop, unless this processor has none that can be used.
void wait_for_counter() {
    using Source = fluxgate::Tsc::Source;
    while (static_cast<void>(fluxgate::Tsc::now()),
           fluxgate::Tsc::health().source == Source::measuring) {
    }
}

/// A healthy call whose duration a tripper wants.
template <class Environment>
void timed_healthy(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{Environment{}, fluxgate::SlowRate{0.9, 1s}};
    wait_for_counter();
    for (std::uint64_t i = 0; i != 200; ++i) {
        breaker.call([i] { return work::call(i); });
    }
    work::call_all(state, breaker);
}

void timed_by_clock(benchmark::State& state) {
    timed_healthy<fluxgate::Threaded>(state);
}

void timed_by_tsc(benchmark::State& state) {
    timed_healthy<fluxgate::Tsc>(state);
}

/// A preset whose threshold is too short for the coarse clock.
template <class Environment>
void short_preset(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{Environment{},
                                            fluxgate::presets::request_response(100ms)};
    wait_for_counter();
    work::call_all(state, breaker);
}

void short_preset_by_clock(benchmark::State& state) {
    short_preset<fluxgate::Threaded>(state);
}

void short_preset_by_tsc(benchmark::State& state) {
    short_preset<fluxgate::Tsc>(state);
}

void time_window(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{fluxgate::TimeWindow{60s}};
    work::call_all(state, breaker);
}

void average(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{fluxgate::AvgLatency{1s}};
    work::call_all(state, breaker);
}

void overdue(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{fluxgate::Overdue{1s}};
    work::call_all(state, breaker);
}

void preset(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{fluxgate::presets::request_response(500ms)};
    work::call_all(state, breaker);
}

BENCHMARK(timed_floor);
BENCHMARK(timed)->ThreadRange(1, 2);
BENCHMARK(read_counter);
BENCHMARK(timed_by_clock);
BENCHMARK(timed_by_tsc)->ThreadRange(1, 2);
BENCHMARK(short_preset_by_clock);
BENCHMARK(short_preset_by_tsc);
BENCHMARK(time_window)->ThreadRange(1, 2);
BENCHMARK(average);
BENCHMARK(overdue);
BENCHMARK(preset)->ThreadRange(1, 2);

const claims::Rows rows{
    {"timed", {{"read_clock", 2}, {"lock_and_unlock", 1.2}}, claims::times(1)},
    {"timed", {"timed_floor"}},
    {"timed_by_clock", {{"read_clock", 2}}},
    {"timed_by_tsc", {{"read_counter", 2}}, claims::plus(5)},
    {"timed_by_tsc/2_threads", {"timed_by_tsc"}},
    {"timed_by_tsc", {"timed_by_clock"}},
    {"short_preset_by_tsc", {"short_preset_by_clock"}},
    {"time_window", {"read_clock"}, claims::at_most(20)},
    {"time_window/2_threads", {"time_window"}, claims::times(3)},
    {"average", {{"read_clock", 2}, "lock_and_unlock"}},
    {"overdue", {"read_clock"}},
    {"preset", {"read_clock"}, claims::times(1.5)},
    {"preset/2_threads", {"preset"}},
};

}  // namespace
