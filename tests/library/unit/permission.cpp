// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};

template <class Breaker>
typename Breaker::Permission acquire(Breaker& breaker) {
    std::optional<typename Breaker::Permission> permission = breaker.try_acquire();
    REQUIRE(permission);
    return std::move(*permission);
}

template <class Breaker>
Metrics metrics_of(Breaker& breaker) {
    return breaker.info().metrics;
}

}  // namespace

TEST_CASE("a permission is settled by its outcome") {
    CircuitBreaker breaker;
    acquire(breaker).succeeded();
    CHECK(metrics_of(breaker).total_count == 1);
    CHECK(metrics_of(breaker).failure_count == 0);
    acquire(breaker).failed();
    CHECK(metrics_of(breaker).failure_count == 1);
}

TEST_CASE("the first outcome of a permission counts, and no other") {
    CircuitBreaker breaker;
    auto permission = acquire(breaker);
    CHECK_FALSE(permission.settled());
    permission.failed();
    CHECK(permission.settled());
    permission.succeeded();
    permission.failed();
    permission.returned(5);
    permission.threw(std::make_exception_ptr(Down{}));
    CHECK(metrics_of(breaker).total_count == 1);
    CHECK(metrics_of(breaker).failure_count == 1);
}

TEST_CASE("a permission that is dropped is neutral") {
    CircuitBreaker breaker;
    CHECK_FALSE(acquire(breaker).settled());
    CHECK(metrics_of(breaker).total_count == 0);
}

TEST_CASE("a permission moves, and is settled where it went") {
    CircuitBreaker breaker;
    auto first = acquire(breaker);
    auto second = std::move(first);
    CHECK(first.settled());
    first.failed();
    CHECK(metrics_of(breaker).total_count == 0);

    auto third = acquire(breaker);
    third = std::move(second);  // what `third` held is neutral now
    third.succeeded();
    CHECK(metrics_of(breaker).total_count == 1);

    static_assert(!std::is_copy_constructible_v<decltype(first)>);
    static_assert(!std::is_copy_assignable_v<decltype(first)>);
    static_assert(std::is_nothrow_move_constructible_v<decltype(first)>);
    static_assert(std::is_nothrow_move_assignable_v<decltype(first)>);
}

TEST_CASE("the tracker judges what a permission returned or threw") {
    CircuitBreaker breaker{TypeOf<Down>{} | Result{[](int status) { return status >= 500; }}};
    acquire(breaker).returned(503);
    CHECK(metrics_of(breaker).failure_count == 1);
    acquire(breaker).returned(200);
    CHECK(metrics_of(breaker).total_count == 2);
    CHECK(metrics_of(breaker).failure_count == 1);
    acquire(breaker).threw(std::make_exception_ptr(Down{}));
    CHECK(metrics_of(breaker).failure_count == 2);
    acquire(breaker).threw(std::make_exception_ptr(std::logic_error{"mine"}));
    acquire(breaker).threw(std::make_exception_ptr(42));
    CHECK(metrics_of(breaker).total_count == 3);
}

TEST_CASE("by default everything thrown is a failure of a permission, and nothing returned") {
    CircuitBreaker breaker;
    acquire(breaker).threw(std::make_exception_ptr(42));
    acquire(breaker).returned(503);
    CHECK(metrics_of(breaker).total_count == 2);
    CHECK(metrics_of(breaker).failure_count == 1);
}

TEST_CASE("a permission that threw nothing is a mistake, and still unsettled") {
    CircuitBreaker breaker;
    auto permission = acquire(breaker);
    CHECK(error_of([&] { permission.threw(nullptr); }) ==
          "fluxgate: Permission::threw's exception must be an exception, but is null");
    CHECK_FALSE(permission.settled());
}

TEST_CASE("a permission measures the time from its grant to its outcome") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, KeepDurations{CountWindow{10}}};
    auto permission = acquire(breaker);
    time.advance(3s);
    permission.succeeded();
    CHECK(metrics_of(breaker).avg_duration() == 3s);
}

TEST_CASE("no permission is given while the circuit is open") {
    CircuitBreaker breaker{FailureStreak{1}};
    acquire(breaker).failed();
    CHECK_FALSE(breaker.try_acquire());
}
