// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Outcomes that meet in a closed circuit, by each of the three ways to settle, and commands.

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
    std::tuple{CountWindow{2}, FailureStreak{2}, Cooldown{1h}, permits::All{}};
const auto half_of_four =
    std::tuple{CountWindow{4}, MinRequests{2} & FailureRate{0.5}, Cooldown{1h}, permits::All{}};
const auto half_of_all_four =
    std::tuple{CountWindow{4}, MinRequests{4} & FailureRate{0.5}, Cooldown{1h}, permits::All{}};
const auto two_thirds_of_three =
    std::tuple{CountWindow{3}, MinRequests{3} & FailureRate{0.67}, Cooldown{1h}, permits::All{}};
const auto streak_or_slow =
    std::tuple{CountWindow{3}, FailureStreak{2} | (MinRequests{2} & SlowRate{0.5, 5ns}),
               Cooldown{1h}, permits::All{}};

/// Looks, and goes on with so many calls.
Script go_on(int calls) {
    return in_turn({{look()}, times(calls, in_turn({success(), {look()}}))});
}

/// The window of two calls holds no failure: it is clean.
Script clean_then(std::initializer_list<int> calls) {
    return in_turn({times(2, success()), acquired(calls)});
}
/// It holds one: quick successes may be added later.
Script waiting_then(std::initializer_list<int> calls) {
    return in_turn({success(), failure(), acquired(calls)});
}
Script timed_then(std::initializer_list<int> calls) {
    return in_turn({times(3, success()), acquired(calls)});
}

}  // namespace

TEST_CASE("a clean circuit: a success, a failure, a look") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = clean_then({1, 2}),
                              .threads = {{succeed(1)}, {fail(2)}, {look()}},
                              .after = go_on(2)});
}

TEST_CASE("a clean circuit: two successes, a failure, a look") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = clean_then({1, 2, 3}),
                              .threads = {{succeed(1), succeed(3)}, {fail(2)}, {look()}},
                              .after = go_on(2)});
}

TEST_CASE("a circuit with a failure: two successes, a failure, a look") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = waiting_then({1, 2, 3}),
                              .threads = {{succeed(1), succeed(3)}, {fail(2)}, {look()}},
                              .after = go_on(2)});
}

TEST_CASE("a clean circuit: two failures, a success") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = clean_then({1, 2, 3}),
                              .threads = {{fail(1)}, {fail(2)}, {succeed(3)}},
                              .after = go_on(2)});
}

TEST_CASE("a clean circuit: two calls that fail, two that succeed") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = times(2, success()),
                              .threads = {{acquire(1), fail(1), acquire(2), fail(2)},
                                          {acquire(3), succeed(3), acquire(4), succeed(4)}},
                              .after = go_on(2)});
}

TEST_CASE("a clean circuit: a success, a reset, a failure of before") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = clean_then({1, 2}),
                              .threads = {{succeed(1)}, {reset()}, {fail(2)}},
                              .after = go_on(2)});
}

TEST_CASE("a circuit with a failure: a success, a reset, a failure of before") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = waiting_then({1, 2}),
                              .threads = {{succeed(1)}, {reset()}, {fail(2)}},
                              .after = go_on(2)});
}

TEST_CASE("a circuit with a failure: a success, a reset and a new window with a failure, a look") {
    explore_scenario(Scenario{
        .policies = streak_of_two,
        .before = waiting_then({1}),
        .threads = {{succeed(1)}, {reset(), acquire(2), succeed(2), acquire(3), fail(3)}, {look()}},
        .after = go_on(2)});
}

TEST_CASE("a clean circuit: a success, metrics_only and a failure, a reset") {
    explore_scenario(Scenario{
        .policies = streak_of_two,
        .before = clean_then({1}),
        .threads = {{succeed(1)}, {command(State::metrics_only), acquire(2), fail(2)}, {reset()}},
        .after = go_on(2)});
}

TEST_CASE("a rate: two failures and a success open an empty window") {
    explore_scenario(Scenario{.policies = half_of_four,
                              .before = acquired({1, 2, 3}),
                              .threads = {{fail(1)}, {fail(2)}, {succeed(3)}},
                              .after = go_on(2)});
}

TEST_CASE("a rate: two failures, two successes, a window half full") {
    explore_scenario(Scenario{.policies = half_of_four,
                              .before = in_turn({times(2, success()), acquired({1, 2, 3, 4})}),
                              .threads = {{fail(1)}, {fail(2)}, {succeed(3), succeed(4)}},
                              .after = go_on(3)});
}

TEST_CASE("a rate, clean: a failure, a failure and a success, a look") {
    explore_scenario(Scenario{.policies = half_of_four,
                              .before = in_turn({times(4, success()), acquired({1, 2, 3})}),
                              .threads = {{fail(1)}, {fail(2), succeed(3)}, {look()}},
                              .after = go_on(3)});
}

TEST_CASE("a rate: two failures, and two successes that make enough calls, a look") {
    explore_scenario(Scenario{.policies = half_of_all_four,
                              .before = in_turn({times(2, failure()), acquired({1, 2})}),
                              .threads = {{succeed(1)}, {succeed(2)}, {look()}},
                              .after = go_on(2)});
}

TEST_CASE("pending successes fill the window, which is clean again, while a call fails") {
    explore_scenario(
        Scenario{.policies = two_thirds_of_three,
                 .before = in_turn({times(3, success()), failure(), acquired({1, 2, 3, 4, 5})}),
                 .threads = {{succeed(1), succeed(2), succeed(3)}, {fail(4)}},
                 .after = go_on(3)});
}

TEST_CASE("pending successes of two threads fill the window, while a call fails") {
    explore_scenario(
        Scenario{.policies = two_thirds_of_three,
                 .before = in_turn({times(3, success()), failure(), acquired({1, 2, 3, 4, 5})}),
                 .threads = {{succeed(1), succeed(2)}, {succeed(3), succeed(4)}, {fail(5)}},
                 .after = go_on(3)});
}

TEST_CASE("timed calls, clean: a success, a failure, a look") {
    explore_scenario(Scenario{.policies = streak_or_slow,
                              .before = timed_then({1, 2, 3}),
                              .threads = {{succeed(1)}, {fail(2)}, {look()}},
                              .after = go_on(1)});
}

TEST_CASE("timed calls, clean: a success, two failures") {
    explore_scenario(Scenario{.policies = streak_or_slow,
                              .before = timed_then({1, 2, 3}),
                              .threads = {{succeed(1)}, {fail(2)}, {fail(3)}},
                              .after = go_on(1)});
}

TEST_CASE("timed calls: a success, while time passes that does not make it slow") {
    explore_scenario(Scenario{.policies = streak_or_slow,
                              .before = acquired({1, 2}),
                              .threads = {{succeed(1)}, {pass(3ns), succeed(2)}},
                              .after = {look()},
                              .has_clock = true});
}

TEST_CASE("timed calls: two successes, while time passes that makes them slow") {
    explore_scenario(Scenario{.policies = streak_or_slow,
                              .before = in_turn({times(3, success()), acquired({1, 2})}),
                              .threads = {{succeed(1)}, {pass(5ns), succeed(2)}},
                              .after = {look()},
                              .has_clock = true});
}

TEST_CASE("commands: a reset, a disabling, a look") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = {},
                              .threads = {{reset()}, {command(State::disabled)}, {look()}},
                              .after = go_on(2)});
}

TEST_CASE("a listener resets a circuit that opens: two failures, a reset") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = acquired({1, 2}),
                              .threads = {{fail(1), fail(2)}, {reset()}},
                              .after = go_on(2),
                              .when_told = [](const Signal& signal) -> Script {
                                  if (signal.new_state == State::open) {
                                      return {reset()};
                                  }
                                  return {};
                              }});
}

TEST_CASE("a listener looks: a disabling, a forced opening, metrics_only") {
    explore_scenario(Scenario{.policies = streak_of_two,
                              .before = {},
                              .threads = {{command(State::disabled)},
                                          {command(State::forced_open)},
                                          {command(State::metrics_only)}},
                              .after = go_on(2),
                              .when_told = [](const Signal&) -> Script { return {look()}; }});
}
