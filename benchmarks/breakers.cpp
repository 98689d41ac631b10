// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Many breakers, and one that is looked at while it is called.

#include "claims.hpp"
#include "work.hpp"

#include <fluxgate/any_circuit_breaker.hpp>

#include <benchmark/benchmark.h>

#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace {

/// The bytes that are allocated now.
std::size_t bytes_in_use() {
    return mallinfo2().uordblks;
}

template <class Make>
void make_many(benchmark::State& state, Make make) {
    constexpr std::size_t count = 100'000;
    using Pointer = decltype(make());
    std::vector<Pointer> breakers;
    breakers.reserve(count);
    double bytes = 0;
    for (auto _ : state) {
        const std::size_t before = bytes_in_use();
        for (std::size_t i = 0; i != count; ++i) {
            breakers.push_back(make());
        }
        bytes = static_cast<double>(bytes_in_use() - before) / count;
        state.PauseTiming();
        breakers.clear();
        state.ResumeTiming();
    }
    state.counters["bytes_each"] = bytes;
}

void make_100000(benchmark::State& state) {
    make_many(state, [] { return std::make_unique<fluxgate::CircuitBreaker<>>(); });
}

void make_100000_single_threaded(benchmark::State& state) {
    make_many(state, [] {
        return std::make_unique<decltype(fluxgate::CircuitBreaker{fluxgate::SingleThreaded{}})>(
            fluxgate::SingleThreaded{});
    });
}

void make_100000_presets(benchmark::State& state) {
    using Preset = decltype(fluxgate::CircuitBreaker{fluxgate::presets::request_response()});
    make_many(state,
              [] { return std::make_unique<Preset>(fluxgate::presets::request_response()); });
}

void make_100000_of_text(benchmark::State& state) {
    make_many(state,
              [] { return std::make_unique<fluxgate::AnyCircuitBreaker<>>(fluxgate::Policies{}); });
}

void make_100000_presets_of_text(benchmark::State& state) {
    const fluxgate::Policies policies = fluxgate::parse_policies("preset = request_response(1s)");
    make_many(state, [&] { return std::make_unique<fluxgate::AnyCircuitBreaker<>>(policies); });
}

/// One thread looks while the others call.
void info_while_called(benchmark::State& state) {
    static fluxgate::CircuitBreaker breaker{fluxgate::Result{work::EveryNth<100>{}},
                                            work::patient()};
    std::uint64_t value = 1;
    if (state.thread_index() == 0) {
        for (auto _ : state) {
            benchmark::DoNotOptimize(breaker.info());
        }
    } else {
        for (auto _ : state) {
            value = breaker.call(work::call, value);
            benchmark::DoNotOptimize(value);
        }
    }
}

BENCHMARK(make_100000)->Unit(benchmark::kNanosecond);
BENCHMARK(make_100000_single_threaded)->Unit(benchmark::kNanosecond);
BENCHMARK(make_100000_presets)->Unit(benchmark::kNanosecond);
BENCHMARK(make_100000_of_text)->Unit(benchmark::kNanosecond);
BENCHMARK(make_100000_presets_of_text)->Unit(benchmark::kNanosecond);
BENCHMARK(info_while_called)->Threads(3);

const claims::Rows rows{
    {"make_100000:bytes_each", {}, claims::at_most(256)},
    {"make_100000_single_threaded:bytes_each", {"make_100000:bytes_each"}, claims::times(1)},
    {"make_100000_presets:bytes_each", {}, claims::at_most(1024)},
    {"make_100000_of_text:bytes_each", {"make_100000:bytes_each"}},
    {"make_100000_presets_of_text:bytes_each", {"make_100000_presets:bytes_each"}},
    {"make_100000", {}},
    {"info_while_called/3_threads", {"failing_1_percent"}},
};

}  // namespace
