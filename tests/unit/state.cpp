// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/state.hpp>

#include <sstream>

using fluxgate::Reason;
using fluxgate::State;

TEST_CASE("states and reasons print as their enumerators' names") {
    std::ostringstream out;
    out << State::half_open << ' ' << State::forced_open << ' ' << Reason::wait_over;
    CHECK(out.str() == "half_open forced_open wait_over");
}

TEST_CASE("a value that is no state prints as unknown") {
    static_assert(to_string(static_cast<State>(99)) == "unknown");
    static_assert(to_string(static_cast<Reason>(99)) == "unknown");
    CHECK(to_string(State::metrics_only) == "metrics_only");
}

TEST_CASE("a signal prints as one line") {
    fluxgate::Signal signal{.old_state = State::closed, .new_state = State::open};
    signal.reason = Reason::tripped;
    signal.metrics = {.total_count = 20, .failure_count = 12};
    CHECK(to_string(signal) == "closed -> open (tripped): 20 calls, 12 failures, 60%");

    signal.metrics = {.total_count = 1, .failure_count = 1};
    std::ostringstream out;
    out << signal;
    CHECK(out.str() == "closed -> open (tripped): 1 call, 1 failure, 100%");
}

TEST_CASE("a signal without calls names no rate") {
    const fluxgate::Signal signal{.old_state = State::open, .new_state = State::closed};
    CHECK(to_string(signal) == "open -> closed (command): 0 calls, 0 failures");
}
