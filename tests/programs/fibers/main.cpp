// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "calls.hpp"
#include "catch.hpp"

TEST_CASE("calls of fibers that move from thread to thread are counted, each once") {
    const Counted counted = calls_of_moving_fibers();
    CHECK(counted.succeeded == counted.calls);
    CHECK(counted.recorded == counted.calls / 100);
}

TEST_CASE("a fiber goes on when the thread in which it began is gone") {
    const Counted counted = calls_after_the_thread();
    CHECK(counted.succeeded == counted.calls);
    CHECK(counted.recorded == counted.calls);
}
