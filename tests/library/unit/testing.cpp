// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/testing.hpp>

#include <chrono>

using namespace fluxgate;
using namespace std::chrono_literals;

TEST_CASE("virtual time begins at second 1,000,000 of both clocks") {
    testing::VirtualTime time;
    const testing::Virtual environment{time};
    CHECK(environment.now().time_since_epoch() == 1'000'000s);
    CHECK(environment.wall_clock().time_since_epoch() == 1'000'000s);
}

TEST_CASE("virtual time stands still until it is advanced") {
    testing::VirtualTime time;
    const testing::Virtual environment{time};
    const auto before = environment.now();
    CHECK(environment.now() == before);
    time.advance(2s);
    time.advance(0s);
    CHECK(environment.now() - before == 2s);
    CHECK(environment.wall_clock().time_since_epoch() == 1'000'002s);
}

TEST_CASE("virtual draws give the number they are told") {
    testing::VirtualTime time;
    const testing::Virtual environment{time};
    CHECK(environment.uniform() == 0.5);
    time.draws(0.35);
    CHECK(environment.uniform() == 0.35);
    CHECK(environment.uniform() == 0.35);
}

TEST_CASE("virtual time refuses to go back, to overflow and to draw 1") {
    testing::VirtualTime time;
    CHECK(error_of([&] { time.advance(-1s); }) ==
          "fluxgate: VirtualTime's advance must be from 0 s to what is left of 292 years, but is "
          "-1 s");
    CHECK_FALSE(error_of([&] { time.advance(std::chrono::nanoseconds::max()); }).empty());
    CHECK(error_of([&] { time.draws(1.0); }) ==
          "fluxgate: VirtualTime's draw must be in [0, 1), but is 1");
    CHECK(time.now().time_since_epoch() == 1'000'000s);
}
