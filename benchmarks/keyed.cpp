// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Looking up the breaker of a key among a thousand, beside a map with a lock around it.

#include "claims.hpp"

#include <fluxgate/fluxgate.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t key_count = 1000;

const std::vector<std::string>& keys() {
    static const std::vector<std::string> keys = [] {
        std::vector<std::string> made;
        for (std::size_t i = 0; i != key_count; ++i) {
            made.push_back("host-" + std::to_string(i * 7919) + ".example.com");
        }
        return made;
    }();
    return keys;
}

/// Calls `f` with each key again and again; each thread begins elsewhere.
template <class F>
void for_keys(benchmark::State& state, F f) {
    std::size_t next = static_cast<std::size_t>(state.thread_index()) * key_count / 2;
    for (auto _ : state) {
        next = (next + 617) % key_count;
        f(keys()[next]);
    }
}

auto make(std::string_view) {
    return fluxgate::CircuitBreaker<>{};
}

fluxgate::KeyedBreakers<decltype(&make)>& keyed() {
    static fluxgate::KeyedBreakers breakers{&make};
    return breakers;
}

void keyed_look_up(benchmark::State& state) {
    for_keys(state, [](const std::string& key) { benchmark::DoNotOptimize(keyed()[key].get()); });
}

void keyed_call(benchmark::State& state) {
    for_keys(state, [](const std::string& key) {
        benchmark::DoNotOptimize(keyed().call(key, [] { return 1; }));
    });
}

/// What one writes by hand: a reader's lock, and a pointer that shares ownership.
class LockedMap {
public:
    std::shared_ptr<fluxgate::CircuitBreaker<>> operator[](const std::string& key) {
        {
            const std::shared_lock lock{mutex_};
            const auto found = breakers_.find(key);
            if (found != breakers_.end()) {
                return found->second;
            }
        }
        const std::unique_lock lock{mutex_};
        auto& breaker = breakers_[key];
        if (breaker == nullptr) {
            breaker = std::make_shared<fluxgate::CircuitBreaker<>>();
        }
        return breaker;
    }

private:
    std::shared_mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<fluxgate::CircuitBreaker<>>> breakers_;
};

void locked_map_look_up(benchmark::State& state) {
    static LockedMap breakers;
    for_keys(state, [](const std::string& key) { benchmark::DoNotOptimize(breakers[key].get()); });
}

/// A new key for each look-up, far beyond the cap: each makes a breaker and drops one.
void keyed_new_key(benchmark::State& state) {
    fluxgate::KeyedBreakers breakers{&make, fluxgate::MaxBreakers{key_count}};
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(breakers[std::to_string(next)].get());
        ++next;
    }
}

/// The longest look-up of a new key beyond a cap of 400,000, of a few thousand: processor time, since
/// the machine has others to serve. The least of three rounds, as what disturbs one is not the
/// library.
void keyed_longest_new_key(benchmark::State& state) {
    constexpr std::uint32_t cap = 400'000;
    fluxgate::KeyedBreakers breakers{&make, fluxgate::MaxBreakers{cap}};
    for (std::uint32_t i = 0; i != cap; ++i) {
        benchmark::DoNotOptimize(breakers["old-" + std::to_string(i)].get());
    }
    const auto processor_time = [] {
        std::timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
    };
    double least = 1e18;
    std::uint32_t next = 0;
    for (auto _ : state) {
        for (int round = 0; round != 3; ++round) {
            double longest = 0;
            for (int i = 0; i != 3'000; ++i) {
                const std::string key = "new-" + std::to_string(next);
                ++next;
                const double before = processor_time();
                benchmark::DoNotOptimize(breakers[key].get());
                longest = std::max(longest, processor_time() - before);
            }
            least = std::min(least, longest);
        }
    }
    state.counters["longest"] = least;
}

BENCHMARK(keyed_longest_new_key)->Iterations(1);
BENCHMARK(keyed_look_up)->ThreadRange(1, 2);
BENCHMARK(keyed_call);
BENCHMARK(keyed_new_key);
BENCHMARK(locked_map_look_up)->ThreadRange(1, 2);

const claims::Rows rows{
    {"keyed_look_up", {"locked_map_look_up"}, claims::times(1.5)},
    {"keyed_look_up/2_threads", {"locked_map_look_up/2_threads"}, claims::times(1.5)},
    {"keyed_call", {"locked_map_look_up", "bare_call"}},
    {"keyed_new_key", {"locked_map_look_up"}},
    {"keyed_longest_new_key:longest", {}, claims::at_most(400'000)},
};

}  // namespace
