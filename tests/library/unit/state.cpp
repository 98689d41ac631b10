// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/state.hpp>

using fluxgate::State;

TEST_CASE("states have their enumerators' names") {
    static_assert(to_string(State::closed) == "closed");
    static_assert(to_string(State::half_open) == "half_open");
    static_assert(to_string(State::forced_open) == "forced_open");
    CHECK(to_string(State::metrics_only) == "metrics_only");
}

TEST_CASE("a value that is no state is called unknown") {
    static_assert(to_string(static_cast<State>(99)) == "unknown");
    SUCCEED("at compile time");
}
