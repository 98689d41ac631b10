// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Awaited calls, and their allocations.

#include "allocations.hpp"
#include "claims.hpp"
#include "work.hpp"

#include <benchmark/benchmark.h>

#include <coroutine>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace {

FLUXGATE_BENCHMARK_NOINLINE fluxgate::Task<std::uint64_t> answer(std::uint64_t value) {
    co_return value + 1;
}

/// The callee, as users write it.
constexpr auto ask = [](std::uint64_t value) { return answer(value); };

/// Counts the allocations of each iteration.
class AllocationCount {
public:
    explicit AllocationCount(benchmark::State& state) : state_{state} {}
    ~AllocationCount() {
        const auto after = allocation_count();
        state_.counters["allocations"] = benchmark::Counter(static_cast<double>(after - before_),
                                                            benchmark::Counter::kAvgIterations);
    }
    AllocationCount(const AllocationCount&) = delete;
    AllocationCount& operator=(const AllocationCount&) = delete;

private:
    benchmark::State& state_;
    std::uint64_t before_ = allocation_count();
};

fluxgate::Task<> await_directly(benchmark::State& state) {
    const AllocationCount count{state};
    std::uint64_t value = 0;
    for (auto _ : state) {
        fluxgate::Task<std::uint64_t> call = ask(value);
        value = co_await std::move(call);
        benchmark::DoNotOptimize(value);
    }
}

/// One coroutine more, and nothing else: what any breaker must at least cost.
template <class F>
fluxgate::Task<std::uint64_t> pass_on(F f, std::uint64_t value) {
    fluxgate::Task<std::uint64_t> call = f(value);
    co_return co_await std::move(call);
}

fluxgate::Task<> await_passed_on(benchmark::State& state) {
    const AllocationCount count{state};
    std::uint64_t value = 0;
    for (auto _ : state) {
        fluxgate::Task<std::uint64_t> call = pass_on(ask, value);
        value = co_await std::move(call);
        benchmark::DoNotOptimize(value);
    }
}

template <class Breaker>
fluxgate::Task<> await_through(benchmark::State& state, Breaker& breaker) {
    const AllocationCount count{state};
    std::uint64_t value = 0;
    for (auto _ : state) {
        fluxgate::Task<std::uint64_t> call = breaker.call(ask, value);
        value = co_await std::move(call);
        benchmark::DoNotOptimize(value);
    }
}

template <class Breaker>
fluxgate::Task<> await_guarded(benchmark::State& state, Breaker& breaker) {
    const AllocationCount count{state};
    std::uint64_t value = 0;
    for (auto _ : state) {
        auto call = breaker.guarded(ask, value);
        value = co_await std::move(call);
        benchmark::DoNotOptimize(value);
    }
}

void async_direct(benchmark::State& state) {
    fluxgate::sync_wait(await_directly(state));
}

void async_floor(benchmark::State& state) {
    fluxgate::sync_wait(await_passed_on(state));
}

void async_closed(benchmark::State& state) {
    fluxgate::AsyncCircuitBreaker breaker;
    fluxgate::sync_wait(await_through(state, breaker));
}

void async_guarded(benchmark::State& state) {
    fluxgate::AsyncCircuitBreaker breaker;
    fluxgate::sync_wait(await_guarded(state, breaker));
}

/// Waits in half-open, a hundred at a time, and goes on as the end of half-open wakes them all.
void async_half_open_waiters(benchmark::State& state) {
    constexpr int waiters = 100;
    fluxgate::AsyncCircuitBreaker breaker{fluxgate::FailureStreak{1}, fluxgate::Always{},
                                          fluxgate::permits::All{}, fluxgate::MaxHalfOpenCalls{1}};
    std::uint64_t sum = 0;
    const auto wait = [&](std::uint64_t value) -> fluxgate::Task<> {
        fluxgate::Task<std::uint64_t> call = breaker.call(ask, value);
        sum += co_await std::move(call);
    };
    for (auto _ : state) {
        breaker.try_acquire().value().failed();
        std::optional trial = breaker.try_acquire();
        std::vector<fluxgate::Task<>> tasks;
        for (std::uint64_t i = 0; i != waiters; ++i) {
            tasks.push_back(wait(i));
            auto awaiter = std::move(tasks.back()).operator co_await();
            awaiter.await_suspend(std::noop_coroutine()).resume();
        }
        trial->succeeded();
        benchmark::DoNotOptimize(sum);
    }
}

BENCHMARK(async_direct);
BENCHMARK(async_floor);
BENCHMARK(async_closed);
BENCHMARK(async_guarded);
BENCHMARK(async_half_open_waiters);

const claims::Rows rows{
    {"async_closed", {"async_direct"}, claims::times(2.2)},
    {"async_closed", {"async_floor"}},
    {"async_closed:allocations", {"async_direct:allocations"}, claims::plus(1)},
    {"async_guarded", {"async_direct"}, claims::times(1.5)},
    {"async_guarded:allocations", {"async_direct:allocations"}, claims::plus(0)},
    {"async_half_open_waiters", {"async_direct"}},
};

}  // namespace
