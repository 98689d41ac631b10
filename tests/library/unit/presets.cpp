// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

TEST_CASE("a preset stands for its policies") {
    CircuitBreaker preset{presets::request_response(500ms)};
    CircuitBreaker written{TimeWindow{10s}, FailureScore{4, 0.9, 4} | FailureStreak{20},
                           SquareRootWait{200ms}, SingleTrial{2s}, Overdue{500ms}};
    static_assert(std::is_same_v<decltype(preset), decltype(written)>);
    AsyncCircuitBreaker async_preset{presets::request_response()};
    AsyncCircuitBreaker async_written{Overdue{1s}, TimeWindow{10s},
                                      FailureScore{4, 0.9, 4} | FailureStreak{20},
                                      SquareRootWait{200ms}, SingleTrial{2s}};
    static_assert(std::is_same_v<decltype(async_preset), decltype(async_written)>);
    CHECK(preset.info().state == State::closed);
}

TEST_CASE("a call that is bearable closes the circuit, however long it may take") {
    VirtualTime time;
    CircuitBreaker breaker{presets::request_response(5s), Virtual{time}};
    for (int call = 0; call < 7; ++call) {
        breaker.try_acquire().value().failed();
    }
    time.advance(1s);
    auto trial = breaker.try_acquire().value();
    time.advance(4s);
    trial.succeeded();
    CHECK(breaker.info().state == State::closed);

    CircuitBreaker slow{presets::request_response(1min), Overdue::none(), Virtual{time},
                        FailureStreak{1}};
    slow.try_acquire().value().failed();
    time.advance(1s);
    auto patient = slow.try_acquire().value();
    time.advance(50s);
    patient.succeeded();
    CHECK(slow.info().state == State::closed);
}

TEST_CASE("what is named beside a preset takes the place of its own") {
    VirtualTime time;
    CircuitBreaker breaker{Cooldown{5s}, presets::request_response(), Overdue::none(),
                           Virtual{time}, FailureStreak{1}};
    CircuitBreaker written{Virtual{time}, TimeWindow{10s}, FailureStreak{1}, Cooldown{5s},
                           SingleTrial{}};
    static_assert(std::is_same_v<decltype(breaker), decltype(written)>);
    breaker.try_acquire().value().failed();
    CHECK(breaker.try_call([] {}).error().retry_after == 5s);

    CircuitBreaker patient{presets::request_response(1s), Overdue{3s}, Virtual{time}};
    const auto hanging = patient.try_acquire();
    time.advance(2s);
    CHECK(patient.info().metrics.failure_count == 0);
    time.advance(2s);
    CHECK(patient.info().metrics.failure_count == 1);
}

TEST_CASE("a preset of one's own may hold any argument") {
    std::vector<Signal> signals;
    Preset mine{FailureStreak{1}, MaxHalfOpenCalls{2},
                Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    CircuitBreaker breaker{std::move(mine), Always{}, permits::All{}};
    breaker.try_acquire().value().failed();
    CHECK(signals.size() == 1);
    const auto first = breaker.try_acquire();
    const auto second = breaker.try_acquire();
    CHECK_FALSE(breaker.try_acquire());
}

TEST_CASE("the preset for requests opens after a handful of failures, and closes by one success") {
    VirtualTime time;
    CircuitBreaker breaker{presets::request_response(), Virtual{time}};
    for (int i = 0; i != 1000; ++i) {
        breaker.call([] {});
        time.advance(10ms);
    }
    int failures = 0;
    while (auto permission = breaker.try_acquire()) {
        permission->failed();
        ++failures;
    }
    CHECK(failures == 13);
    // A fifth of a second, for an outage that has just begun.
    CHECK(breaker.try_call([] {}).error().retry_after == 200ms);
    time.advance(200ms);
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::open);
    time.advance(200ms);
    breaker.call([] {});
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("the preset for requests finds a dead service within 20 failures at any traffic") {
    const int calls_per_second = GENERATE(0, 1, 10, 100, 1'000, 10'000, 100'000);
    CAPTURE(calls_per_second);
    VirtualTime time;
    CircuitBreaker breaker{presets::request_response(), Virtual{time}};
    for (int call = 0; call < 10 * calls_per_second; ++call) {
        breaker.call([] {});
        time.advance(1s / static_cast<double>(calls_per_second));
    }
    int failures = 0;
    while (auto permission = breaker.try_acquire()) {
        permission->failed();
        ++failures;
    }
    CHECK(failures >= 7);
    CHECK(failures <= 20);
}

TEST_CASE("a service that fails now and then does not open the preset") {
    VirtualTime time;
    CircuitBreaker breaker{presets::request_response(), Virtual{time}};
    for (int i = 0; i != 10'000; ++i) {
        auto permission = breaker.try_acquire();
        REQUIRE(permission);
        i % 4 == 0 ? permission->failed() : permission->succeeded();
        time.advance(1ms);
    }
}

TEST_CASE("a wrong preset throws, naming parameter, value and range") {
    CHECK(error_of([] { static_cast<void>(presets::request_response(0s)); }) ==
          "fluxgate: request_response's bearable must be above 0 s and at most 292 years, but is 0 "
          "s");
    static_assert(is_constant_expression([] { return presets::request_response(1ms); }));
    static_assert(!is_constant_expression([] { return presets::request_response(-1ms); }));
}
