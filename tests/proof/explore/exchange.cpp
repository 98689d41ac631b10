// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Policies are exchanged while calls begin, end, are overdue, and are looked at: each outcome
// counts by the old policies or by the new ones, and none is lost.

#include "breakers.hpp"
#include "catch.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <string_view>
#include <tuple>

using namespace fluxgate;
using namespace explore;
using namespace std::chrono_literals;

namespace {

std::tuple<Policies> policies(std::string_view text) {
    return {parse_policies(text)};
}

constexpr std::string_view of_two =
    "window = count_window(2); trip = failure_streak(2); permit = all";
constexpr std::string_view of_three =
    "window = count_window(3); trip = failure_streak(2); permit = all";
constexpr std::string_view at_once = "window = count_window(2); trip = failure_streak(1)";
// A call of 15 ns trips by the first, is slow by the second, and is quick by the third.
constexpr std::string_view half_slow = "window = count_window(2); trip = slow_rate(0.5, 10ns)";
constexpr std::string_view slow = "window = count_window(2); trip = slow_rate(1, 10ns)";
constexpr std::string_view slower = "window = count_window(2); trip = slow_rate(1, 20ns)";
constexpr std::string_view of_time = "window = time_window(4ns, 2ns); trip = failure_streak(2)";
constexpr std::string_view soon =
    "window = count_window(4); trip = failure_streak(3); overdue = 10ns";
constexpr std::string_view as_soon =
    "window = count_window(4); trip = failure_streak(9); overdue = 10ns";
constexpr std::string_view later =
    "window = count_window(4); trip = failure_streak(3); overdue = 100ns";
constexpr std::string_view one_trial =
    "window = count_window(2); trip = failure_streak(1); wait = always; permit = single_trial(1h)";
constexpr std::string_view two_trials =
    "window = count_window(2); trip = failure_streak(1); wait = always; permit = trials(2, 2, 1h)";

const Script after = {look(), acquire(80), fail(80), look()};

}  // namespace

TEST_CASE("an exchange of a clean window, while a success and a failure end") {
    explore_scenario(Scenario{.policies = policies(of_two),
                              .before = in_turn({times(5, success()), acquired({1, 2})}),
                              .threads = {{succeed(1)}, {fail(2)}, {exchange(of_three)}},
                              .after = after});
}

TEST_CASE("an exchange of a clean window, while a success ends and a look is taken") {
    explore_scenario(Scenario{.policies = policies(of_two),
                              .before = in_turn({times(5, success()), acquired({1, 2})}),
                              .threads = {{succeed(1), succeed(2)}, {exchange(of_three), look()}},
                              .after = after});
}

TEST_CASE("an exchange of a window with a failure, while two successes are pending") {
    explore_scenario(Scenario{.policies = policies(of_three),
                              .before = in_turn({failure(), success(), acquired({1, 2})}),
                              .threads = {{succeed(1)}, {succeed(2)}, {exchange(of_two)}},
                              .after = after});
}

TEST_CASE("an exchange that would trip, while a failure ends") {
    explore_scenario(Scenario{.policies = policies(of_two),
                              .before = in_turn({acquired({1, 2})}),
                              .threads = {{fail(1)}, {exchange(at_once)}, {acquire(3), fail(3)}},
                              .after = after});
}

TEST_CASE(
    "a threshold is exchanged for a longer one, while a call ends that is slow by the old one") {
    explore_scenario(Scenario{.policies = policies(half_slow),
                              .before = in_turn({times(5, success()), acquired({1}), {pass(15ns)}}),
                              .threads = {{succeed(1)}, {exchange(slower)}, {look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE(
    "a threshold is exchanged for a shorter one, while a call ends that is slow by the new one") {
    explore_scenario(
        Scenario{.policies = policies(slower),
                 .before = in_turn({times(5, success()), acquired({1}), {pass(15ns)}}),
                 .threads = {{succeed(1)}, {exchange(slow), acquire(2), succeed(2), look()}},
                 .after = after,
                 .has_clock = true});
}

TEST_CASE("a threshold is exchanged for a shorter one, while a slow call begins and ends") {
    explore_scenario(Scenario{
        .policies = policies(slower),
        .before = times(5, success()),
        .threads = {{acquire(1), pass(15ns), succeed(1)}, {exchange(slow), acquire(2), succeed(2)}},
        .after = after,
        .has_clock = true});
}

TEST_CASE("calls begin to be timed, while they end") {
    explore_scenario(
        Scenario{.policies = policies(of_two),
                 .before = in_turn({times(5, success()), acquired({1, 2}), {pass(15ns)}}),
                 .threads = {{succeed(1)}, {exchange(slow)}, {pass(15ns)}},
                 .after = {succeed(2), look(), acquire(80), succeed(80), look()},
                 .has_clock = true});
}

TEST_CASE("an exchange of a window of time for one of calls, while successes end and time passes") {
    explore_scenario(Scenario{.policies = policies(of_time),
                              .before = in_turn({times(2, success()), acquired({1})}),
                              .threads = {{succeed(1)}, {exchange(of_two)}, {pass(2ns)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("an exchange of a window of calls for one of time, while successes end and time passes") {
    explore_scenario(Scenario{.policies = policies(of_two),
                              .before = in_turn({failure(), times(2, success()), acquired({1})}),
                              .threads = {{succeed(1)}, {exchange(of_time)}, {pass(2ns)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE(
    "an exchange of a window of calls for one of time, while a failure ends that would trip") {
    explore_scenario(Scenario{.policies = policies(at_once),
                              .before = acquired({1}),
                              .threads = {{fail(1)}, {exchange(of_time)}, {look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("an exchange, while the circuit is reset and a success of before ends") {
    explore_scenario(Scenario{.policies = policies(of_two),
                              .before = in_turn({failure(), acquired({1})}),
                              .threads = {{succeed(1)}, {exchange(of_three)}, {reset()}},
                              .after = after});
}

TEST_CASE("two exchanges at the same time, while a success ends") {
    explore_scenario(Scenario{.policies = policies(of_two),
                              .before = in_turn({times(5, success()), acquired({1})}),
                              .threads = {{succeed(1)}, {exchange(of_three)}, {exchange(slow)}},
                              .after = after});
}

TEST_CASE("calls begin to be watched, while one begins and one ends") {
    explore_scenario(Scenario{.policies = policies(of_two),
                              .before = acquired({1}),
                              .threads = {{acquire(2)}, {exchange(soon)}, {succeed(1)}},
                              .after = {pass(20ns), look(), succeed(2), look()},
                              .has_clock = true});
}

TEST_CASE("another threshold of overdue calls, while one ends and one is overdue") {
    explore_scenario(Scenario{.policies = policies(soon),
                              .before = in_turn({acquired({1, 2}), {pass(11ns)}}),
                              .threads = {{succeed(1)}, {exchange(later)}, {look()}},
                              .after = {succeed(2), look()},
                              .has_clock = true});
}

TEST_CASE("overdue calls go on being watched through an exchange") {
    explore_scenario(Scenario{.policies = policies(soon),
                              .before = acquired({1, 2}),
                              .threads = {{succeed(1)}, {exchange(as_soon)}, {pass(11ns)}},
                              .after = {succeed(2), look(), acquire(80), fail(80), look()},
                              .has_clock = true});
}

TEST_CASE("calls begin to be overdue at one time, before and after an exchange") {
    explore_scenario(Scenario{.policies = policies(soon),
                              .before = acquired({1}),
                              .threads = {{acquire(2)}, {exchange(as_soon), acquire(3)}},
                              .after = {pass(11ns), look(), succeed(1), succeed(2), look()},
                              .has_clock = true});
}

TEST_CASE("an exchange of permits, while a trial ends and another comes") {
    explore_scenario(
        Scenario{.policies = policies(one_trial),
                 .before = in_turn({failure(), acquired({1})}),
                 .threads = {{succeed(1)}, {exchange(two_trials)}, {acquire(2)}},
                 .after = {look(), succeed(2), look(), acquire(80), succeed(80), look()}});
}
