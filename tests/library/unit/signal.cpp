// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/signal.hpp>

using fluxgate::Reason;

TEST_CASE("reasons have their enumerators' names") {
    static_assert(to_string(Reason::tripped) == "tripped");
    static_assert(to_string(Reason::wait_over) == "wait_over");
    static_assert(to_string(Reason::recovered) == "recovered");
    CHECK(to_string(Reason::command) == "command");
    CHECK(to_string(Reason::overdue) == "overdue");
    CHECK(to_string(Reason::shared) == "shared");
}

TEST_CASE("a value that is no reason is called unknown") {
    static_assert(to_string(static_cast<Reason>(99)) == "unknown");
    SUCCEED("at compile time");
}
