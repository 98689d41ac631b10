// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Clocks that no one would wish for: below their epoch, at their ends, going back.

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <ratio>

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

/// A clock that a test moves, with a coarse one that ticks every ten milliseconds, and counts how
/// often the exact one was read. Its draws are told, too.
struct TickingClock : environment_base {
    struct Told {
        nanoseconds now{};
        double draw = 0.5;
        int exact_readings = 0;
    };
    using Mutex = std::mutex;
    explicit TickingClock(Told& is_told) : told{is_told} {}
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept {
        ++told.get().exact_readings;
        return std::chrono::steady_clock::time_point{told.get().now};
    }
    [[nodiscard]] std::chrono::steady_clock::time_point coarse_now() const noexcept {
        return std::chrono::steady_clock::time_point{
            std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<1, 100>>>(
                told.get().now)};
    }
    static constexpr nanoseconds coarse_error = 20ms;
    [[nodiscard]] static std::chrono::system_clock::time_point wall_clock() noexcept { return {}; }
    [[nodiscard]] double uniform() const noexcept { return told.get().draw; }
    std::reference_wrapper<Told> told;
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

TEST_CASE("a rejection never tells less than what is left, nor more than the wait or a sixteenth") {
    for (const nanoseconds wait : {nanoseconds{3ms}, nanoseconds{319ms}, nanoseconds{5s}}) {
        TickingClock::Told told{.now = 7ms};
        CircuitBreaker breaker{TickingClock{told}, FailureStreak{1}, Cooldown{wait}};
        breaker.try_acquire().value().failed();
        for (nanoseconds left = wait; left > 0ns; left -= wait / 1000) {
            told.now = 7ms + wait - left;
            const auto rejection = breaker.try_call([] {}).error();
            REQUIRE(rejection.state == State::open);
            REQUIRE(rejection.retry_after.value() >= left);
            REQUIRE(rejection.retry_after.value() <= wait);
            REQUIRE(rejection.retry_after.value() - left <= left / 16);
        }
    }
}

TEST_CASE("a rejection far from the end of the wait reads no exact clock") {
    TickingClock::Told told;
    CircuitBreaker breaker{TickingClock{told}, FailureStreak{1}, Cooldown{5s}, Totals{}};
    breaker.try_acquire().value().failed();
    told.now = 2s;
    told.exact_readings = 0;
    CHECK_FALSE(breaker.try_acquire().has_value());
    CHECK_FALSE(breaker.try_call([] {}).has_value());
    CHECK(breaker.call_with_fallback([] { return 1; }, [] { return 2; }) == 2);
    CHECK(told.exact_readings == 0);
    CHECK(breaker.info().totals.value().rejected == 3);
}

TEST_CASE("a share of trials that grows is the one of the exact clock") {
    const RampUp ramp{0.25, 0.75, 100ms};
    TickingClock::Told told;
    // Each outcome leaves the breaker half-open.
    CircuitBreaker breaker{TickingClock{told}, MinRequests{1'000'000}, retries::Always{}, ramp};
    breaker.open_for(1ns);
    told.now = 5ms;
    told.draw = 0.0;
    CHECK(breaker.try_acquire().has_value());
    REQUIRE(breaker.info().state == State::half_open);
    int exact = 0;
    for (nanoseconds now = 5ms; now < 135ms; now += 500us) {
        for (const double draw : {0.0, 0.24, 0.26, 0.4, 0.5, 0.6, 0.74, 0.76, 0.99}) {
            told = {.now = now, .draw = draw, .exact_readings = 0};
            CHECK(breaker.try_acquire().has_value() == ramp(now - 5ms, draw));
            exact += told.exact_readings;
        }
    }
    CHECK(exact > 0);     // near the share of that moment,
    CHECK(exact < 1000);  // and nowhere else: of 2,340 calls
}

TEST_CASE("a permit of a user's own is asked about the exact time alone, unless it says more") {
    struct Lottery : permit_base {
        bool operator()(nanoseconds since_half_open, double) const noexcept {
            return since_half_open.count() % 2 == 0;
        }
    };
    TickingClock::Told told;
    CircuitBreaker breaker{TickingClock{told}, MinRequests{1'000'000}, retries::Always{},
                           Lottery{}};
    breaker.open_for(1ns);
    told.now = 2ns;
    CHECK(breaker.try_acquire().has_value());
    told.now = 3ns;
    CHECK_FALSE(breaker.try_acquire().has_value());
}
