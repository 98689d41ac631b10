// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// What things cost without any breaker.

#include "work.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace {

void bare_call(benchmark::State& state) {
    std::uint64_t value = 0;
    for (auto _ : state) {
        value = work::call(value);
        benchmark::DoNotOptimize(value);
    }
}

std::atomic<std::uint64_t> counter{0};  // counted up by all threads

void fetch_add(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(counter.fetch_add(1, std::memory_order_relaxed));
    }
}

/// A call, and a success counted by a loop, as a breaker may have to.
void compare_and_swap(benchmark::State& state) {
    static std::atomic<std::uint64_t> word{0};
    std::uint64_t value = 1;
    for (auto _ : state) {
        value = work::call(value);
        benchmark::DoNotOptimize(value);
        std::uint64_t seen = word.load(std::memory_order_relaxed);
        while (!word.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) {
        }
    }
}

std::mutex mutex;

void lock_and_unlock(benchmark::State& state) {
    for (auto _ : state) {
        const std::lock_guard lock{mutex};
        benchmark::ClobberMemory();
    }
}

void read_clock(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(std::chrono::steady_clock::now());
    }
}

void throw_and_catch(benchmark::State& state) {
    std::uint64_t caught = 0;
    for (auto _ : state) {
        try {
            benchmark::DoNotOptimize(work::fail(caught));
        } catch (const std::exception&) {
            ++caught;
        }
    }
}

/// What a rejection throws, thrown from as deep.
FLUXGATE_BENCHMARK_NOINLINE std::uint64_t reject(std::uint64_t value) {
    if (value != UINT64_MAX) {
        throw fluxgate::CallNotPermittedError{fluxgate::Rejection{}};
    }
    return value;
}

void throw_and_catch_rejection(benchmark::State& state) {
    std::uint64_t caught = 0;
    for (auto _ : state) {
        try {
            benchmark::DoNotOptimize(reject(caught));
        } catch (const fluxgate::CallNotPermittedError&) {
            ++caught;
        }
    }
}

BENCHMARK(bare_call)->ThreadRange(1, 8);
BENCHMARK(fetch_add)->ThreadRange(1, 2);
BENCHMARK(compare_and_swap)->ThreadRange(1, 2);
BENCHMARK(lock_and_unlock)->ThreadRange(1, 2);
BENCHMARK(read_clock);
BENCHMARK(throw_and_catch);
BENCHMARK(throw_and_catch_rejection);

}  // namespace
