// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls that are begun and settled in two steps: acquire, and a permission.

#include "catch.hpp"

#include <fluxgate/any_async_circuit_breaker.hpp>
#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

/// Takes a breaker, closed, through the states in which it grants and rejects.
template <class Breaker>
void check_two_steps(Breaker& breaker, VirtualTime& time) {
    breaker.acquire().succeeded();
    Rejection why{State::closed, 5s, SharedName{"untouched"}};
    breaker.try_acquire(why).value().succeeded();
    CHECK(why == Rejection{State::closed, 5s, SharedName{"untouched"}});
    CHECK(breaker.info().totals == TotalCounts{.succeeded = 2});

    breaker.open_for(10s);
    time.advance(4s);
    CHECK_FALSE(breaker.try_acquire(why));
    CHECK(why == Rejection{State::open, 6s, SharedName{"payments"}});
    try {
        static_cast<void>(breaker.acquire());
        FAIL("it was granted");
    } catch (const CallNotPermittedError& error) {
        CHECK(error.rejection() == why);
    }
    breaker.force_open();
    CHECK_FALSE(breaker.try_acquire(why));
    CHECK(why == Rejection{State::forced_open, std::nullopt, SharedName{"payments"}});
    CHECK(breaker.info().totals == TotalCounts{.succeeded = 2, .rejected = 3, .opened = 1});

    breaker.open_for(1s);
    time.advance(1s);
    auto trial = breaker.acquire();
    CHECK_FALSE(breaker.try_acquire(why));
    CHECK(why == Rejection{State::half_open, std::nullopt, SharedName{"payments"}});
    CHECK_THROWS_AS(breaker.acquire(), CallNotPermittedError);
    trial.succeeded();
    CHECK(breaker.info().state == State::closed);
}

}  // namespace

TEST_CASE("acquire throws as call does, and try_acquire says why") {
    VirtualTime time;
    const Name name{"payments"};
    SECTION("for a breaker of types") {
        CircuitBreaker breaker{Virtual{time}, name, Totals{}, SingleTrial{1h}, FailureStreak{1}};
        check_two_steps(breaker, time);
    }
    SECTION("for the preset") {
        CircuitBreaker breaker{Virtual{time}, name, Totals{}, presets::request_response(1h)};
        check_two_steps(breaker, time);
    }
    SECTION("for a breaker from a text") {
        AnyCircuitBreaker breaker{parse_policies("permit = single_trial(1h)"), Virtual{time}, name,
                                  Totals{}};
        check_two_steps(breaker, time);
    }
    SECTION("for a breaker of awaited calls") {
        AsyncCircuitBreaker breaker{
            Virtual{time}, name, Totals{}, permits::All{}, FailureStreak{1}, MaxHalfOpenCalls{1}};
        check_two_steps(breaker, time);
    }
    SECTION("for one of awaited calls from a text") {
        AnyAsyncCircuitBreaker breaker{parse_policies("permit = all; trip = failure_streak(1)"),
                                       Virtual{time}, name, Totals{}, MaxHalfOpenCalls{1}};
        check_two_steps(breaker, time);
    }
}

TEST_CASE("the two-step way by a key") {
    KeyedBreakers hosts{[](std::string_view key) {
                            return CircuitBreaker{FailureStreak{1}, Cooldown{1h}, Name{key}};
                        },
                        MaxBreakers{1}};
    Rejection why;
    {
        auto permission = hosts.acquire("a");
        static_cast<void>(hosts["b"]);  // beyond the cap, as a is held
        permission.failed();
    }
    CHECK_FALSE(hosts.try_acquire("a", why));
    CHECK(why.name == "a");
    CHECK(why.retry_after);
    CHECK_THROWS_AS(hosts.acquire("a"), CallNotPermittedError);
    CHECK(hosts.try_acquire("b", why));
}

TEST_CASE("a permission that a std::function keeps is settled by its call, or neutral") {
    CircuitBreaker breaker{Totals{}};
    std::function<void(int)> on_answer =
        [call = std::make_shared<decltype(breaker)::Permission>(breaker.acquire())](int status) {
            call->returned(status);
        };
    const std::function<void(int)> copy = on_answer;
    copy(200);
    CHECK(breaker.info().totals == TotalCounts{.succeeded = 1});
    on_answer = [call = std::make_shared<decltype(breaker)::Permission>(breaker.acquire())](int) {};
    on_answer = nullptr;
    CHECK(breaker.info().totals == TotalCounts{.succeeded = 1, .neutral = 1});
}
