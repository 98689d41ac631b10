// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/trippers.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>

using namespace fluxgate;
using namespace std::chrono_literals;
using fluxgate::trippers::AllOf;
using fluxgate::trippers::AnyOf;

namespace {

constexpr std::array slow{SlowCount{1s, 3}, SlowCount{3s, 1}};

/// Ten calls, four of them failed, five seconds each, three of them slow, two failures in a row.
constexpr CallContext ten_calls{
    .metric = {.total_count = 10, .failure_count = 4, .total_duration = 50s, .slow = slow},
    .state = State::closed,
    .consecutive_failures = 2};

constexpr CallContext no_calls{};

/// A user's own tripper, which declares nothing.
struct Nothing : tripper_base {
    constexpr bool operator()(const CallContext&) const { return false; }
};

struct MoveOnly : tripper_base {
    std::unique_ptr<int> least;
    bool operator()(const CallContext& context) const {
        return context.metric.failure_count >= static_cast<std::uint64_t>(*least);
    }
};

}  // namespace

TEST_CASE("each tripper says yes from its value on") {
    static_assert(MinRequests{10}(ten_calls));
    static_assert(!MinRequests{11}(ten_calls));
    static_assert(FailureRate{0.4}(ten_calls));
    static_assert(!FailureRate{0.41}(ten_calls));
    static_assert(SlowRate{0.3, 1s}(ten_calls));
    static_assert(!SlowRate{0.31, 1s}(ten_calls));
    static_assert(AvgLatency{5s}(ten_calls));
    static_assert(!AvgLatency{5001ms}(ten_calls));
    static_assert(FailureStreak{2}(ten_calls));
    static_assert(FailureCount{ten_calls.metric.failure_count}(ten_calls));
    static_assert(!FailureCount{ten_calls.metric.failure_count + 1}(ten_calls));
    static_assert(!FailureStreak{3}(ten_calls));
    static_assert(Closed{}(ten_calls));
    static_assert(!HalfOpened{}(ten_calls));
    static_assert(HalfOpened{}({.state = State::half_open}));
    SUCCEED("at compile time");
}

TEST_CASE("no tripper of rates says yes without calls") {
    static_assert(!MinRequests{1}(no_calls));
    static_assert(!FailureRate{0.001}(no_calls));
    static_assert(!SlowRate{0.001, 1s}(no_calls));
    static_assert(!AvgLatency{1ns}(no_calls));
    static_assert(!FailureStreak{1}(no_calls));
    static_assert(!FailureCount{1}(no_calls));
    SUCCEED("at compile time");
}

TEST_CASE("a rate is compared as a quotient of doubles") {
    const auto rate = [](std::uint64_t failures, std::uint64_t total) {
        return CallContext{.metric = {.total_count = total, .failure_count = failures}};
    };
    CHECK(FailureRate{0.3}(rate(3, 10)));
    CHECK(FailureRate{1.0 / 3.0}(rate(1, 3)));
    CHECK_FALSE(FailureRate{0.3}(rate(299'999'999, 1'000'000'000)));
}

TEST_CASE("expressions combine with & and |") {
    constexpr auto expression =
        FailureStreak{5} | (MinRequests{10} & (FailureRate{0.9} | SlowRate{0.1, 3s}));
    static_assert(expression(ten_calls));
    static_assert(!expression(no_calls));
    static_assert(expression({.consecutive_failures = 5}));
    SUCCEED("at compile time");
}

TEST_CASE("chains are flat, from either side") {
    constexpr MinRequests a{1};
    constexpr FailureRate b{0.5};
    constexpr FailureStreak c{2};
    static_assert(std::is_same_v<decltype(a & b & c), decltype(a & (b & c))>);
    static_assert(
        std::is_same_v<decltype(a | b | c), AnyOf<MinRequests, FailureRate, FailureStreak>>);
    static_assert(std::is_same_v<decltype((a | b) & c),
                                 AllOf<AnyOf<MinRequests, FailureRate>, FailureStreak>>);
    SUCCEED("at compile time");
}

TEST_CASE("several slow rates of one expression keep their thresholds apart") {
    constexpr auto either = SlowRate{0.9, 1s} | SlowRate{0.1, 3s};
    static_assert(either.slow_thresholds() == std::array<std::chrono::nanoseconds, 2>{1s, 3s});
    static_assert(either(ten_calls));
    static_assert(!(SlowRate{0.3, 1s} & SlowRate{0.3, 3s})(ten_calls));
    SUCCEED("at compile time");
}

TEST_CASE("an expression needs what its operands need") {
    static_assert(!decltype(MinRequests{1} & FailureRate{0.5})::uses_durations);
    static_assert(decltype(MinRequests{1} & AvgLatency{1s})::uses_durations);
    static_assert((MinRequests{1} | Closed{}).slow_thresholds().empty());
    SUCCEED("at compile time");
}

TEST_CASE("a failure score says yes to a failure that brings it too high") {
    constexpr FailureScore tripper{3.0, 1.0, 2.0};
    const auto trips = [&](std::uint64_t calls, double score, std::uint64_t streak) {
        return tripper(
            {.metric = {.total_count = calls}, .consecutive_failures = streak, .score = score});
    };
    CHECK_FALSE(trips(0, 2.9, 1));
    CHECK(trips(0, 3.0, 1));
    CHECK_FALSE(trips(0, 3.0, 0));
    CHECK_FALSE(trips(1, 3.9, 1));
    CHECK(trips(1, 4.0, 1));
    CHECK_FALSE(trips(1023, 12.9, 1));
    CHECK(trips(1023, 13.0, 1));

    static_assert(FailureScore{}.base() == 5.0 && FailureScore{}.slope() == 0.63 &&
                  FailureScore{}.forgives() == 2.0);
    CHECK(FailureScore(1.0, 0.0, 0.0)({.consecutive_failures = 1, .score = 1.0}));
}

TEST_CASE("scores of one expression share what a success takes from them") {
    using Either = decltype(FailureScore{} | MinRequests{1});
    static_assert(Either::uses_score && Either::deferrable);
    static_assert(!decltype(MinRequests{1} | Closed{})::uses_score);
    static_assert((MinRequests{1} & FailureScore{5.0, 0.63, 1.5}).forgives() == 1.5);
    static_assert(
        ((FailureScore{4.0} & Closed{}) | (FailureScore{2.0} & HalfOpened{})).forgives() == 2.0);

    CHECK(error_of([] { return FailureScore{} | FailureScore{5.0, 0.63, 3.0}; }) ==
          "fluxgate: FailureScore's forgives must be the same in one expression, where it is 2 "
          "already, but is 3");
    static_assert(!is_constant_expression(
        [] { return Closed{} & (FailureScore{} | FailureScore{5.0, 0.63, 3.0}); }));
}

TEST_CASE("a user's own tripper composes, and is asked in its turn") {
    static_assert(!(Nothing{} & MinRequests{1})(ten_calls));
    static_assert((Nothing{} | MinRequests{1})(ten_calls));
    static_assert(decltype(Nothing{} & MinRequests{1})::uses_durations);

    const auto tripper = MinRequests{1} & MoveOnly{{}, std::make_unique<int>(4)} & Closed{};
    CHECK(tripper(ten_calls));
}

TEST_CASE("what is no tripper does not combine with one") {
    const auto combines = [](const auto& left, const auto& right) {
        return requires { left & right; } || requires { left | right; };
    };
    CHECK_FALSE(combines(MinRequests{1}, 1));
    CHECK_FALSE(combines([](const CallContext&) { return true; }, MinRequests{1}));
}

TEST_CASE("a wrong value throws, naming parameter, value and range") {
    CHECK(error_of([] { MinRequests{0}; }) ==
          "fluxgate: MinRequests' count must be in [1, 4294967295], but is 0");
    CHECK(error_of([] { MinRequests{-1}; }) ==
          "fluxgate: MinRequests' count must be in [1, 4294967295], but is -1");
    CHECK(error_of([] { FailureCount{0}; }) ==
          "fluxgate: FailureCount's count must be in [1, 4294967295], but is 0");
    CHECK(error_of([] { FailureStreak{1ull << 32}; }) ==
          "fluxgate: FailureStreak's count must be in [1, 4294967295], but is 4294967296");
    CHECK(error_of([] { FailureRate{0}; }) ==
          "fluxgate: FailureRate's ratio must be in (0, 1], but is 0");
    CHECK(error_of([] { FailureRate{1.5}; }) ==
          "fluxgate: FailureRate's ratio must be in (0, 1], but is 1.5");
    CHECK(error_of([] { FailureRate{std::numeric_limits<double>::quiet_NaN()}; }) ==
          "fluxgate: FailureRate's ratio must be in (0, 1], but is nan");
    CHECK(error_of([] { FailureScore{0}; }) ==
          "fluxgate: FailureScore's base must be above 0 and finite, but is 0");
    CHECK(error_of([] { FailureScore(1, -1); }) ==
          "fluxgate: FailureScore's slope must be at least 0 and finite, but is -1");
    CHECK(error_of([] { FailureScore(1, 1, -0.5); }) ==
          "fluxgate: FailureScore's forgives must be at least 0 and finite, but is -0.5");
    CHECK(error_of([] { FailureScore(1, 1, std::numeric_limits<double>::quiet_NaN()); }) ==
          "fluxgate: FailureScore's forgives must be at least 0 and finite, but is nan");
    CHECK(error_of([] { SlowRate(-0.1, 1s); }) ==
          "fluxgate: SlowRate's ratio must be in (0, 1], but is -0.1");
    CHECK(error_of([] { SlowRate(0.1, 0s); }) ==
          "fluxgate: SlowRate's threshold must be above 0 s and at most 292 years, but is 0 s");
    CHECK(error_of([] { AvgLatency{-5ms}; }) ==
          "fluxgate: AvgLatency's threshold must be above 0 s and at most 292 years, but is "
          "-0.005 s");
    CHECK(error_of([] {
              AvgLatency{std::chrono::duration<double>{std::numeric_limits<double>::infinity()}};
          }).find("AvgLatency's threshold must be above 0 s") != std::string::npos);
}

TEST_CASE("a duration may be of any unit, and of floating point") {
    static_assert(AvgLatency{std::chrono::duration<double>{0.25}}.threshold() == 250ms);
    static_assert(AvgLatency{std::chrono::minutes{1}}.threshold() == 60s);
    SUCCEED("at compile time");
}

TEST_CASE("a wrong value does not compile in a constant expression") {
    static_assert(is_constant_expression([] { return MinRequests{1}; }));
    static_assert(!is_constant_expression([] { return MinRequests{0}; }));
    static_assert(is_constant_expression([] { return SlowRate{1.0, 1ns}; }));
    static_assert(!is_constant_expression([] { return SlowRate{1.5, 1ns}; }));
    static_assert(!is_constant_expression([] { return SlowRate{0.5, 0ns}; }));
    static_assert(is_constant_expression([] { return FailureScore{1, 0, 0}; }));
    static_assert(!is_constant_expression([] { return FailureScore{1, 0, -1}; }));
    SUCCEED("at compile time");
}
