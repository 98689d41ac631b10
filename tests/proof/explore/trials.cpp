// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Trials of which account is kept: their places, their leases, and the permits that judge them.

#include "breakers.hpp"
#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <tuple>

using namespace fluxgate;
using namespace explore;
using namespace std::chrono_literals;

namespace {

const auto one_trial = std::tuple{CountWindow{2}, FailureStreak{1}, Always{}, SingleTrial{10ns}};
const auto two_trials = std::tuple{CountWindow{2}, FailureStreak{1}, Always{}, Trials{2, 1, 10ns}};
const auto slow_start = std::tuple{CountWindow{2}, FailureStreak{1}, Always{}, SlowStart{3, 10ns}};
const auto one_at_a_time = std::tuple{CountWindow{4}, MinRequests{3} & FailureRate{0.6}, Always{},
                                      permits::All{}, MaxHalfOpenCalls{1}};

const Script after = {look(), acquire(80), succeed(80), look(), acquire(81), succeed(81), look()};

}  // namespace

TEST_CASE("an open circuit with a single trial: a call that succeeds, one that fails") {
    explore_scenario(Scenario{.policies = one_trial,
                              .before = failure(),
                              .threads = {{acquire(1), succeed(1)}, {acquire(2), fail(2)}},
                              .after = after});
}

TEST_CASE("a single trial is dropped, while two calls come") {
    explore_scenario(
        Scenario{.policies = one_trial,
                 .before = in_turn({failure(), acquired({1})}),
                 .threads = {{drop(1)}, {acquire(2), succeed(2)}, {acquire(3), drop(3)}},
                 .after = after});
}

TEST_CASE("a single trial fails, while the circuit is reset and a call comes") {
    explore_scenario(Scenario{.policies = one_trial,
                              .before = in_turn({failure(), acquired({1})}),
                              .threads = {{fail(1)}, {reset()}, {acquire(2), succeed(2)}},
                              .after = after});
}

TEST_CASE("a lease ends, while its trial succeeds and a look is taken") {
    explore_scenario(Scenario{.policies = one_trial,
                              .before = in_turn({failure(), acquired({1})}),
                              .threads = {{succeed(1)}, {pass(10ns)}, {look()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("a lease has ended: two calls come, and the trial succeeds") {
    explore_scenario(
        Scenario{.policies = one_trial,
                 .before = in_turn({failure(), acquired({1}), {pass(10ns)}}),
                 .threads = {{succeed(1)}, {acquire(2), fail(2)}, {acquire(3), succeed(3)}},
                 .after = after,
                 .has_clock = true});
}

TEST_CASE("a lease ends, while its trial is dropped and the circuit is reset") {
    explore_scenario(Scenario{.policies = one_trial,
                              .before = in_turn({failure(), acquired({1})}),
                              .threads = {{pass(10ns), look()}, {drop(1)}, {reset()}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("two trials: a failure, a success, a further call") {
    explore_scenario(Scenario{.policies = two_trials,
                              .before = in_turn({failure(), acquired({1, 2})}),
                              .threads = {{fail(1)}, {succeed(2)}, {acquire(3), fail(3)}},
                              .after = after});
}

TEST_CASE("two trials: the lease of one ends, while the other fails and a call comes") {
    explore_scenario(
        Scenario{.policies = two_trials,
                 .before = in_turn({failure(), acquired({1}), {pass(10ns)}, acquired({2})}),
                 .threads = {{fail(2)}, {succeed(1)}, {acquire(3), succeed(3)}},
                 .after = after,
                 .has_clock = true});
}

TEST_CASE("a slow start: two trials succeed, while a call comes") {
    explore_scenario(Scenario{.policies = slow_start,
                              .before = in_turn({failure(), success(), acquired({1, 2})}),
                              .threads = {{succeed(1)}, {succeed(2)}, {acquire(3), fail(3)}},
                              .after = after});
}

TEST_CASE("a limit of one trial: it fails, while two calls come") {
    explore_scenario(
        Scenario{.policies = one_at_a_time,
                 .before = in_turn({times(3, failure()), acquired({1})}),
                 .threads = {{fail(1)}, {acquire(2), succeed(2)}, {acquire(3), fail(3)}},
                 .after = after});
}
