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
