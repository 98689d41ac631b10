// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls that say nothing of the service: as if they were not made.

#include "catch.hpp"
#include "half_open.hpp"
#include "spawn.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

enum class Code { ok, unavailable, cancelled };

struct Cancelled : std::runtime_error {
    Cancelled() : std::runtime_error{"cancelled"} {}
};
struct CancelledByUser : Cancelled {};
struct PlainError {
    int code;
};

constexpr auto is_cancelled = [](Code code) { return code == Code::cancelled; };
constexpr auto has_failed = [](Code code) { return code != Code::ok; };

/// Returns what one call does to a breaker with this tracker: empty where it is neutral.
template <class Tracker, class F>
std::optional<bool> outcome_of(Tracker tracker, F f) {
    CircuitBreaker breaker{tracker, Totals{}, CountWindow{1}, FailureStreak{1}};
    try {
        static_cast<void>(breaker.call(f));
    } catch (...) {
    }
    const TotalCounts totals = breaker.info().totals.value();
    REQUIRE(totals.succeeded + totals.failed + totals.neutral == 1);
    return totals.neutral == 1 ? std::nullopt : std::optional{totals.succeeded == 1};
}

template <class E>
auto throws(E error) {
    return [error]() -> int { throw error; };
}

}  // namespace

TEST_CASE("a result that is neutral is as if the call was not made") {
    CircuitBreaker breaker{Neutral{is_cancelled} | Result{has_failed}, FailureStreak{3}, Totals{}};
    const auto returns = [&](Code code) { breaker.call([&] { return code; }); };
    returns(Code::unavailable);
    returns(Code::unavailable);
    returns(Code::cancelled);  // no success, which would end the streak
    CHECK(breaker.info().totals == TotalCounts{.failed = 2, .neutral = 1});
    CHECK(breaker.info().metrics.total_count == 2);
    returns(Code::unavailable);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("no operand overrules what is neutral") {
    const auto cancelled = [] { return Code::cancelled; };
    const auto unavailable = [] { return Code::unavailable; };
    CHECK_FALSE(outcome_of(Neutral{is_cancelled} | Result{has_failed}, cancelled));
    CHECK_FALSE(outcome_of(Result{has_failed} | Neutral{is_cancelled}, cancelled));
    CHECK_FALSE(outcome_of(Result{has_failed} & Neutral{is_cancelled}, cancelled));
    CHECK_FALSE(outcome_of(~(Result{has_failed} | Neutral{is_cancelled}), cancelled));
    CHECK_FALSE(outcome_of(Neutral{is_cancelled}, cancelled));
    CHECK(outcome_of(Neutral{is_cancelled}, unavailable) == true);
    CHECK(outcome_of(Neutral{is_cancelled} | Result{has_failed}, unavailable) == false);
    CHECK(outcome_of(Neutral{is_cancelled}, throws(1)) == false);

    const auto by_type = Neutral{[](const Cancelled&) { return true; }};
    CHECK_FALSE(outcome_of(by_type | AsSuccess<Cancelled>{}, throws(Cancelled{})));
    CHECK_FALSE(outcome_of(by_type | TypeOf<std::exception>{}, throws(CancelledByUser{})));
    CHECK(outcome_of(by_type, throws(std::runtime_error{""})) == false);
    CHECK(outcome_of(by_type | AsSuccess<std::runtime_error>{}, throws(std::runtime_error{""})) ==
          true);
}

TEST_CASE("exceptions are neutral that a handler would catch, and the predicate says are") {
    const auto by_value = Neutral{[](const PlainError& error) { return error.code == 1; }};
    CHECK_FALSE(outcome_of(by_value, throws(PlainError{1})));
    CHECK(outcome_of(by_value, throws(PlainError{2})) == false);
    CHECK(outcome_of(by_value, throws(Cancelled{})) == false);
    const auto any = Neutral{[](std::exception_ptr) { return true; }};
    CHECK_FALSE(outcome_of(any, throws(1)));
    CHECK(outcome_of(any, [] { return Code::cancelled; }) == true);
}

TEST_CASE("the predicate of Neutral takes results as that of Result does") {
    const auto generic = Neutral{[](const auto& code) { return code == Code::cancelled; }};
    CHECK_FALSE(outcome_of(generic, [] { return Code::cancelled; }));
    const auto exact = Neutral{[](std::same_as<int> auto code) { return code == 1; }};
    CHECK_FALSE(outcome_of(exact, [] { return 1; }));
    CHECK(outcome_of(exact, [] { return 1L; }) == true);
    struct Reply {
        bool is_cancelled = false;
        [[nodiscard]] bool was_cancelled() const { return is_cancelled; }
    };
    const auto member = Neutral{&Reply::was_cancelled};
    CHECK_FALSE(outcome_of(member, [] { return Reply{true}; }));
    CHECK(outcome_of(member, [] { return Reply{false}; }) == true);
}

TEST_CASE("a tracker of one's own may ignore results and exceptions") {
    struct Own : tracker_base {
        bool counts_result(Code code) const { return code == Code::unavailable; }
        bool ignores_result(Code code) const { return code == Code::cancelled; }
        bool ignores_exception(const CaughtException& caught) const {
            return caught.is<Cancelled>();
        }
    };
    CHECK_FALSE(outcome_of(Own{}, [] { return Code::cancelled; }));
    CHECK(outcome_of(Own{}, [] { return Code::unavailable; }) == false);
    CHECK(outcome_of(Own{}, [] { return Code::ok; }) == true);
    CHECK_FALSE(outcome_of(Own{} | TypeOf<std::exception>{}, throws(Cancelled{})));
    CHECK(outcome_of(Own{}, throws(1)) == false);
}

TEST_CASE("a predicate of Neutral that throws leaves the call neutral") {
    const auto fragile = [](Code) -> bool { throw std::logic_error{"fragile"}; };
    CircuitBreaker breaker{Neutral{fragile}, Totals{}};
    CHECK_THROWS_AS(breaker.call([] { return Code::ok; }), std::logic_error);
    CHECK(breaker.info().totals == TotalCounts{.neutral = 1});

    int reports = 0;
    CircuitBreaker other{Neutral{[](const Cancelled&) -> bool { throw 1; }}, Totals{},
                         Listeners{}.on_error([&](std::exception_ptr) { ++reports; })};
    CHECK_THROWS_AS(other.call(throws(Cancelled{})), Cancelled);
    CHECK(other.info().totals == TotalCounts{.neutral = 1});
    CHECK(reports == 1);
}

TEST_CASE("a neutral call is one for every way to call, and in every state") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, Neutral{is_cancelled} | Result{has_failed},
                           FailureStreak{2},       SingleTrial{1s},
                           Cooldown{1s},           Totals{}};
    const auto cancelled = [] { return Code::cancelled; };
    const auto ways = [&] {
        CHECK(breaker.call(cancelled) == Code::cancelled);
        CHECK(breaker.try_call(cancelled).value() == Code::cancelled);
        CHECK(breaker.call_with_fallback(cancelled, [] { return Code::ok; }) == Code::cancelled);
        CHECK(breaker.wrap(cancelled)() == Code::cancelled);
        breaker.try_acquire()->returned(Code::cancelled);
        breaker.try_acquire()->neutral();
    };
    ways();
    CHECK(breaker.info().totals == TotalCounts{.neutral = 6});
    breaker.metrics_only();
    ways();
    breaker.open_for(1s);
    time.advance(1s);
    ways();  // each frees the one place for a trial
    CHECK(breaker.info().state == State::half_open);
    breaker.disable();
    ways();
    CHECK(breaker.info().totals == TotalCounts{.neutral = 24, .opened = 1});
}

TEST_CASE("a neutral permission gives its place back, and counts no more") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, SingleTrial{1s}, FailureStreak{1}, Totals{},
                           Cooldown{1s}};
    breaker.open_for(1s);
    time.advance(1s);
    auto trial = breaker.try_acquire().value();
    CHECK_FALSE(breaker.try_acquire());
    trial.neutral();
    CHECK(trial.settled());
    trial.failed();
    trial.neutral();
    CHECK(breaker.info().state == State::half_open);
    CHECK(breaker.info().totals == TotalCounts{.neutral = 1, .rejected = 1, .opened = 1});
    breaker.try_acquire().value().succeeded();
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("awaited results may be neutral") {
    AsyncCircuitBreaker breaker{Neutral{is_cancelled} | Result{has_failed}, FailureStreak{1},
                                Totals{}};
    const auto returns = [](Code code) -> Task<Code> { co_return code; };
    const auto fails = []() -> Task<Code> {
        throw Cancelled{};
        co_return Code::ok;
    };
    CHECK(sync_wait(breaker.call(returns, Code::cancelled)) == Code::cancelled);
    CHECK(breaker.info().totals == TotalCounts{.neutral = 1});
    CHECK_THROWS_AS(sync_wait(breaker.call(fails)), Cancelled);
    CHECK(breaker.info().totals == TotalCounts{.failed = 1, .neutral = 1, .opened = 1});
}
