// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The end of a wait, trial calls, and permits.

#include "breakers.hpp"
#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <tuple>

using namespace fluxgate;
using namespace explore;
using namespace std::chrono_literals;

namespace {

const auto at_once = std::tuple{CountWindow{2}, FailureStreak{1}, Always{}, permits::All{}};
const auto after_ten = std::tuple{CountWindow{2}, FailureStreak{1}, Cooldown{10ns}, permits::All{}};
const auto after_longer_each_time =
    std::tuple{CountWindow{2}, FailureStreak{1}, Backoff{10ns, 2.0, 1h}, permits::All{}};
const auto several_trials =
    std::tuple{CountWindow{4}, MinRequests{3} & FailureRate{0.6}, Always{}, permits::All{}};

/// Admits the calls of the very moment at which the trials began.
struct AtTheBeginning : permit_base {
    bool operator()(std::chrono::nanoseconds since, double) const { return since == 0ns; }
};
const auto judged_by_moment =
    std::tuple{CountWindow{2}, FailureStreak{1}, Cooldown{10ns}, AtTheBeginning{}};

/// Admits no trial.
struct NoTrial : permit_base {
    bool operator()(std::chrono::nanoseconds, double) const { return false; }
};
const auto without_trials = std::tuple{CountWindow{2}, FailureStreak{1}, Always{}, NoTrial{}};

const Script after = {look(), acquire(80), succeed(80), look(), acquire(81), succeed(81), look()};

/// Opened twice, the second time for long enough: the moments of the first trials are over.
const Script reopened = in_turn({failure(), {pass(10ns)}, failure(), {pass(10ns)}});

}  // namespace

TEST_CASE("an open circuit: a call that succeeds, one that fails") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = failure(),
                              .threads = {{acquire(1), succeed(1)}, {acquire(2), fail(2)}},
                              .after = after});
}

TEST_CASE("an open circuit: a call that stays out, one that fails, one that succeeds") {
    explore_scenario(
        Scenario{.policies = at_once,
                 .before = failure(),
                 .threads = {{acquire(1)}, {acquire(2), fail(2)}, {acquire(3), succeed(3)}},
                 .after = after});
}

TEST_CASE("trial calls: a failure, a success, a reset") {
    explore_scenario(Scenario{.policies = at_once,
                              .before = in_turn({failure(), acquired({1, 2})}),
                              .threads = {{fail(1)}, {succeed(2)}, {reset()}},
                              .after = after});
}

TEST_CASE("trial calls of a half-open circuit that stays so: two failures, a success") {
    explore_scenario(Scenario{.policies = several_trials,
                              .before = in_turn({times(3, failure()), acquired({1, 2, 3})}),
                              .threads = {{fail(1)}, {fail(2)}, {succeed(3)}},
                              .after = after});
}

TEST_CASE("the clock passes the end of the wait: a call that fails, two calls") {
    explore_scenario(
        Scenario{.policies = after_ten,
                 .before = failure(),
                 .threads = {{acquire(1), fail(1)}, {pass(10ns)}, {acquire(2), acquire(3)}},
                 .after = after,
                 .has_clock = true});
}

TEST_CASE("the wait is over: a call that fails, two calls") {
    explore_scenario(Scenario{.policies = after_ten,
                              .before = in_turn({failure(), {pass(10ns)}}),
                              .threads = {{acquire(1), fail(1)}, {acquire(2), acquire(3)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("the wait is over: a reset and a new opening, two calls") {
    explore_scenario(Scenario{.policies = after_ten,
                              .before = in_turn({failure(), {pass(10ns)}}),
                              .threads = {{reset(), acquire(1), fail(1)}, {acquire(2), acquire(3)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("the permit sees the moment of these trials: two calls") {
    explore_scenario(Scenario{.policies = judged_by_moment,
                              .before = reopened,
                              .threads = {{acquire(1)}, {acquire(2)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("the permit sees the moment of these trials: a call that fails, two calls") {
    explore_scenario(Scenario{.policies = judged_by_moment,
                              .before = reopened,
                              .threads = {{acquire(1), fail(1)}, {acquire(2)}, {acquire(3)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("the wait of this opening is shorter than that of the one before") {
    explore_scenario(
        Scenario{.policies = after_longer_each_time,
                 .before = in_turn({failure(), {pass(10ns)}, failure(), {reset(), acquire(1)}}),
                 .threads = {{fail(1)}, {look(), pass(10ns), acquire(2)}},
                 .after = after,
                 .has_clock = true});
}

TEST_CASE("the permit sees the moment of these trials: others begin, a call fails") {
    explore_scenario(Scenario{.policies = judged_by_moment,
                              .before = reopened,
                              .threads = {{acquire(1), pass(10ns), fail(1), pass(10ns), acquire(2)},
                                          {acquire(3), fail(3)}},
                              .after = after,
                              .has_clock = true});
}

TEST_CASE("the permit sees the moment of these trials: others begin, a late call fails") {
    explore_scenario(
        Scenario{.policies = judged_by_moment,
                 .before = in_turn({reopened, {acquire(1)}}),
                 .threads = {{fail(1), pass(10ns), acquire(2)}, {pass(10ns), acquire(3), fail(3)}},
                 .after = after,
                 .has_clock = true});
}

TEST_CASE("a rejection says the state that it found: open, forced open, closed again") {
    explore_scenario(
        Scenario{.policies = after_ten,
                 .before = failure(),
                 .threads = {{attempt(1), attempt(2)}, {command(State::forced_open), reset()}},
                 .after = {look()}});
}

TEST_CASE("a call begins while the circuit is closed, and ends while it is half-open") {
    explore_scenario(Scenario{.policies = without_trials,
                              .before = acquired({1}),
                              .threads = {{acquire(2), succeed(2)}, {fail(1), acquire(3)}},
                              .after = after});
}
