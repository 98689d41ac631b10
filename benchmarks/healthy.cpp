// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls that succeed, through a closed circuit whose window is full.

#include "claims.hpp"
#include "handrolled.hpp"
#include "work.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace {

/// A breaker of each type that all threads share, whose window is full of successes.
template <class Breaker>
Breaker& shared_breaker() {
    static Breaker breaker;
    static const bool filled = [] {
        // A function of its own: the call that is measured has one place, as a user's lambda has.
        for (std::uint64_t i = 0; i != 200; ++i) {
            breaker.call([i] { return work::call(i); });
        }
        return true;
    }();
    benchmark::DoNotOptimize(filled);
    return breaker;
}

void healthy(benchmark::State& state) {
    work::call_all(state, shared_breaker<fluxgate::CircuitBreaker<>>());
}

using CountingBreaker = fluxgate::CircuitBreaker<
    fluxgate::CountWindow, fluxgate::trackers::All,
    fluxgate::trippers::AllOf<fluxgate::MinRequests, fluxgate::FailureRate>, fluxgate::Cooldown,
    fluxgate::RampUp, fluxgate::Threaded, fluxgate::BreakerOptions<fluxgate::Totals>>;

void healthy_with_totals(benchmark::State& state) {
    work::call_all(state, shared_breaker<CountingBreaker>());
}

void healthy_with_totals_a_breaker_each(benchmark::State& state) {
    CountingBreaker breaker;
    work::call_all(state, breaker);
}

void healthy_a_breaker_each(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker;
    work::call_all(state, breaker);
}

void healthy_single_threaded(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{fluxgate::SingleThreaded{}};
    work::call_all(state, breaker);
}

void healthy_handrolled(benchmark::State& state) {
    work::call_all(state, shared_breaker<HandrolledBreaker>());
}

/// A tripper that waits for four billion calls.
void warming_up(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{
        fluxgate::CountWindow{100'000'000},
        fluxgate::MinRequests{4'000'000'000} & fluxgate::FailureRate{0.5}};
    if (state.thread_index() == 0) {
        breaker.reset();  // a window that is full of successes is clean
    }
    work::call_all(state, breaker);
}

/// Calls `call(i)` for each of 2,000 things in turn, ninety times; then `begin_anew()`.
template <class Call, class BeginAnew>
void first_ninety_of_2000(benchmark::State& state, Call call, BeginAnew begin_anew) {
    while (state.KeepRunningBatch(2'000 * 90)) {
        for (std::uint64_t round = 0; round != 90; ++round) {
            for (std::size_t i = 0; i != 2'000; ++i) {
                benchmark::DoNotOptimize(call(i, round));
            }
        }
        state.PauseTiming();
        begin_anew();
        state.ResumeTiming();
    }
}

void first_ninety(benchmark::State& state) {
    std::vector<std::unique_ptr<fluxgate::CircuitBreaker<>>> breakers(2'000);
    for (auto& breaker : breakers) {
        breaker = std::make_unique<fluxgate::CircuitBreaker<>>();
    }
    first_ninety_of_2000(
        state,
        [&](std::size_t i, std::uint64_t value) { return breakers[i]->call(work::call, value); },
        [&] {
            for (auto& breaker : breakers) {
                breaker->reset();
            }
        });
}

void first_ninety_compare_and_swap(benchmark::State& state) {
    struct alignas(256) Counter {
        std::atomic<std::uint64_t> word{0};
    };
    std::vector<std::unique_ptr<Counter>> counters(2'000);
    for (auto& counter : counters) {
        counter = std::make_unique<Counter>();
    }
    first_ninety_of_2000(
        state,
        [&](std::size_t i, std::uint64_t value) {
            const std::uint64_t result = work::call(value);
            std::atomic<std::uint64_t>& word = counters[i]->word;
            std::uint64_t seen = word.load(std::memory_order_relaxed);
            while (!word.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) {
            }
            return result;
        },
        [] {});
}

BENCHMARK(healthy)->ThreadRange(1, 8);
BENCHMARK(healthy_a_breaker_each)->ThreadRange(1, 8);
BENCHMARK(healthy_with_totals)->ThreadRange(1, 2);
BENCHMARK(healthy_with_totals_a_breaker_each)->ThreadRange(1, 2);
BENCHMARK(healthy_single_threaded);
BENCHMARK(healthy_handrolled)->ThreadRange(1, 2);
BENCHMARK(warming_up)->ThreadRange(1, 2);
BENCHMARK(first_ninety);
BENCHMARK(first_ninety_compare_and_swap);

const claims::Rows rows{
    {"healthy", {"bare_call"}, claims::plus(1)},
    // As long as on a breaker of its own, at the same time: sharing costs nothing.
    {"healthy/2_threads", {"healthy_a_breaker_each/2_threads"}, claims::times(1.15)},
    {"healthy/2_threads", {"healthy"}},
    {"healthy/4_threads", {"bare_call/4_threads"}},
    {"healthy/8_threads", {"bare_call/8_threads"}},
    {"healthy_a_breaker_each/2_threads", {"healthy_a_breaker_each"}},
    // A thread counts in memory of its own.
    {"healthy_with_totals", {"healthy"}, claims::plus(2)},
    {"healthy_with_totals/2_threads",
     {"healthy_with_totals_a_breaker_each/2_threads"},
     claims::times(1.15)},
    {"healthy_single_threaded", {"bare_call"}, claims::plus(1)},
    {"healthy", {"healthy_handrolled"}},
    {"healthy/2_threads", {"healthy_handrolled/2_threads"}},
    {"warming_up", {"compare_and_swap"}, claims::times(1.4)},
    {"warming_up/2_threads", {"compare_and_swap/2_threads"}, claims::times(1.4)},
    {"first_ninety", {"first_ninety_compare_and_swap"}, claims::times(2.5)},
};

}  // namespace
