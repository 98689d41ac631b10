// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The walk past the breakers of a shelf, in steps whose length no number of breakers changes.

#include "catch.hpp"

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/detail/keyed/shard_walk.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

using fluxgate::CircuitBreaker;
using Shards = fluxgate::detail::Shards<CircuitBreaker<>>;
using Walk = fluxgate::detail::ShardWalk<CircuitBreaker<>>;

namespace {

constexpr std::size_t step = 100 * Walk::node_cost;

void put(Shards& shards, std::size_t number) {
    const std::string key = "key " + std::to_string(number);
    const std::size_t hash = std::hash<std::string_view>{}(key);
    const auto node = std::make_shared<Walk::Node>(key, hash);
    shards[number % shards.size()].nodes.try_emplace({hash, node->key}, node);
}

using Visits = std::map<std::string, int>;

/// Goes a step on. Returns whether the round is over.
bool go_on(Walk& walk, std::size_t budget, Visits& visits) {
    return walk.go_on(budget, [&](const Walk::Node& node, bool is_held) {
        CHECK_FALSE(is_held);
        ++visits[node.key];
    });
}

}  // namespace

TEST_CASE("a walk sees each node once a round, and no step sees more than it may") {
    const auto shards = std::make_unique<Shards>();
    for (std::size_t i = 0; i != 5'000; ++i) {
        put(*shards, i);
    }
    Walk walk{*shards};
    for (int round = 0; round != 2; ++round) {
        Visits visits;
        for (bool is_over = false; !is_over;) {
            Visits of_step;
            is_over = go_on(walk, step, of_step);
            // The last bucket of a step is seen to its end.
            REQUIRE(of_step.size() <= 120);
            for (const auto& [key, times] : of_step) {
                visits[key] += times;
            }
        }
        CHECK(visits.size() == 5'000);
        for (const auto& [key, times] : visits) {
            REQUIRE(times == 1);
        }
    }
}

TEST_CASE("a walk tells what is left of a budget, and ends at the end of a round") {
    const auto shards = std::make_unique<Shards>();
    for (std::size_t i = 0; i != 10; ++i) {
        put(*shards, i);
    }
    Walk walk{*shards};
    std::size_t budget = 1'000'000;
    std::size_t seen = 0;
    CHECK(walk.go_on(budget, [&](const Walk::Node&, bool) { ++seen; }));
    CHECK(seen == 10);
    CHECK(budget > 990'000);
}

TEST_CASE("a walk sees all nodes, also where a table grows under it") {
    const auto shards = std::make_unique<Shards>();
    constexpr std::size_t shard_count = std::tuple_size_v<Shards>;
    for (std::size_t i = 0; i != 200; ++i) {
        put(*shards, i * shard_count);  // all in one shard
    }
    Walk walk{*shards};
    Visits visits;
    CHECK_FALSE(go_on(walk, step, visits));
    CHECK(visits.size() < 200);
    const Visits before = visits;
    for (std::size_t i = 200; i != 2'000; ++i) {
        put(*shards, i * shard_count);
    }
    while (!go_on(walk, step, visits)) {
    }
    CHECK(visits.size() == 2'000);
}

TEST_CASE("a walk tells which nodes others hold") {
    const auto shards = std::make_unique<Shards>();
    put(*shards, 0);
    put(*shards, 1);
    const auto held = shards->at(1).nodes.begin()->second;
    Walk walk{*shards};
    std::size_t budget = 1'000'000;
    std::map<std::string, bool> seen;
    CHECK(walk.go_on(budget,
                     [&](const Walk::Node& node, bool is_held) { seen[node.key] = is_held; }));
    CHECK(seen == std::map<std::string, bool>{{"key 0", false}, {"key 1", true}});
}
