// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Breakers whose policies come from a text, beside those that have the same ones in their type.

#include "claims.hpp"
#include "work.hpp"

#include <fluxgate/any_circuit_breaker.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>

namespace {

template <class Tracker, class... Arguments>
void fill_and_call_all(benchmark::State& state,
                       fluxgate::AnyCircuitBreaker<Tracker, Arguments...>& breaker) {
    static const bool filled = [&] {
        // A function of its own, as in healthy.cpp.
        for (std::uint64_t i = 0; i != 200; ++i) {
            breaker.call([i] { return work::call(i); });
        }
        return true;
    }();
    benchmark::DoNotOptimize(filled);
    work::call_all(state, breaker);
}

void of_text_healthy(benchmark::State& state) {
    static fluxgate::AnyCircuitBreaker<> breaker{fluxgate::Policies{}};
    fill_and_call_all(state, breaker);
}

void of_text_with_totals(benchmark::State& state) {
    static fluxgate::AnyCircuitBreaker<> breaker{fluxgate::Policies{}, fluxgate::Totals{}};
    work::call_all(state, breaker);
}

void of_text_timed(benchmark::State& state) {
    static fluxgate::AnyCircuitBreaker breaker{
        fluxgate::parse_policies(
            "trip = min_requests(100) & (failure_rate(0.9) | slow_rate(0.9, 1s))"),
        fluxgate::Result{work::EveryNth<100>{}}};
    work::call_all(state, breaker);
}

void of_text_time_window(benchmark::State& state) {
    static fluxgate::AnyCircuitBreaker<> breaker{
        fluxgate::parse_policies("window = time_window(60s)")};
    work::call_all(state, breaker);
}

void of_text_preset(benchmark::State& state) {
    static fluxgate::AnyCircuitBreaker<> breaker{
        fluxgate::parse_policies("preset = request_response(500ms)")};
    work::call_all(state, breaker);
}

/// Policies that keep the window, and others that do not, in turn.
void reconfigure(benchmark::State& state) {
    fluxgate::AnyCircuitBreaker<> breaker{fluxgate::Policies{}};
    const fluxgate::Policies some = fluxgate::parse_policies("trip = failure_streak(5)");
    const fluxgate::Policies others = fluxgate::parse_policies("trip = slow_rate(0.5, 1s)");
    for (auto _ : state) {
        breaker.reconfigure(some);
        breaker.reconfigure(others);
    }
}

BENCHMARK(of_text_healthy)->ThreadRange(1, 2);
BENCHMARK(of_text_with_totals);
BENCHMARK(of_text_timed);
BENCHMARK(of_text_time_window);
BENCHMARK(of_text_preset);
BENCHMARK(reconfigure);

const claims::Rows rows{
    {"of_text_healthy", {"healthy"}, claims::plus(1)},
    {"of_text_healthy/2_threads", {"healthy/2_threads"}, claims::plus(1)},
    {"of_text_with_totals", {"healthy_with_totals"}, claims::plus(2)},
    {"of_text_timed", {"timed"}},
    {"of_text_time_window", {"time_window"}},
    {"of_text_preset", {"preset"}, claims::plus(2)},
    {"reconfigure", {"lock_and_unlock"}},
};

}  // namespace
