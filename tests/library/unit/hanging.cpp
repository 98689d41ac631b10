// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls that hang on: evidence anew for each further threshold, however few they are.

#include "catch.hpp"
#include "spawn.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

/// Acquires as many permissions as a pool has connections, where the circuit grants them.
template <class Breaker>
auto pool_of(std::size_t connections, Breaker& breaker) {
    std::vector<typename Breaker::Permission> calls;
    while (calls.size() != connections) {
        calls.push_back(std::move(breaker.try_acquire().value()));
    }
    return calls;
}

/// Looks every tenth of a second, for so long. Returns when the circuit was not closed any more.
template <class Breaker>
std::optional<std::chrono::milliseconds> opens_within(std::chrono::milliseconds span,
                                                      Breaker& breaker, VirtualTime& time) {
    for (auto passed = 0ms; passed != span;) {
        time.advance(100ms);
        passed += 100ms;
        if (breaker.info().state != State::closed) {
            return passed;
        }
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("a pool that hangs whole opens the preset, however small it is") {
    const std::size_t connections = GENERATE(1U, 2U, 4U, 8U, 16U, 100U);
    const int calls_before = GENERATE(0, 600);
    VirtualTime time;
    std::vector<Signal> signals;
    CircuitBreaker breaker{Virtual{time}, presets::request_response(300ms), Totals{},
                           Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    for (int i = 0; i != calls_before; ++i) {
        breaker.try_acquire()->succeeded();
        time.advance(10ms);
    }
    const auto calls = pool_of(connections, breaker);
    CHECK(opens_within(20s, breaker, time));
    REQUIRE(signals.size() == 1);
    CHECK(signals[0].reason == Reason::overdue);
    const TotalCounts totals = breaker.info().totals.value();
    CHECK(totals.failed == 0);
    CHECK(totals.overdue <= connections);
    CHECK(totals.overdue >= std::min<std::size_t>(connections, 5));
}

TEST_CASE("window, streak and totals have a call that hangs on once") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, CountWindow{100}, FailureStreak{5} & FailureScore{5.0},
                           Overdue{1s}, Totals{}};
    auto calls = pool_of(4, breaker);
    time.advance(60s);
    const CircuitBreakerInfo info = breaker.info();
    CHECK(info.state == State::closed);
    CHECK(info.metrics.failure_count == 4);
    CHECK(info.totals == TotalCounts{.overdue = 4});
    CHECK(breaker.save().streak == 4);
    CHECK(breaker.save().score > 200.0);
    calls.back().succeeded();
    CHECK(breaker.info().totals == TotalCounts{.succeeded = 1, .overdue = 4});
}

TEST_CASE("whoever looks finds calls that hang on") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureScore{5.0, 0.0}, Overdue{1s}};
    auto calls = pool_of(3, breaker);
    time.advance(1100ms);
    auto other = breaker.try_acquire();
    CHECK(breaker.info().state == State::closed);
    time.advance(900ms);
    CHECK(breaker.info().state == State::closed);
    time.advance(100ms);
    SECTION("a look") {
        CHECK(breaker.info().state == State::open);
    }
    SECTION("a call") {
        CHECK_FALSE(breaker.try_acquire());
    }
    SECTION("an outcome, which comes too late to count") {
        other->succeeded();
        CHECK(breaker.save().state == State::open);
        CHECK(breaker.info().last_reason == Reason::overdue);
    }
}

TEST_CASE("a call that begins beside others finds calls that hang on") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureScore{8.0, 0.0}, Overdue{1s}};
    const auto stuck = pool_of(3, breaker);
    time.advance(1100ms);
    CHECK(breaker.save().score == 3.0);
    // So long after the first ones, calls are counted by slices that begin with this one.
    time.advance(1210ms);
    const auto later = breaker.try_acquire();
    CHECK(breaker.save().score == 6.0);
    time.advance(720ms);
    const auto beside = breaker.try_acquire();
    CHECK(beside);
    time.advance(10ms);
    CHECK_FALSE(breaker.try_acquire());
}

TEST_CASE("a call that has come back is no more evidence") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureScore{5.0, 0.0, 0.0}, Overdue{1s}};
    auto calls = pool_of(2, breaker);
    time.advance(1100ms);
    CHECK(breaker.save().score == 2.0);
    SECTION("it succeeded") {
        calls.back().succeeded();
    }
    SECTION("it failed") {
        calls.back().failed();
    }
    SECTION("it was dropped") {
        calls.pop_back();
    }
    time.advance(1s);
    CHECK(breaker.save().score == 3.0);
    calls.clear();
    time.advance(60s);
    CHECK(breaker.save().score == 3.0);
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a service that answers others is borne while few calls hang") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, presets::request_response(300ms)};
    const auto stuck = pool_of(3, breaker);
    for (int i = 0; i != 600; ++i) {
        time.advance(100ms);
        auto answered = breaker.try_acquire();
        REQUIRE(answered);
        answered->succeeded();
    }
}

TEST_CASE("calls of many slices that hang are evidence, if not each of them") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureScore{100.0, 0.0}, Overdue{1s}};
    std::vector<decltype(breaker)::Permission> calls;
    for (int i = 0; i != 20; ++i) {
        calls.push_back(std::move(breaker.try_acquire().value()));
        time.advance(40ms);
    }
    time.advance(1s);
    CHECK(breaker.save().score == 20.0);
    for (int i = 0; i != 30; ++i) {
        time.advance(1s);
        static_cast<void>(breaker.info());
    }
    CHECK(breaker.info().state == State::open);
    calls.clear();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("trials that hang on open a circuit that leaves the verdict to the tripper") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureScore{5.0, 0.0}, Cooldown{1s}, permits::All{},
                           Overdue{1s}};
    breaker.open_for(1s);
    time.advance(1s);
    auto trials = pool_of(3, breaker);
    CHECK(breaker.info().state == State::half_open);
    time.advance(1s);
    CHECK(breaker.info().state == State::half_open);
    SECTION("all hang on") {
        time.advance(1s);
        CHECK(breaker.info().state == State::open);
        trials.clear();
    }
    SECTION("two came back") {
        trials.pop_back();
        trials.pop_back();
        time.advance(1s);
        CHECK(breaker.info().state == State::half_open);
        time.advance(1s);
        CHECK(breaker.info().state == State::open);
    }
}

TEST_CASE("a lease without a verdict counts hanging trials too") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureScore{5.0, 0.0}, Cooldown{1s}, permits::All{},
                           MaxHalfOpenCalls{2, 1s}};
    breaker.open_for(1s);
    time.advance(1s);
    const auto trials = pool_of(2, breaker);
    time.advance(2s);
    CHECK(breaker.info().state == State::half_open);
    time.advance(1s);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("calls that hang on would have opened a circuit in metrics_only") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, presets::request_response(1s), Totals{}};
    breaker.metrics_only();
    const auto calls = pool_of(4, breaker);
    time.advance(60s);
    const CircuitBreakerInfo info = breaker.info();
    CHECK(info.state == State::metrics_only);
    CHECK(info.totals == TotalCounts{.would_have_opened = 1, .overdue = 4});
}

TEST_CASE("a transition ends what hanging calls of before say") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureScore{5.0, 0.0}, Overdue{1s}};
    auto calls = pool_of(4, breaker);
    time.advance(1100ms);
    CHECK(breaker.save().score == 4.0);
    breaker.reset();
    time.advance(60s);
    CHECK(breaker.save().score == 0.0);
    calls.clear();
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a text that is exchanged while calls hang") {
    VirtualTime time;
    AnyCircuitBreaker breaker{parse_policies("trip = failure_score(9, 0); overdue = 1s"),
                              Virtual{time}};
    auto calls = pool_of(4, breaker);
    time.advance(1100ms);
    CHECK(breaker.save().score == 4.0);
    SECTION("for the same threshold, they hang on as before") {
        breaker.reconfigure(parse_policies("trip = failure_score(9, 0); overdue = 1s"));
        time.advance(1s);
        CHECK(breaker.save().score == 8.0);
    }
    SECTION("for another one, they hang on by that") {
        breaker.reconfigure(parse_policies("trip = failure_score(9, 0); overdue = 2s"));
        time.advance(1900ms);
        CHECK(breaker.save().score == 4.0);
        time.advance(100ms);
        CHECK(breaker.save().score == 8.0);
    }
    SECTION("for none, nothing hangs") {
        breaker.reconfigure(parse_policies("trip = failure_score(9, 0)"));
        time.advance(60s);
        CHECK(breaker.save().score == 4.0);
        breaker.reconfigure(parse_policies("trip = failure_score(9, 0); overdue = 1s"));
        time.advance(60s);
        CHECK(breaker.save().score == 4.0);
    }
    SECTION("for a tripper without a score, nobody counts") {
        breaker.reconfigure(parse_policies("trip = failure_streak(9); overdue = 1s"));
        time.advance(60s);
        CHECK(breaker.info().state == State::closed);
        CHECK(breaker.save().score == 0.0);
    }
    calls.clear();
    CHECK(breaker.info().metrics.failure_count == 4);
}

TEST_CASE("a permit that judges trials is not asked about trials that hang on") {
    VirtualTime time;
    AnyCircuitBreaker breaker{
        parse_policies(
            "trip = failure_score(5, 0); wait = cooldown(1s); permit = all; overdue = 1s"),
        Virtual{time}};
    breaker.open_for(1s);
    time.advance(1s);
    const auto trials = pool_of(3, breaker);
    time.advance(1100ms);
    CHECK(breaker.info().state == State::half_open);
    breaker.reconfigure(parse_policies(
        "trip = failure_score(5, 0); wait = cooldown(1s); permit = trials(5); overdue = 1s"));
    time.advance(60s);
    CHECK(breaker.info().state == State::half_open);
    CHECK(breaker.save().score == 3.0);
}

TEST_CASE("awaited calls that hang on open the circuit") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time}, presets::request_response(300ms)};
    std::vector<decltype(breaker)::Permission> calls = pool_of(4, breaker);
    CHECK(opens_within(5s, breaker, time));
}

TEST_CASE("a breaker of one thread counts calls that hang on, too") {
    CircuitBreaker breaker{SingleThreaded{}, FailureScore{5.0, 0.0}, Overdue{1ms}};
    const auto calls = pool_of(2, breaker);
    while (breaker.info().state == State::closed) {
    }
    CHECK(breaker.info().last_reason == Reason::overdue);
}

TEST_CASE("info tells how many calls are under way, where calls may be overdue") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, presets::request_response(300ms)};
    CHECK(breaker.info().calls_under_way == 0U);
    auto calls = pool_of(3, breaker);
    CHECK(breaker.info().calls_under_way == 3U);
    time.advance(350ms);
    calls.push_back(std::move(breaker.try_acquire().value()));
    CHECK(breaker.info().calls_under_way == 4U);  // those that are overdue among them
    calls.front().succeeded();
    CHECK(breaker.info().calls_under_way == 3U);
    calls.clear();
    CHECK(breaker.info().calls_under_way == 0U);
    SECTION("calls of before a transition are not among them") {
        const auto before = pool_of(2, breaker);
        breaker.reset();
        const auto after = pool_of(1, breaker);
        CHECK(breaker.info().calls_under_way == 1U);
    }
    SECTION("trials are those of half-open") {
        breaker.open_for(1s);
        CHECK(breaker.info().calls_under_way == 0U);
        time.advance(1s);
        const auto trial = pool_of(1, breaker);
        CHECK(breaker.info().calls_under_way == 1U);
    }
    SECTION("nobody knows where nothing is recorded") {
        breaker.disable();
        CHECK_FALSE(breaker.info().calls_under_way);
    }
    SECTION("nobody knows without an Overdue") {
        CHECK_FALSE(CircuitBreaker{}.info().calls_under_way);
    }
}

TEST_CASE("calls under way are known over an exchange of policies") {
    VirtualTime time;
    AnyCircuitBreaker breaker{parse_policies("preset = request_response(300ms)"), Virtual{time}};
    auto calls = pool_of(3, breaker);
    time.advance(400ms);
    calls.push_back(std::move(breaker.try_acquire().value()));
    breaker.reconfigure(parse_policies("preset = request_response(500ms)"));
    CHECK(breaker.info().calls_under_way == 4U);
    calls.clear();
    CHECK(breaker.info().calls_under_way == 0U);
    breaker.reconfigure(parse_policies("trip = failure_streak(3)"));
    CHECK_FALSE(breaker.info().calls_under_way);
}
