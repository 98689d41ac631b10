// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Outcomes that meet in a time window, while time passes.

#include "breakers.hpp"
#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <tuple>

using namespace fluxgate;
using namespace explore;
using namespace std::chrono_literals;

namespace {

const auto streak_of_two =
    std::tuple{TimeWindow{20ns, 10ns}, FailureStreak{2}, Cooldown{1h}, permits::All{}};
const auto half_of_four = std::tuple{TimeWindow{20ns, 10ns}, MinRequests{4} & FailureRate{0.5},
                                     Cooldown{1h}, permits::All{}};

/// Looks in this bucket, and in the two after it.
const Script after = {look(), pass(10ns), look(), pass(10ns), look()};

/// Successes, and then failures that are just not enough: late successes keep the circuit closed.
const Script nearly_open =
    in_turn({times(6, success()), {pass(10ns)}, times(2, failure()), acquired({1, 2})});

}  // namespace

TEST_CASE("a success, a bucket passes, a look") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = in_turn({success(), acquired({1})}),
                              .threads = {{succeed(1)}, {pass(10ns)}, {look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("two successes, a bucket passes, a failure") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = in_turn({success(), acquired({1, 2, 3})}),
                              .threads = {{succeed(1), succeed(3)}, {pass(10ns)}, {fail(2)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("a success, a bucket passes and two successes follow") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = in_turn({success(), acquired({1, 2, 3})}),
                              .threads = {{succeed(1)}, {pass(10ns), succeed(2), succeed(3)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("a success, a bucket passes and a success follows, a bucket passes") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = in_turn({success(), acquired({1, 2})}),
                              .threads = {{succeed(1)}, {pass(10ns), succeed(2)}, {pass(10ns)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("late successes of one thread, a bucket passes and a look follows") {
    explore_scenario(Scenario{.policies = half_of_four,
                              .before = nearly_open,
                              .threads = {{succeed(1), succeed(2)}, {pass(10ns), look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("late successes of two threads, a bucket passes and a look follows") {
    explore_scenario(Scenario{.policies = half_of_four,
                              .before = nearly_open,
                              .threads = {{succeed(1)}, {succeed(2)}, {pass(10ns), look()}},
                              .after = after,
                              .has_clock = true});
}
