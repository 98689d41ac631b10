// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Clocks that no one would wish for: below their epoch, at their ends, going back.

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <functional>
#include <mutex>

using namespace fluxgate;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

constexpr nanoseconds earliest = nanoseconds::min();
constexpr nanoseconds latest = nanoseconds::max();

/// A clock that says what a test tells it to.
struct AnyClock : environment_base {
    using Mutex = std::mutex;
    explicit AnyClock(const nanoseconds& now) : time{now} {}
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept {
        return std::chrono::steady_clock::time_point{time.get()};
    }
    [[nodiscard]] std::chrono::steady_clock::time_point coarse_now() const noexcept {
        return now();
    }
    static constexpr nanoseconds coarse_error = 20ms;
    [[nodiscard]] static std::chrono::system_clock::time_point wall_clock() noexcept { return {}; }
    [[nodiscard]] static double uniform() noexcept { return 0.5; }
    std::reference_wrapper<const nanoseconds> time;
};

}  // namespace

TEST_CASE("a time after another one stops at the end of time") {
    using detail::time_after;
    using detail::TimePoint;
    CHECK(time_after(TimePoint{-1000s}, 10s) == TimePoint{-990s});
    CHECK(time_after(TimePoint{earliest}, latest) == TimePoint{-1ns});
    CHECK(time_after(TimePoint{1s}, latest) == TimePoint::max());
    CHECK(time_after(TimePoint::max(), 0s) == TimePoint::max());
}

TEST_CASE("a time between two others is never below zero, and stops at the longest") {
    using detail::time_between;
    using detail::TimePoint;
    CHECK(time_between(TimePoint{-5s}, TimePoint{5s}) == 10s);
    CHECK(time_between(TimePoint{5s}, TimePoint{-5s}) == 0s);
    CHECK(time_between(TimePoint{earliest}, TimePoint{latest}) == latest);
    CHECK(time_between(TimePoint{latest}, TimePoint{earliest}) == 0s);
}

TEST_CASE("a clock below its epoch is as good as one above") {
    for (const nanoseconds start : {earliest, nanoseconds{-1000s}, nanoseconds{-1ns}}) {
        nanoseconds now = start;
        CircuitBreaker breaker{AnyClock{now}, TimeWindow{10s}, FailureStreak{1}, Cooldown{10s},
                               permits::All{}};
        breaker.try_acquire().value().failed();
        CHECK(breaker.try_call([] {}).error() == Rejection{State::open, 10s});
        now += 4s;
        CHECK(breaker.try_call([] {}).error() == Rejection{State::open, 6s});
        now += 6s;
        CHECK(breaker.try_call([] {}).has_value());
    }
}

TEST_CASE("a circuit that never retries stays open whatever the clock says") {
    nanoseconds now = earliest;
    CircuitBreaker breaker{AnyClock{now}, FailureStreak{1}, Never{}};
    breaker.try_acquire().value().failed();
    for (const nanoseconds time : {earliest, nanoseconds{0}, latest - 1ns}) {
        now = time;
        CHECK(breaker.try_call([] {}).error() == Rejection{State::open});
    }
}

TEST_CASE("calls are timed over a clock that goes from one end to the other") {
    nanoseconds now = earliest;
    CircuitBreaker breaker{AnyClock{now}, KeepDurations{CountWindow{3}},
                           SlowRate{1.0, 1s} & MinRequests{2}};
    auto permission = breaker.try_acquire();
    now = latest;
    permission.value().succeeded();
    CHECK(breaker.info().metrics.avg_duration() == latest);

    breaker.reset();
    auto backwards = breaker.try_acquire();
    now = earliest;
    backwards.value().succeeded();
    CHECK(breaker.info().metrics.avg_duration() == 0s);
}

TEST_CASE("a clock that goes back keeps an open circuit open for longer, and no trial waits") {
    nanoseconds now = 1000s;
    CircuitBreaker breaker{AnyClock{now}, FailureStreak{1}, Cooldown{5s}, RampUp{0.6, 1.0, 10s}};
    breaker.try_acquire().value().failed();
    now -= 100s;
    CHECK(breaker.try_call([] {}).error() == Rejection{State::open, 105s});
    now += 105s;
    CHECK(breaker.try_acquire().has_value());
    now -= 300s;
    CHECK(breaker.try_acquire().has_value());
}
