// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/retries.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

using namespace fluxgate;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {
constexpr auto most_reopens = std::numeric_limits<std::uint32_t>::max();
}

TEST_CASE("a cooldown is always as long") {
    static_assert(Cooldown{5s}.wait(0, 0.0) == 5s);
    static_assert(Cooldown{5s}.wait(most_reopens, 0.99) == 5s);
    SUCCEED("at compile time");
}

TEST_CASE("jitter spreads the wait by the draw it is given") {
    static_assert(Cooldown{10s, 0.5}.wait(0, 0.0) == 5s);
    static_assert(Cooldown{10s, 0.5}.wait(0, 0.5) == 10s);
    static_assert(Cooldown{10s, 0.5}.wait(0, 0.75) == 12500ms);
    static_assert(Cooldown{10s, 1.0}.wait(0, 0.0) == 0s);
    static_assert(Backoff{10s, 2, 40s, 0.5}.wait(1, 0.0) == 10s);
    static_assert(Backoff{10s, 2, 40s, 0.5}.wait(9, 0.75) == 50s);
    SUCCEED("at compile time");
}

TEST_CASE("a backoff grows by its multiplier up to its maximum") {
    static_assert(Backoff{10s}.wait(0, 0.0) == 10s);
    static_assert(Backoff{10s}.wait(1, 0.0) == 20s);
    static_assert(Backoff{10s}.wait(4, 0.0) == 160s);
    static_assert(Backoff{10s}.wait(5, 0.0) == 300s);
    static_assert(Backoff{1s, 3, 20s}.wait(2, 0.0) == 9s);
    static_assert(Backoff{1s, 3, 20s}.wait(3, 0.0) == 20s);
    static_assert(Backoff{1s, 2.0, 1s}.wait(7, 0.0) == 1s);
    static_assert(Linear{30s}.wait(0, 0.0) == 30s);
    static_assert(Linear{30s}.wait(1, 0.0) == 60s);
    static_assert(Linear{30s}.wait(9, 0.0) == 300s);
    static_assert(Linear{30s, 100s}.wait(3, 0.0) == 100s);
    static_assert(Linear{30s, 100s, 0.5}.wait(3, 0.0) == 50s);
    static_assert(Linear{1ns, std::chrono::nanoseconds::max()}.wait(0xffffffff, 0.0) ==
                  std::chrono::nanoseconds{4294967296});
    SUCCEED("at compile time");
}

TEST_CASE("a backoff saturates after four thousand million reopens") {
    static_assert(Backoff{10s}.wait(most_reopens, 0.0) == 300s);
    static_assert(Backoff{1ns, 1e308, nanoseconds::max()}.wait(most_reopens, 0.0) ==
                  nanoseconds::max());
    static_assert(Backoff{1s, 1.0000000001, 2s}.wait(most_reopens, 0.0) < 2s);
    static_assert(Backoff{1s, 1.0000000001, 1500ms}.wait(most_reopens, 0.0) == 1500ms);
    SUCCEED("at compile time");
}

TEST_CASE("a wait that jitter carries beyond the clock is long, but not for ever") {
    constexpr Cooldown longest{nanoseconds::max() - 1ns, 1.0};
    static_assert(longest.wait(0, 0.999) == nanoseconds::max() - 1ns);
    SUCCEED("at compile time");
}

TEST_CASE("the two ends: no wait, and for ever") {
    static_assert(Always{}.wait(3, 0.5) == 0s);
    static_assert(Never{}.wait(3, 0.5) == nanoseconds::max());
    SUCCEED("at compile time");
}

TEST_CASE("a wait by the square root balances trials and lost calls") {
    constexpr SquareRootWait retry{500ms, 30s, 0.0};
    const auto wait = [&](std::chrono::nanoseconds outage, std::optional<double> rate) {
        return retry.wait({.since_opened = outage, .calls_per_second = rate});
    };
    CHECK(wait(0s, 100.0) == 500ms);
    CHECK(wait(100s, 1.0) == 10s);
    CHECK(wait(100s, 4.0) == 5s);
    CHECK(wait(100s, std::nullopt) == 10s);
    CHECK(wait(1s, 100.0) == 500ms);
    CHECK(wait(900s, 1.0) == 30s);
    CHECK(wait(nanoseconds::max(), 1e-300) == 30s);
    CHECK(wait(0s, 0.0) == 30s);
    CHECK(wait(1s, 0.0) == 30s);
    CHECK(wait(1s, -1.0) == 30s);
}

TEST_CASE("a wait by the square root is spread last") {
    constexpr SquareRootWait retry;
    static_assert(retry.least() == 500ms && retry.most() == 30s && retry.jitter() == 0.25);
    CHECK(retry.wait({.u = 0.0}) == 375ms);
    CHECK(retry.wait({.u = 0.5}) == 500ms);
    CHECK(retry.wait({.u = 0.75, .since_opened = 1h, .calls_per_second = 1.0}) == 33750ms);
    CHECK(SquareRootWait{1s, nanoseconds::max(), 1.0}.wait(
              {.u = 0.999, .since_opened = nanoseconds::max(), .calls_per_second = 1e-300}) ==
          nanoseconds::max() - 1ns);
}

TEST_CASE("a wrong retry throws, naming parameter, value and range") {
    CHECK(error_of([] { SquareRootWait(2s, 1s); }) ==
          "fluxgate: SquareRootWait's most must be at least its least of 2 s, but is 1 s");
    CHECK(error_of([] { SquareRootWait{0s}; }) ==
          "fluxgate: SquareRootWait's least must be above 0 s and at most 292 years, but is 0 s");
    CHECK(error_of([] { SquareRootWait(1s, 2s, 2); }) ==
          "fluxgate: SquareRootWait's jitter must be in [0, 1], but is 2");
    CHECK(error_of([] { Cooldown{0s}; }) ==
          "fluxgate: Cooldown's duration must be above 0 s and at most 292 years, but is 0 s");
    CHECK(error_of([] { Cooldown(1s, 1.5); }) ==
          "fluxgate: Cooldown's jitter must be in [0, 1], but is 1.5");
    CHECK(error_of([] { Cooldown(1s, -0.5); }) ==
          "fluxgate: Cooldown's jitter must be in [0, 1], but is -0.5");
    CHECK(error_of([] { Backoff{-1s}; }) ==
          "fluxgate: Backoff's initial must be above 0 s and at most 292 years, but is -1 s");
    CHECK(error_of([] { Backoff(1s, 1); }) ==
          "fluxgate: Backoff's multiplier must be above 1 and finite, but is 1");
    CHECK(error_of([] { Backoff(1s, std::numeric_limits<double>::infinity()); }) ==
          "fluxgate: Backoff's multiplier must be above 1 and finite, but is inf");
    CHECK(error_of([] { Backoff(1s, std::numeric_limits<double>::quiet_NaN()); }) ==
          "fluxgate: Backoff's multiplier must be above 1 and finite, but is nan");
    CHECK(error_of([] { Backoff{10min}; }) ==
          "fluxgate: Backoff's max must be at least its initial of 600 s, but is 300 s");
}

TEST_CASE("a wrong retry does not compile in a constant expression") {
    static_assert(is_constant_expression([] { return Backoff{1s, 1.5, 2s, 0.1}; }));
    static_assert(!is_constant_expression([] { return Backoff{1s, 1.0}; }));
    static_assert(!is_constant_expression([] { return Backoff{2s, 2.0, 1s}; }));
    static_assert(!is_constant_expression([] { return Cooldown{-1s}; }));
    static_assert(is_constant_expression([] { return SquareRootWait{1s, 1s, 0.0}; }));
    static_assert(!is_constant_expression([] { return SquareRootWait{2s, 1s}; }));
    SUCCEED("at compile time");
}
