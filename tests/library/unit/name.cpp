// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

// A rejection without a name is a constant still.
static_assert(Rejection{State::open, 5s} == Rejection{State::open, 5s});
static_assert(SharedName{}.empty());
static_assert(std::is_nothrow_copy_constructible_v<SharedName>);
static_assert(std::is_nothrow_copy_assignable_v<SharedName>);
static_assert(std::is_nothrow_copy_constructible_v<CallNotPermittedError>);

TEST_CASE("a name of any length is copied, compared and outlives what it was copied from") {
    for (const std::size_t size : {1U, 30U, 31U, 32U, 1000U}) {
        const std::string text(size, 'x');
        std::optional<SharedName> name{SharedName{text}};
        SharedName copy{*name};
        SharedName assigned{"another"};
        assigned = *name;
        SharedName moved{std::move(*name)};
        name.reset();
        CHECK(copy == text);
        CHECK(assigned == copy);
        CHECK(moved == copy);
        CHECK(copy != SharedName{text + "x"});
        CHECK(copy != SharedName{});
        copy = *&copy;
        CHECK(copy.view() == text);
        copy = SharedName{};
        CHECK(copy.empty());
        CHECK(copy == "");
        CHECK(assigned == text);
    }
}

TEST_CASE("a name may hold any byte") {
    const std::string text{"a\0b\n\xff", 5};
    CHECK(SharedName{text}.view() == text);
    CHECK(Name{text}.view() == text);
}

TEST_CASE("a name that is empty is refused") {
    CHECK(error_of([] { const Name name{""}; }) ==
          "fluxgate: Name's text must be at least one character long, but is empty");
    static_assert(!std::is_constructible_v<Name, std::nullptr_t>);
}

TEST_CASE("a breaker tells its name in info, signals, rejections and errors") {
    std::vector<Signal> signals;
    std::optional<CallNotPermittedError> error;
    std::optional<Rejection> rejection;
    std::optional<CircuitBreakerInfo> info;
    const std::string long_name(100, 'n');
    {
        CircuitBreaker breaker{Name{long_name}, FailureStreak{1},
                               Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
        breaker.force_open();
        rejection = breaker.try_call([] {}).error();
        try {
            breaker.call([] {});
        } catch (const CallNotPermittedError& caught) {
            error = caught;
        }
        info = breaker.info();
    }
    REQUIRE(signals.size() == 1);
    CHECK(signals[0].name == long_name);
    CHECK(rejection->name == long_name);
    CHECK(info->name == long_name);
    REQUIRE(error);
    CHECK(error->rejection().name == long_name);
    CHECK(std::string{error->what()} ==
          "call not permitted by \"" + long_name + "\": the circuit is forced open");
}

TEST_CASE("a name needs no listeners, and costs nothing where there is none") {
    CircuitBreaker named{Name{"payments"}};
    CircuitBreaker nameless;
    static_assert(std::is_same_v<decltype(named), decltype(nameless)>);
    CHECK(named.info().name == "payments");
    CHECK(nameless.info().name.empty());
    named.force_open();
    CHECK(named.try_call([] { return 1; }).error().name == "payments");
    AsyncCircuitBreaker async{Name{"async"}, MaxHalfOpenWaiters{1}};
    CHECK(async.info().name == "async");
}

TEST_CASE("a rejection reaches a fallback with the name") {
    CircuitBreaker breaker{Name{"payments"}};
    breaker.force_open();
    const auto told = breaker.call_with_fallback(
        [] { return std::string{}; },
        [](const CallNotPermittedError& error) { return std::string{error.what()}; });
    CHECK(told == "call not permitted by \"payments\": the circuit is forced open");
}

TEST_CASE("lines of logs begin with the name") {
    std::vector<std::string> lines;
    CircuitBreaker breaker{Name{"payments"}, Listeners{[&](const Signal& signal) {
                               lines.push_back(to_string(signal));
                           }}};
    breaker.disable();
    CHECK(lines ==
          std::vector<std::string>{"payments: closed -> disabled (command): 0 calls, 0 failures"});
    CHECK(to_string(breaker.info()) == "payments: disabled: 0 calls, 0 failures");
    std::ostringstream out;
    out << breaker.info().name;
    CHECK(out.str() == "payments");
}
