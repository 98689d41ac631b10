// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Healthy calls in the shape in which users meet them: of breakers behind pointers, at random among
// a thousand, so that little is in the fastest cache, and with work between the calls.

#include "claims.hpp"
#include "handrolled.hpp"
#include "work.hpp"

#include <fluxgate/any_circuit_breaker.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::size_t count = 1'000;

/// The numbers of breakers in the order in which they are called, again and again.
const std::vector<std::uint16_t>& order() {
    static const std::vector<std::uint16_t> numbers = [] {
        std::mt19937 random{1};
        std::uniform_int_distribution<std::uint16_t> number{0, count - 1};
        std::vector<std::uint16_t> drawn(1 << 16);
        for (std::uint16_t& one : drawn) {
            one = number(random);
        }
        return drawn;
    }();
    return numbers;
}

/// Breakers that `make` constructs on the heap, with other things between them, each of which has
/// had a few hundred calls.
template <class Make>
auto make_all(Make make) {
    using Pointer = decltype(make());
    std::vector<Pointer> breakers;
    std::vector<std::unique_ptr<char[]>> others;
    for (std::size_t i = 0; i != count; ++i) {
        breakers.push_back(make());
        others.push_back(std::make_unique<char[]>(64 + i * 37 % 200));
        for (std::uint64_t k = 0; k != 300; ++k) {
            breakers.back()->call(work::call, k);
        }
    }
    return breakers;
}

template <class Breakers>
void call_at_random(benchmark::State& state, const Breakers& breakers) {
    std::size_t next = static_cast<std::size_t>(state.thread_index()) * 7'777;
    std::uint64_t value = 1;
    for (auto _ : state) {
        auto& breaker = *breakers[order()[next % order().size()]];
        value = breaker.call(work::call, value);
        benchmark::DoNotOptimize(value);
        ++next;
    }
}

/// As a program computes between two calls of a service, some 50 ns.
FLUXGATE_BENCHMARK_NOINLINE std::uint64_t compute(std::uint64_t value) {
    for (int i = 0; i != 36; ++i) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        benchmark::DoNotOptimize(value);
    }
    return value;
}

template <class Breaker>
void call_and_compute(benchmark::State& state, Breaker& breaker) {
    std::uint64_t value = 1;
    std::uint64_t computed = 1;
    for (auto _ : state) {
        computed = compute(computed);
        value = breaker.call(work::call, value);
        benchmark::DoNotOptimize(value);
    }
    benchmark::DoNotOptimize(computed);
}

// One of each kind.

auto make_default() {
    return std::make_unique<fluxgate::CircuitBreaker<>>();
}
auto make_preset() {
    using Preset = decltype(fluxgate::CircuitBreaker{fluxgate::presets::request_response(500ms)});
    return std::make_unique<Preset>(fluxgate::presets::request_response(500ms));
}
auto make_with_totals() {
    using Counting = decltype(fluxgate::CircuitBreaker{fluxgate::Totals{}});
    return std::make_unique<Counting>(fluxgate::Totals{});
}
auto make_handrolled() {
    return std::make_unique<HandrolledBreaker>();
}
auto make_of_text() {
    return std::make_unique<fluxgate::AnyCircuitBreaker<>>(fluxgate::Policies{});
}
auto make_of_text_with_totals() {
    return std::make_unique<fluxgate::AnyCircuitBreaker<>>(fluxgate::Policies{},
                                                           fluxgate::Totals{});
}
auto make_preset_of_text() {
    return std::make_unique<fluxgate::AnyCircuitBreaker<>>(
        fluxgate::parse_policies("preset = request_response(500ms)"));
}

template <auto make>
void at_random(benchmark::State& state) {
    static const auto breakers = make_all(make);
    call_at_random(state, breakers);
}

template <auto make>
void with_work(benchmark::State& state) {
    static const auto breaker = make();
    call_and_compute(state, *breaker);
}

struct Bare {
    template <class F>
    std::uint64_t call(F f, std::uint64_t value) const {
        return f(value);
    }
};

void work_alone(benchmark::State& state) {
    const Bare bare;
    call_and_compute(state, bare);
}

void among_1000_bare(benchmark::State& state) {
    static const auto all = make_all([] { return std::make_unique<Bare>(); });
    call_at_random(state, all);
}

BENCHMARK(among_1000_bare);
BENCHMARK(at_random<make_handrolled>)->Name("among_1000_handrolled")->ThreadRange(1, 2);
BENCHMARK(at_random<make_default>)->Name("among_1000")->ThreadRange(1, 2);
BENCHMARK(at_random<make_with_totals>)->Name("among_1000_with_totals");
BENCHMARK(at_random<make_preset>)->Name("among_1000_preset")->ThreadRange(1, 2);
BENCHMARK(at_random<make_of_text>)->Name("among_1000_of_text");
BENCHMARK(at_random<make_of_text_with_totals>)->Name("among_1000_of_text_with_totals");
BENCHMARK(at_random<make_preset_of_text>)->Name("among_1000_preset_of_text");
BENCHMARK(work_alone)->ThreadRange(1, 2);
BENCHMARK(with_work<make_handrolled>)->Name("with_work_handrolled")->ThreadRange(1, 2);
BENCHMARK(with_work<make_default>)->Name("with_work")->ThreadRange(1, 2);
BENCHMARK(with_work<make_preset>)->Name("with_work_preset")->ThreadRange(1, 2);

const claims::Rows rows{
    {"preset", {"healthy_handrolled"}, claims::times(1.25)},
    {"preset/2_threads", {"healthy_handrolled/2_threads"}},
    {"among_1000", {"among_1000_bare"}, claims::plus(1)},
    {"among_1000", {"among_1000_handrolled"}},
    {"among_1000/2_threads", {"among_1000_handrolled/2_threads"}},
    {"among_1000_preset", {"among_1000_handrolled"}, claims::times(1.5)},
    {"among_1000_preset/2_threads", {"among_1000_handrolled/2_threads"}},
    {"among_1000_with_totals", {"among_1000"}, claims::plus(2)},
    {"among_1000_of_text", {"among_1000"}, claims::plus(2)},
    {"among_1000_of_text_with_totals", {"among_1000_with_totals"}, claims::plus(2)},
    {"among_1000_preset_of_text", {"among_1000_preset"}, claims::plus(2)},
    {"with_work", {"work_alone"}, claims::plus(1)},
    {"with_work_preset", {"with_work_handrolled"}},
    {"with_work/2_threads", {"work_alone/2_threads"}},
    {"with_work_preset/2_threads", {"with_work_handrolled/2_threads"}},
};

}  // namespace
