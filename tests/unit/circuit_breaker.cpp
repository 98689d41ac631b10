// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <stdexcept>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {
[[noreturn]] int fail() {
    throw std::runtime_error{"down"};
}
int succeed() {
    return 1;
}
}  // namespace

TEST_CASE("a circuit opens, rejects, tries again and closes") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{2}, Cooldown{10s}, permits::All{}};
    CHECK(breaker.call(succeed) == 1);
    CHECK_THROWS_AS(breaker.call(fail), std::runtime_error);
    CHECK_THROWS_AS(breaker.call(fail), std::runtime_error);
    CHECK(breaker.info().state == State::open);
    CHECK_THROWS_AS(breaker.call(succeed), CallNotPermittedError);
    time.advance(10s);
    CHECK(breaker.call(succeed) == 1);
    CHECK(breaker.info().state == State::closed);
}
