// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls of an open circuit, and trial calls of a half-open one.

#include "claims.hpp"
#include "handrolled.hpp"
#include "work.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>

using namespace std::chrono_literals;

namespace {

/// Open for an hour.
auto& open_breaker() {
    static fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}, fluxgate::Cooldown{1h}};
    if (auto permission = breaker.try_acquire()) {
        permission->failed();
    }
    return breaker;
}

void rejected_try_acquire(benchmark::State& state) {
    auto& breaker = open_breaker();
    for (auto _ : state) {
        auto permission = breaker.try_acquire();
        benchmark::DoNotOptimize(permission);
    }
}

void rejected_try_call(benchmark::State& state) {
    auto& breaker = open_breaker();
    for (auto _ : state) {
        auto result = breaker.try_call(work::call, 1u);
        benchmark::DoNotOptimize(result);
    }
}

/// A fallback that does not ask why.
void rejected_fallback(benchmark::State& state) {
    auto& breaker = open_breaker();
    std::uint64_t value = 1;
    for (auto _ : state) {
        value = breaker.call_with_fallback(work::call, [] { return std::uint64_t{2}; }, value);
        benchmark::DoNotOptimize(value);
    }
}

void rejected_exception(benchmark::State& state) {
    auto& breaker = open_breaker();
    std::uint64_t caught = 0;
    for (auto _ : state) {
        try {
            benchmark::DoNotOptimize(breaker.call(work::call, caught));
        } catch (const fluxgate::CallNotPermittedError&) {
            ++caught;
        }
    }
}

void rejected_handrolled(benchmark::State& state) {
    HandrolledBreaker breaker;
    breaker.open();
    std::uint64_t caught = 0;
    for (auto _ : state) {
        try {
            benchmark::DoNotOptimize(breaker.call(work::call, caught));
        } catch (const std::exception&) {
            ++caught;
        }
    }
}

/// Half-open for ever: a trial that neither opens nor closes is neutral.
void half_open(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}, fluxgate::Always{},
                                     fluxgate::permits::All{}};
    breaker.try_acquire().value().failed();
    for (auto _ : state) {
        auto permission = breaker.try_acquire();
        benchmark::DoNotOptimize(permission);
    }
}

/// Half-open for ever, with a permit that admits one call in a billion.
template <class Permit>
void rejected_half_open(benchmark::State& state, Permit permit) {
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}, fluxgate::Always{}, permit};
    breaker.try_acquire().value().failed();
    for (auto _ : state) {
        auto permission = breaker.try_acquire();
        benchmark::DoNotOptimize(permission);
    }
}

void rejected_by_random(benchmark::State& state) {
    rejected_half_open(state, fluxgate::Random{1e-9});
}

void rejected_by_ramp(benchmark::State& state) {
    rejected_half_open(state, fluxgate::RampUp{1e-9, 2e-9, 1h});
}

BENCHMARK(rejected_try_acquire)->ThreadRange(1, 2);
BENCHMARK(rejected_try_call);
BENCHMARK(rejected_fallback);
BENCHMARK(rejected_by_random);
BENCHMARK(rejected_by_ramp);
BENCHMARK(rejected_exception);
BENCHMARK(rejected_handrolled);
BENCHMARK(half_open);

const claims::Rows rows{
    {"rejected_try_acquire", {"read_clock"}, claims::times(0.35)},
    {"rejected_try_acquire/2_threads", {"rejected_try_acquire"}},
    {"rejected_try_call", {"read_clock"}, claims::times(0.8)},
    {"rejected_fallback", {"rejected_try_acquire"}, claims::times(1.8)},
    {"rejected_by_random", {"read_clock"}, claims::times(1.2)},
    {"rejected_by_ramp", {"read_clock"}, claims::times(1.2)},
    {"rejected_exception", {"throw_and_catch_rejection"}, claims::times(1.15)},
    {"rejected_exception", {"rejected_handrolled"}, claims::times(1.1)},
    {"half_open", {"read_clock"}},
};

}  // namespace
