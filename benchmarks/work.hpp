// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <stdexcept>

// What the protected functions of the benchmarks do. None is inlined: a breaker is for calls that
// go somewhere.

#if defined(__GNUC__)
#define FLUXGATE_BENCHMARK_NOINLINE [[gnu::noinline]]
#else
#define FLUXGATE_BENCHMARK_NOINLINE __declspec(noinline)
#endif

namespace work {

/// Does as good as nothing.
FLUXGATE_BENCHMARK_NOINLINE inline std::uint64_t call(std::uint64_t value) {
    return value + 1;
}

struct Down : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Fails.
FLUXGATE_BENCHMARK_NOINLINE inline std::uint64_t fail(std::uint64_t value) {
    if (value != UINT64_MAX) {
        throw Down{"down"};
    }
    return value;
}

/// Says of a result whether it is a failure: of every `Nth` one in a sequence.
template <std::uint64_t Nth>
struct EveryNth {
    bool operator()(std::uint64_t value) const { return value % Nth == 0; }
};

/// Calls `call` through the breaker, each time with what came of the time before.
template <class Breaker>
void call_all(benchmark::State& state, Breaker& breaker) {
    std::uint64_t value = 1;
    for (auto _ : state) {
        value = breaker.call(call, value);
        benchmark::DoNotOptimize(value);
    }
}

/// Never opens under the shares of failures that the benchmarks have.
inline auto patient() {
    return fluxgate::MinRequests{100} & fluxgate::FailureRate{0.9};
}

}  // namespace work
