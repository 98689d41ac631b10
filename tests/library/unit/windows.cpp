// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/windows.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>

using namespace fluxgate;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr std::array<nanoseconds, 0> no_thresholds{};
constexpr std::chrono::steady_clock::time_point epoch{};

auto plain(const auto& window) {
    return window.template make_recorder<false>(no_thresholds);
}
auto timed(const auto& window) {
    return window.template make_recorder<true>(no_thresholds);
}

Record ok(nanoseconds at = {}, nanoseconds duration = {}) {
    return {true, duration, epoch + at};
}
Record failure(nanoseconds at = {}, nanoseconds duration = {}) {
    return {false, duration, epoch + at};
}

}  // namespace

TEST_CASE("a count window holds the last calls and no more") {
    auto window = plain(CountWindow{3});
    window.record(failure());
    window.record(ok());
    window.record(ok());
    CHECK(window.metric().total_count == 3);
    CHECK(window.metric().failure_count == 1);
    window.record(ok());
    CHECK(window.metric().total_count == 3);
    CHECK(window.metric().failure_count == 0);
}

TEST_CASE("a count window of one call holds the latest") {
    auto window = plain(CountWindow{1});
    window.record(failure());
    CHECK(window.metric().failure_count == 1);
    window.record(ok());
    CHECK(window.metric().failure_count == 0);
    CHECK(window.metric().total_count == 1);
}

TEST_CASE("what was recorded before a reset does not come back") {
    auto window = plain(CountWindow{70});
    for (int i = 0; i < 100; ++i) {
        window.record(failure());
    }
    window.reset();
    CHECK(window.metric().total_count == 0);
    for (int i = 0; i < 200; ++i) {
        window.record(ok());
        CHECK(window.metric().failure_count == 0);
    }
}

TEST_CASE("a count window agrees with a list of the calls, whatever its size") {
    for (const std::uint32_t size : {1u, 2u, 63u, 64u, 65u, 100u, 128u, 1000u}) {
        const std::array<nanoseconds, 3> thresholds{2ns, 5ns, 2ns};
        auto window = CountWindow{size}.make_recorder<true>(thresholds);
        std::deque<Record> list;
        std::mt19937 random{size};
        for (int i = 0; i < 3000; ++i) {
            const Record record{random() % 3 != 0, nanoseconds{random() % 8}, epoch};
            window.record(record);
            list.push_back(record);
            if (list.size() > size) {
                list.pop_front();
            }

            std::uint64_t failures = 0;
            std::uint64_t at_least_2 = 0;
            std::uint64_t at_least_5 = 0;
            nanoseconds sum{};
            for (const Record& one : list) {
                failures += one.success ? 0 : 1;
                at_least_2 += one.duration >= 2ns ? 1 : 0;
                at_least_5 += one.duration >= 5ns ? 1 : 0;
                sum += one.duration;
            }
            const MetricView metric = window.metric();
            REQUIRE(metric.total_count == list.size());
            REQUIRE(metric.failure_count == failures);
            REQUIRE(metric.slow_count(2ns) == at_least_2);
            REQUIRE(metric.slow_count(5ns) == at_least_5);
            REQUIRE(metric.total_duration == sum);
        }
    }
}

TEST_CASE("a threshold named twice is counted once") {
    const std::array<nanoseconds, 2> thresholds{1s, 1s};
    auto window = CountWindow{10}.make_recorder<false>(thresholds);
    window.record(ok(0s, 1s));
    REQUIRE(window.metric().slow.size() == 1);
    CHECK(window.metric().slow[0] == SlowCount{1s, 1});
}

TEST_CASE("durations are kept where they are asked for, and only there") {
    auto without = plain(CountWindow{10});
    without.record(ok(0s, 1s));
    CHECK_FALSE(without.metric().total_duration);
    CHECK_FALSE(decltype(without)::uses_durations);

    auto with = plain(KeepDurations{CountWindow{10}});
    with.record(ok(0s, 1s));
    CHECK(with.metric().total_duration == 1s);
    CHECK(decltype(with)::uses_durations);
}

TEST_CASE("a sum of durations saturates, and comes back from it exactly") {
    auto window = timed(CountWindow{2});
    window.record(ok(0s, nanoseconds::max()));
    window.record(ok(0s, nanoseconds::max()));
    CHECK(window.metric().total_duration == nanoseconds::max());
    window.record(ok(0s, 1ns));
    CHECK(window.metric().total_duration == nanoseconds::max());
    window.record(ok(0s, 2ns));
    CHECK(window.metric().total_duration == 3ns);
}

TEST_CASE("a time window forgets bucket by bucket") {
    auto window = plain(TimeWindow{3s});
    window.record(failure(10s));
    window.record(failure(10999ms));
    window.record(ok(11s));
    window.advance(epoch + 12999ms);
    CHECK(window.metric().total_count == 3);
    window.advance(epoch + 13s);
    CHECK(window.metric().total_count == 1);
    CHECK(window.metric().failure_count == 0);
    window.advance(epoch + 14s);
    CHECK(window.metric().total_count == 0);
}

TEST_CASE("a time window whose clock stands still forgets nothing") {
    auto window = plain(TimeWindow{2s});
    for (int i = 0; i < 1000; ++i) {
        window.record(failure(5s));
    }
    CHECK(window.metric().total_count == 1000);
}

TEST_CASE("a time window counts a late record as one of now") {
    auto window = plain(TimeWindow{2s});
    window.record(ok(10s));
    window.record(failure(1s));
    CHECK(window.metric().total_count == 2);
    window.advance(epoch + 3s);
    CHECK(window.metric().total_count == 2);
    window.advance(epoch + 12s);
    CHECK(window.metric().total_count == 0);
}

TEST_CASE("a time window forgets everything in a jump of days, and goes on") {
    auto window = TimeWindow(60s, 100ms).make_recorder<true>(std::array<nanoseconds, 1>{1s});
    for (int i = 0; i < 600; ++i) {
        window.record(failure(i * 100ms, 1s));
    }
    CHECK(window.metric().total_count == 600);
    CHECK(window.metric().slow_count(1s) == 600);
    CHECK(window.metric().total_duration == 600s);
    window.record(ok(24h * 365));
    CHECK(window.metric().total_count == 1);
    CHECK(window.metric().failure_count == 0);
    CHECK(window.metric().slow_count(1s) == 0);
    CHECK(window.metric().total_duration == 0s);
}

TEST_CASE("a time window works before its clock's epoch and at both ends of time") {
    auto window = plain(TimeWindow{2s});
    window.record(failure(nanoseconds::min()));
    CHECK(window.metric().total_count == 1);
    window.record(ok(-1500ms));
    CHECK(window.metric().total_count == 1);
    window.record(ok(-500ms));
    CHECK(window.metric().total_count == 2);
    window.record(ok(500ms));
    CHECK(window.metric().total_count == 2);
    window.record(failure(nanoseconds::max()));
    CHECK(window.metric().total_count == 1);
    CHECK(window.metric().failure_count == 1);
}

TEST_CASE("a reset time window is empty") {
    auto window = plain(TimeWindow{2s});
    window.record(failure(10s));
    window.reset();
    CHECK(window.metric().total_count == 0);
    window.record(ok(10s));
    window.advance(epoch + 11s);
    CHECK(window.metric().total_count == 1);
    CHECK(window.metric().failure_count == 0);
}

TEST_CASE("windows cost what their tripper needs") {
    static_assert(sizeof(plain(CountWindow{100})) < sizeof(timed(CountWindow{100})));
    static_assert(!decltype(plain(CountWindow{100}))::uses_time);
    static_assert(decltype(plain(TimeWindow{1s}))::uses_time);
    static_assert(!decltype(plain(TimeWindow{1s}))::uses_durations);
    SUCCEED("at compile time");
}

TEST_CASE("a wrong window throws, naming parameter, value and range") {
    CHECK(error_of([] { CountWindow{0}; }) ==
          "fluxgate: CountWindow's size must be in [1, 4294967295], but is 0");
    CHECK(error_of([] { TimeWindow{-1s}; }) ==
          "fluxgate: TimeWindow's span must be above 0 s and at most 292 years, but is -1 s");
    CHECK(error_of([] { TimeWindow(1s, 0s); }) ==
          "fluxgate: TimeWindow's bucket must be above 0 s and at most 292 years, but is 0 s");
    CHECK(error_of([] { TimeWindow{1500ms}; }) ==
          "fluxgate: TimeWindow's span must be a whole multiple, from 1 to 1048576, of its bucket "
          "of 1 s, but is 1.5 s");
    CHECK_FALSE(error_of([] { TimeWindow(24h, 1ms); }).empty());
    CHECK_FALSE(error_of([] { TimeWindow(1s, 2s); }).empty());
}

TEST_CASE("a wrong window does not compile in a constant expression") {
    static_assert(is_constant_expression([] { return CountWindow{1}; }));
    static_assert(!is_constant_expression([] { return CountWindow{0}; }));
    static_assert(is_constant_expression([] { return TimeWindow{2s}; }));
    static_assert(!is_constant_expression([] { return TimeWindow{-2s}; }));
    SUCCEED("at compile time");
}
