// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls of which a share fails, told by their results, and calls that throw.

#include "claims.hpp"
#include "work.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <exception>
#include <stdexcept>

namespace {

using fluxgate::CaughtException;

template <std::uint64_t Nth>
void failing_by_result(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{fluxgate::Result{work::EveryNth<Nth>{}},
                                            work::patient()};
    std::uint64_t value = 1;
    for (auto _ : state) {
        value = breaker.call(work::call, value);
        benchmark::DoNotOptimize(value);
    }
}

template <class Breaker>
void fail_all(benchmark::State& state, Breaker& breaker) {
    std::uint64_t caught = 0;
    for (auto _ : state) {
        try {
            benchmark::DoNotOptimize(breaker.call(work::fail, caught));
        } catch (const std::exception&) {
            ++caught;
        }
    }
}

/// Stays closed whatever fails.
fluxgate::FailureStreak never() {
    return fluxgate::FailureStreak{UINT32_MAX};
}

void exception_all(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{never()};
    fail_all(state, breaker);
}

void exception_type_of(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{never(), fluxgate::TypeOf<work::Down>{}};
    fail_all(state, breaker);
}

/// The exception is none that counts.
void exception_not_counted(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{never(), fluxgate::TypeOf<std::logic_error>{}};
    fail_all(state, breaker);
}

/// A fallback that takes all exceptions.
void fallback_type_of(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{never(), fluxgate::TypeOf<work::Down>{}};
    std::uint64_t answers = 0;
    for (auto _ : state) {
        answers += breaker.call_with_fallback(
            work::fail, [](std::exception_ptr) { return std::uint64_t{1}; }, answers);
    }
    benchmark::DoNotOptimize(answers);
}

void exception_custom(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{
        never(), fluxgate::Custom{[](const work::Down& down) { return down.what() != nullptr; }}};
    fail_all(state, breaker);
}

BENCHMARK(failing_by_result<100>)->Name("failing_1_percent")->ThreadRange(1, 2);
BENCHMARK(failing_by_result<10>)->Name("failing_10_percent")->ThreadRange(1, 2);
BENCHMARK(failing_by_result<2>)->Name("failing_50_percent")->ThreadRange(1, 2);
BENCHMARK(exception_all);
BENCHMARK(exception_type_of);
BENCHMARK(exception_not_counted);
BENCHMARK(fallback_type_of);
BENCHMARK(exception_custom);

const claims::Rows rows{
    {"failing_1_percent", {"lock_and_unlock"}, claims::times(1.2)},
    {"failing_1_percent/2_threads", {"lock_and_unlock/2_threads"}, claims::times(0.6)},
    {"failing_10_percent", {"lock_and_unlock"}},
    {"failing_10_percent/2_threads", {"lock_and_unlock/2_threads"}},
    {"failing_50_percent", {"lock_and_unlock"}},
    {"failing_50_percent/2_threads", {"lock_and_unlock/2_threads"}},
    {"exception_all", {"throw_and_catch"}, claims::times(1.4)},
    {"exception_type_of", {"throw_and_catch"}},
    {"exception_not_counted", {"throw_and_catch"}, claims::times(1.6)},
    {"fallback_type_of", {"throw_and_catch"}, claims::times(1.35)},
    {"exception_custom", {"throw_and_catch"}},
};

}  // namespace
