// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A fiber that is destroyed while it is suspended is unwound by an exception that must go on.

#include "catch.hpp"

#include <fluxgate/boost_context.hpp>
#include <fluxgate/fluxgate.hpp>

#include <boost/context/fiber.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

using namespace fluxgate;
namespace context = boost::context;

namespace {

/// Runs `body(suspend)` in a fiber until it calls `suspend`, and destroys it there.
template <class F>
void run_and_destroy(F body) {
    context::fiber fiber{[&](context::fiber&& main) {
        body([&] { main = std::move(main).resume(); });
        return std::move(main);
    }};
    fiber = std::move(fiber).resume();
}

}  // namespace

TEST_CASE("a call whose fiber is destroyed is neutral, and goes through its fallback") {
    int asked = 0;
    CircuitBreaker breaker{OnFibers{}, FailureStreak{1}};
    CircuitBreaker typed{OnFibers{}, FailureStreak{1}, ~TypeOf<std::runtime_error>{}};
    run_and_destroy([&](auto suspend) { breaker.call(suspend); });
    run_and_destroy([&](auto suspend) { typed.call(suspend); });
    run_and_destroy([&](auto suspend) { static_cast<void>(breaker.try_call(suspend)); });
    run_and_destroy([&](auto suspend) {
        breaker.call_with_fallback(suspend, [&](std::exception_ptr) { ++asked; });
    });
    run_and_destroy([&](auto suspend) { breaker.call_with_fallback(suspend, [&] { ++asked; }); });
    CHECK(asked == 0);
    CHECK(breaker.info().metrics.total_count == 0);
    CHECK(typed.info().metrics.total_count == 0);
    CHECK(typed.info().state == State::closed);
}

TEST_CASE("errors in a fiber are failures all the same") {
    CircuitBreaker breaker{OnFibers{}, FailureStreak{1}};
    CHECK_THROWS_AS(breaker.call([] { throw std::runtime_error{"down"}; }), std::runtime_error);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a fiber may be destroyed in a listener and in a tracker") {
    std::function<void()> suspend;
    CircuitBreaker breaker{OnFibers{}, Listeners{[&](const Signal&) { suspend(); }},
                           Custom{[&](const std::exception&) {
                               suspend();
                               return true;
                           }}};
    run_and_destroy([&](auto here) {
        suspend = here;
        breaker.force_open();
    });
    CHECK(breaker.info().state == State::forced_open);

    suspend = [] {};
    breaker.reset();
    run_and_destroy([&](auto here) {
        suspend = here;
        breaker.call([] { throw std::runtime_error{"down"}; });
    });
    suspend = [] {};
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("fibers take any environment") {
    testing::VirtualTime time;
    CircuitBreaker breaker{OnFibers{testing::Virtual{time}}, FailureStreak{1},
                           Cooldown{std::chrono::seconds{1}}, permits::All{}};
    breaker.try_acquire().value().failed();
    CHECK_FALSE(breaker.try_acquire());
    time.advance(std::chrono::seconds{1});
    CHECK(breaker.try_acquire());
}
