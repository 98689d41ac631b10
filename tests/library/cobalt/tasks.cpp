// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Tasks of Boost.Cobalt: calls, and waits for a slot, each in the thread of its own context.

#include "catch.hpp"
#include "half_open.hpp"

#include <fluxgate/boost_cobalt.hpp>
#include <fluxgate/fluxgate.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/cobalt/spawn.hpp>
#include <boost/cobalt/task.hpp>
#include <boost/system/system_error.hpp>

#ifdef FLUXGATE_TESTS_COBALT_ITSELF
#include <boost/cobalt/promise.hpp>
#include <boost/cobalt/this_thread.hpp>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace fluxgate;
namespace asio = boost::asio;
namespace cobalt = boost::cobalt;

namespace {

cobalt::task<int> answer(int value) {
    co_return value;
}
cobalt::task<int> fail(int) {
    throw std::runtime_error{"down"};
    co_return 0;
}

struct Outcome {
    std::optional<int> value;
    std::exception_ptr error;
};

/// Has a task started in a context, which cancels it by this signal.
void start(asio::io_context& context, cobalt::task<int> task, Outcome& outcome,
           asio::cancellation_signal& signal) {
    cobalt::spawn(context, std::move(task),
                  asio::bind_cancellation_slot(
                      signal.slot(), [&outcome](const std::exception_ptr& error, int value) {
                          if (error == nullptr) {
                              outcome.value = value;
                          }
                          outcome.error = error;
                      }));
}

Outcome outcome_of(cobalt::task<int> task) {
    asio::io_context context{1};
    asio::cancellation_signal signal;
    Outcome outcome;
    start(context, std::move(task), outcome, signal);
    context.run();
    return outcome;
}

}  // namespace

TEST_CASE("A task of Cobalt is called through a breaker", "[cobalt]") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    CHECK(outcome_of(breaker.call(answer, 4)).value == 4);
    for (int i = 0; i < 2; ++i) {
        CHECK_THROWS_AS(std::rethrow_exception(outcome_of(breaker.call(fail, 4)).error),
                        std::runtime_error);
    }
    CHECK_THROWS_AS(std::rethrow_exception(outcome_of(breaker.call(answer, 4)).error),
                    CallNotPermittedError);
}

TEST_CASE("A guarded call of a task of Cobalt, which is asked whether it was cancelled, is a task",
          "[cobalt]") {
    AsyncCircuitBreaker breaker;
    CHECK(outcome_of(breaker.guarded(answer, 4)).value == 4);
    CHECK(outcome_of(breaker.guarded_with_fallback(fail, [] { return 7; }, 4)).value == 7);
    CHECK(breaker.info().metrics.total_count == 2);
}

TEST_CASE("A task of Cobalt that waits for a slot", "[cobalt]") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    std::optional holder{breaker.try_acquire().value()};
    asio::cancellation_signal signal;
    asio::cancellation_signal unused;
    Outcome first;
    Outcome second;

    SECTION("is cancelled at once, neutral, and leaves its place to others") {
        asio::io_context context{1};
        start(context, breaker.call(answer, 1), first, signal);
        start(context, breaker.call(answer, 2), second, unused);
        context.poll();
        signal.emit(asio::cancellation_type::terminal);
        context.poll();
        REQUIRE(first.error != nullptr);
        CHECK_THROWS_AS(std::rethrow_exception(first.error), boost::system::system_error);
        CHECK_FALSE(second.value.has_value());
        holder->neutral();
        context.run();
        CHECK(second.value == 2);
        CHECK(breaker.info().state == State::closed);
    }
    SECTION("is dropped with its context") {
        {
            asio::io_context context{1};
            start(context, breaker.call(answer, 1), first, signal);
            context.poll();
        }
        CHECK_FALSE(first.value.has_value());
        holder->neutral();
        CHECK(breaker.try_acquire().has_value());
    }
}

#ifdef FLUXGATE_TESTS_COBALT_ITSELF
TEST_CASE("A promise of Cobalt, which begins at once, is called through a breaker", "[cobalt]") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    std::optional holder{breaker.try_acquire().value()};
    asio::io_context context{1};
    cobalt::this_thread::set_executor(context.get_executor());
    asio::cancellation_signal signal;
    Outcome outcome;
    const auto client = [&]() -> cobalt::task<int> {
        const auto eager = [](int value) -> cobalt::promise<int> { co_return value; };
        cobalt::promise<int> call = breaker.call(eager, 4);
        co_return co_await call;
    };
    start(context, client(), outcome, signal);
    context.poll();
    CHECK_FALSE(outcome.value.has_value());
    holder->neutral();
    context.run();
    CHECK(outcome.value == 4);
    CHECK(breaker.info().state == State::closed);
}
#endif

TEST_CASE("Tasks of Cobalt in three threads go on in their own", "[cobalt][threads]") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    std::optional holder{breaker.try_acquire().value()};
    std::atomic<int> waiting{0};
    std::atomic<int> done{0};
    std::atomic<int> elsewhere{0};
    std::atomic<int> answered{0};

    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            asio::io_context context{1};
            asio::cancellation_signal signal;
            const std::thread::id home = std::this_thread::get_id();
            const auto client = [&]() -> cobalt::task<int> {
                ++waiting;
                cobalt::task<int> call = breaker.call(answer, 4);
                const int value = co_await call;
                ++done;
                if (std::this_thread::get_id() != home) {
                    ++elsewhere;
                }
                co_return value;
            };
            std::vector<Outcome> outcomes(17);
            for (Outcome& outcome : outcomes) {
                start(context, client(), outcome, signal);
            }
            context.run();
            answered += static_cast<int>(std::ranges::count(outcomes, 4, &Outcome::value));
        });
    }
    while (waiting != 51) {
        std::this_thread::yield();
    }
    holder->neutral();
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(done == 51);
    CHECK(answered == 51);
    CHECK(elsewhere == 0);
}
