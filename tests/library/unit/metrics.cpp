// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/metrics.hpp>

#include <array>
#include <chrono>
#include <limits>

using namespace std::chrono_literals;
using fluxgate::Metrics;
using fluxgate::MetricView;
using fluxgate::SlowCount;

TEST_CASE("metrics without calls have neither rates nor counts") {
    static constexpr std::array slow{SlowCount{1s, 0}};
    constexpr MetricView none{.total_duration = 0ns, .slow = slow};
    CHECK_FALSE(none.failure_rate());
    CHECK_FALSE(none.avg_duration());
    CHECK_FALSE(none.slow_count(1s));
    CHECK_FALSE(none.slow_rate(1s));
}

TEST_CASE("metrics answer for what is kept and for nothing else") {
    static constexpr std::array slow{SlowCount{1s, 2}, SlowCount{3s, 1}};
    constexpr MetricView view{
        .total_count = 4, .failure_count = 3, .total_duration = 10s, .slow = slow};
    static_assert(view.failure_rate() == 0.75);
    static_assert(view.avg_duration() == 2500ms);
    static_assert(view.slow_count(1s) == 2);
    static_assert(view.slow_rate(3s) == 0.25);
    CHECK_FALSE(view.slow_count(2s));
    CHECK_FALSE(view.slow_rate(2s));

    constexpr MetricView bare{.total_count = 4, .failure_count = 3};
    CHECK_FALSE(bare.avg_duration());
}

TEST_CASE("the average of a saturated sum is not negative") {
    constexpr MetricView view{.total_count = 1, .total_duration = std::chrono::nanoseconds::max()};
    CHECK(view.avg_duration() == std::chrono::nanoseconds::max());
}

TEST_CASE("metrics own a copy, and lend it as a view") {
    Metrics metrics;
    {
        const std::array slow{SlowCount{1s, 2}};
        metrics = fluxgate::to_metrics({.total_count = 4, .slow = slow});
    }
    CHECK(metrics.slow_rate(1s) == 0.5);
    const MetricView view = metrics;
    CHECK(view.slow.data() == metrics.slow.data());
    CHECK(view.slow_count(1s) == 2);
}
