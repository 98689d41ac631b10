// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls that succeed, through a closed circuit whose window is full.

#include "claims.hpp"
#include "handrolled.hpp"
#include "work.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>

namespace {

/// A breaker of each type that all threads share, whose window is full of successes.
template <class Breaker>
Breaker& shared_breaker() {
    static Breaker breaker;
    static const bool filled = [] {
        for (std::uint64_t i = 0; i != 200; ++i) {
            breaker.call(work::call, i);
        }
        return true;
    }();
    benchmark::DoNotOptimize(filled);
    return breaker;
}

void healthy(benchmark::State& state) {
    work::call_all(state, shared_breaker<fluxgate::CircuitBreaker<>>());
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

/// A window that does not fill, and a tripper that waits for it: 100 million calls.
void warming_up(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{
        fluxgate::CountWindow{100'000'000},
        fluxgate::MinRequests{100'000'000} & fluxgate::FailureRate{0.5}};
    work::call_all(state, breaker);
}

BENCHMARK(healthy)->ThreadRange(1, 8);
BENCHMARK(healthy_a_breaker_each)->ThreadRange(1, 8);
BENCHMARK(healthy_single_threaded);
BENCHMARK(healthy_handrolled)->ThreadRange(1, 2);
BENCHMARK(warming_up);

const claims::Rows rows{
    {"healthy", {"bare_call"}, claims::plus(1)},
    // As long as on a breaker of its own, at the same time: sharing costs nothing.
    {"healthy/2_threads", {"healthy_a_breaker_each/2_threads"}, claims::times(1.15)},
    {"healthy/2_threads", {"healthy"}},
    {"healthy/4_threads", {"bare_call/4_threads"}},
    {"healthy/8_threads", {"bare_call/8_threads"}},
    {"healthy_a_breaker_each/2_threads", {"healthy_a_breaker_each"}},
    {"healthy_single_threaded", {"bare_call"}, claims::plus(1)},
    {"healthy", {"healthy_handrolled"}},
    {"healthy/2_threads", {"healthy_handrolled/2_threads"}},
    {"warming_up", {"lock_and_unlock"}},
};

}  // namespace
