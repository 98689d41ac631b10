// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A circuit that is shared: others observe it and act on what they saw, while calls end, waits end
// and commands are given. What they do is done in the period that they saw, or not at all.

#include "breakers.hpp"
#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <tuple>

using namespace fluxgate;
using namespace explore;
using namespace std::chrono_literals;

namespace {

const std::tuple at_once{CountWindow{2}, FailureStreak{1}, Cooldown{10ns}, permits::All{}};
const std::tuple of_rates{CountWindow{4}, FailureRate{0.5} & MinRequests{4}, Cooldown{10ns},
                          permits::All{}};

const Script after = {look(), acquire(80), fail(80), look()};

}  // namespace

TEST_CASE("shared: an opening is imposed, while a call fails that trips") {
    explore_scenario(
        Scenario{.policies = at_once,
                 .before = in_turn({acquired({1}), {observe(10)}}),
                 .threads = {{impose(10, State::open)}, {fail(1)}, {acquire(2), succeed(2)}},
                 .after = after});
}
TEST_CASE("shared: an opening is imposed, while a success is pending") {
    explore_scenario(
        Scenario{.policies = of_rates,
                 .before = in_turn({failure(), success(), acquired({1, 2})}),
                 .threads = {{observe(10), impose(10, State::open)}, {succeed(1), succeed(2)}},
                 .after = after});
}
TEST_CASE("shared: a circuit is observed and closed, while a trial fails") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = in_turn({failure(), {pass(10ns)}, acquired({1})}),
                              .threads = {{observe(10), impose(10, State::closed)}, {fail(1)}},
                              .after = after,
                              .has_clock = true});
}
TEST_CASE("shared: a command is given, while an opening is imposed") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = {observe(10)},
                              .threads = {{impose(10, State::open), observe(11)},
                                          {command(State::forced_open)},
                                          {reset(), look()}},
                              .after = {observe(12), look()}});
}
TEST_CASE("shared: a wait is held for longer, while it ends") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = in_turn({failure(), {observe(10), pass(10ns)}}),
                              .threads = {{hold(10, 30ns)}, {acquire(1)}, {acquire(2)}},
                              .after = {look(), pass(20ns), acquire(3), look()},
                              .has_clock = true});
}
TEST_CASE("shared: a wait is held for shorter, while it ends and calls come") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = in_turn({failure(), {observe(10), pass(5ns)}}),
                              .threads = {{hold(10, 5ns)}, {acquire(1)}, {pass(5ns), acquire(2)}},
                              .after = {look()},
                              .has_clock = true});
}
TEST_CASE("shared: a wait is held, while the circuit is reset and opens again") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = in_turn({failure(), {observe(10)}}),
                              .threads = {{hold(10, 30ns)}, {reset(), acquire(1), fail(1)}},
                              .after = {pass(10ns), acquire(2), look()},
                              .has_clock = true});
}
TEST_CASE("shared: the wait of an opening that is seen late was held for longer") {
    explore_scenario(
        Scenario{.policies = at_once,
                 .before = in_turn({failure(), {reset(), acquire(1)}}),
                 .threads = {{fail(1), observe(10), hold(10, 30ns)}, {attempt(2), pass(10ns)}},
                 .after = {look(), acquire(3)},
                 .has_clock = true});
}
TEST_CASE("shared: the calls of all are judged, while a failure ends and the circuit is reset") {
    explore_scenario(Scenario{.policies = of_rates,
                              .before = in_turn({acquired({1}), {observe(10)}}),
                              .threads = {{judge(10, 4)}, {fail(1)}, {reset()}},
                              .after = after});
}
TEST_CASE("shared: the calls of all are judged, while a failure ends that trips") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = in_turn({acquired({1})}),
                              .threads = {{observe(10), judge(10, 4)}, {fail(1)}},
                              .after = after});
}
TEST_CASE("shared: it is observed, while commands are given") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = {command(State::metrics_only)},
                              .threads = {{observe(10), observe(11)},
                                          {command(State::forced_open)},
                                          {command(State::disabled), reset()}},
                              .after = {observe(12)}});
}
