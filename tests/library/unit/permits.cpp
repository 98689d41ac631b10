// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/permits.hpp>

#include <chrono>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {
constexpr double highest = 0x1.fffffffffffffp-1;  // the largest draw below 1
}

TEST_CASE("the permit All admits every call") {
    static_assert(permits::All{}(0s, 0.0));
    static_assert(permits::All{}(0s, highest));
    SUCCEED("at compile time");
}

TEST_CASE("a random permit admits its share of the draws") {
    static_assert(Random{0.5}(0s, 0.0));
    static_assert(Random{0.5}(0s, 0.4999));
    static_assert(!Random{0.5}(0s, 0.5));
    static_assert(Random{1.0}(0s, highest));
    SUCCEED("at compile time");
}

TEST_CASE("a ramp grows evenly and stays at its end") {
    constexpr RampUp ramp{0.2, 0.6, 10s};
    static_assert(ramp(0s, 0.1999));
    static_assert(!ramp(0s, 0.2001));
    static_assert(ramp(5s, 0.3999));
    static_assert(!ramp(5s, 0.4001));
    static_assert(ramp(10s, 0.5999));
    static_assert(!ramp(10s, 0.6001));
    static_assert(!ramp(24h, 0.6001));
    static_assert(RampUp{}(60s, highest));
    static_assert(!RampUp{}(0s, 0.11));
    SUCCEED("at compile time");
}

TEST_CASE("a wrong permit throws, naming parameter, value and range") {
    CHECK(error_of([] { Random{0}; }) == "fluxgate: Random's ratio must be in (0, 1], but is 0");
    CHECK(error_of([] { RampUp{0.0}; }) ==
          "fluxgate: RampUp's initial must be in (0, 1], but is 0");
    CHECK(error_of([] { RampUp(0.5, 1.5); }) ==
          "fluxgate: RampUp's final must be in (0, 1], but is 1.5");
    CHECK(error_of([] { RampUp(0.5, 0.4); }) ==
          "fluxgate: RampUp's final must be at least its initial of 0.5, but is 0.4");
    CHECK(error_of([] { RampUp(0.5, 1.0, 0s); }) ==
          "fluxgate: RampUp's duration must be above 0 s and at most 292 years, but is 0 s");
}

TEST_CASE("a wrong permit does not compile in a constant expression") {
    static_assert(is_constant_expression([] { return RampUp{0.5, 1.0, 1s}; }));
    static_assert(!is_constant_expression([] { return RampUp{0.0}; }));
    static_assert(!is_constant_expression([] { return Random{1.5}; }));
    SUCCEED("at compile time");
}
