// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls that are overdue: each counts once, by its own end or by the look that finds it late.

#include "breakers.hpp"
#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <tuple>

using namespace fluxgate;
using namespace explore;
using namespace std::chrono_literals;

namespace {

// A slice of time is a nanosecond.
const auto soon =
    std::tuple{CountWindow{4}, FailureStreak{3}, Cooldown{1s}, permits::All{}, Overdue{10ns}};
const auto at_once =
    std::tuple{CountWindow{4}, FailureStreak{1}, Always{}, SingleTrial{1s}, Overdue{10ns}};

const auto scored = std::tuple{CountWindow{4}, FailureScore{4.0, 0.0, 0.0}, Cooldown{1s},
                               permits::All{}, Overdue{10ns}};

const Script after = {look(), acquire(80), succeed(80), pass(20ns), look()};

}  // namespace

TEST_CASE("a call becomes overdue, while it succeeds and a look is taken") {
    explore_scenario(Scenario{.policies = soon,
                              .before = acquired({1}),
                              .threads = {{succeed(1)}, {pass(11ns)}, {look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("a call is overdue: it fails, another begins, a look is taken") {
    explore_scenario(Scenario{.policies = soon,
                              .before = in_turn({acquired({1}), {pass(11ns)}}),
                              .threads = {{fail(1)}, {acquire(2), succeed(2)}, {look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("two calls are overdue: one succeeds, one is dropped, a look is taken") {
    explore_scenario(Scenario{.policies = soon,
                              .before = in_turn({acquired({1, 2}), {pass(11ns)}}),
                              .threads = {{succeed(1)}, {drop(2)}, {look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("calls begin, while time passes and one is overdue") {
    explore_scenario(Scenario{.policies = soon,
                              .before = acquired({1}),
                              .threads = {{acquire(2), succeed(2)}, {acquire(3)}, {pass(11ns)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("a call begins in a slice of time that a look finds to be over") {
    explore_scenario(Scenario{.policies = soon,
                              .before = in_turn({acquired({1}), {drop(1)}}),
                              .threads = {{acquire(2), succeed(2)}, {pass(11ns), look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("a call of before two resets ends, while another begins in the cell that it had") {
    explore_scenario(
        Scenario{.policies = soon,
                 .before = in_turn({acquired({1}), {reset()}, success(), {reset()}, acquired({2})}),
                 .threads = {{succeed(1)}, {acquire(3)}},
                 .after = {pass(11ns), look()},
                 .has_clock = true});
}

TEST_CASE("a slice of time begins, while two calls do") {
    explore_scenario(Scenario{.policies = soon,
                              .before = in_turn({acquired({1}), {pass(5ns)}}),
                              .threads = {{acquire(2)}, {acquire(3)}},
                              .after = {pass(6ns), look(), pass(5ns), look(), succeed(3), look()},
                              .has_clock = true});
}

TEST_CASE("a slice of time is put away, while its calls end") {
    explore_scenario(Scenario{.policies = soon,
                              .before = in_turn({acquired({1, 2}), {pass(5ns)}}),
                              .threads = {{acquire(3), fail(3)}, {fail(1)}},
                              .after = {fail(2), look(), pass(11ns), look()},
                              .has_clock = true});
}

TEST_CASE("a call is overdue, while the circuit is reset and it ends") {
    explore_scenario(Scenario{.policies = soon,
                              .before = in_turn({acquired({1}), {pass(11ns)}}),
                              .threads = {{fail(1)}, {reset()}, {look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("calls begin, while the circuit is reset") {
    explore_scenario(Scenario{.policies = soon,
                              .before = acquired({1}),
                              .threads = {{acquire(2), fail(2)}, {reset()}, {acquire(3)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("a call that is overdue opens the circuit, while others come and go") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = in_turn({acquired({1, 2}), {pass(11ns)}}),
                              .threads = {{succeed(1)}, {succeed(2)}, {acquire(3), succeed(3)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("a call that hangs on comes back, while looks are taken") {
    explore_scenario(
        Scenario{.policies = scored,
                 .before = in_turn({acquired({1, 2}), {pass(11ns), look(), pass(10ns)}}),
                 .threads = {{succeed(1)}, {look()}, {acquire(3), succeed(3)}},
                 .after = after,
                 .has_clock = true});
}

TEST_CASE("calls hang on, while time passes and one is dropped") {
    explore_scenario(Scenario{.policies = scored,
                              .before = in_turn({acquired({1, 2}), {pass(11ns), look()}}),
                              .threads = {{drop(1)}, {pass(10ns), look()}, {acquire(3)}},
                              .after = after,
                              .has_clock = true});
}
