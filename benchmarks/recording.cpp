// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A recorded call, beside one that reads the clock as often, and one that is written down by hand
// under a mutex. Neither stream keeps anything.

#include "claims.hpp"
#include "work.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/recorder.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <ios>
#include <mutex>
#include <ostream>
#include <streambuf>

namespace {

/// Takes everything and keeps nothing.
class Nowhere : public std::streambuf {
protected:
    int_type overflow(int_type c) override { return traits_type::not_eof(c); }
    std::streamsize xsputn(const char*, std::streamsize size) override { return size; }
};

void recorded(benchmark::State& state) {
    static Nowhere nowhere;
    static std::ostream out{&nowhere};
    static fluxgate::Recorder recorder{out};
    static fluxgate::CircuitBreaker breaker{recorder, fluxgate::Threaded{}};
    const std::uint64_t lost = recorder.lost();
    std::uint64_t value = 1;
    for (auto _ : state) {
        value = breaker.call(work::call, value);
        benchmark::DoNotOptimize(value);
        if (value % 1'000 == 0) {  // without any work, calls are faster than what writes them
            state.PauseTiming();
            recorder.flush();
            state.ResumeTiming();
        }
    }
    state.counters["lost"] = benchmark::Counter{static_cast<double>(recorder.lost() - lost),
                                                benchmark::Counter::kAvgIterations};
}

void recorded_by_hand(benchmark::State& state) {
    static Nowhere nowhere;
    static std::ostream out{&nowhere};
    static std::mutex mutex;
    static fluxgate::CircuitBreaker breaker{};
    std::uint64_t i = 0;
    for (auto _ : state) {
        const auto began = std::chrono::steady_clock::now();
        benchmark::DoNotOptimize(breaker.call([i] { return work::call(i); }));
        const auto ended = std::chrono::steady_clock::now();
        const std::lock_guard lock{mutex};
        out << std::chrono::duration<double>{began.time_since_epoch()}.count() << ','
            << std::chrono::duration<double, std::milli>{ended - began}.count() << ",1\n";
        ++i;
    }
}

/// A call every so many nanoseconds: how many of a hundred are left out, since the writer cannot
/// keep up.
void recorded_at_a_pace(benchmark::State& state) {
    const std::chrono::nanoseconds pace{state.range(0)};
    static Nowhere nowhere;
    std::ostream out{&nowhere};
    fluxgate::Recorder recorder{out};
    fluxgate::CircuitBreaker breaker{recorder, fluxgate::Name{"payments"}};
    std::uint64_t value = 1;
    auto next = std::chrono::steady_clock::now();
    for (auto _ : state) {
        value = breaker.call(work::call, value);
        benchmark::DoNotOptimize(value);
        next += pace;
        while (std::chrono::steady_clock::now() < next) {
        }
    }
    state.counters["lost_percent"] = benchmark::Counter{100 * static_cast<double>(recorder.lost()),
                                                        benchmark::Counter::kAvgIterations};
}

BENCHMARK(recorded)->ThreadRange(1, 2);
BENCHMARK(recorded_at_a_pace)->Arg(200)->Arg(500)->Arg(1000)->Arg(5000)->MinTime(0.5);
BENCHMARK(recorded_by_hand)->ThreadRange(1, 2);

const claims::Rows rows{
    {"recorded", {{"read_clock", 2}}},
    {"recorded", {"recorded_by_hand"}},
    {"recorded/2_threads", {"recorded_by_hand/2_threads"}},
    {"recorded_at_a_pace/200:lost_percent", {}},
    {"recorded_at_a_pace/500:lost_percent", {}},
    {"recorded_at_a_pace/1000:lost_percent", {}},
    {"recorded_at_a_pace/5000:lost_percent", {}},
};

}  // namespace
