// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "door.hpp"
#include "half_open.hpp"
#include "spawn.hpp"

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};

Task<int> twice(int value) {
    co_return 2 * value;
}

Task<int> fail() {
    throw Down{};
    co_return 0;
}

Task<> nothing() {
    co_return;
}

/// Awaits a call in its own coroutine.
template <class Breaker, class F, class... Args>
auto await_guarded(Breaker& breaker, F f, Args... args) -> Task<
    detail::await_result_t<std::invoke_result_t<F, Args...>, std::invoke_result_t<F, Args...>>> {
    auto call = breaker.guarded(std::move(f), std::move(args)...);
    co_return co_await call;
}

Task<> work(std::reference_wrapper<Door> door, bool fails) {
    auto pass = door.get().pass();
    co_await pass;
    if (fails) {
        throw Down{};
    }
}

/// Calls through the breaker and writes down what came of it.
template <class Breaker>
Task<> caller(Breaker& breaker, Door& door, bool fails, std::string& result) {
    result = "waiting";
    try {
        co_await breaker.guarded(work, std::ref(door), fails);
        result = "ok";
    } catch (const Down&) {
        result = "failed";
    } catch (const CallNotPermittedError&) {
        result = "rejected";
    }
}

/// Counts those of its kind that live, so that one destroyed twice is seen.
class Counted {
public:
    explicit Counted(std::string text) : text_{std::move(text)} { ++alive; }
    Counted(const Counted& other) : text_{other.text_} { ++alive; }
    Counted(Counted&& other) noexcept : text_{std::move(other.text_)} { ++alive; }
    Counted& operator=(const Counted&) = delete;
    Counted& operator=(Counted&&) = delete;
    ~Counted() { --alive; }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    static inline int alive = 0;

private:
    std::string text_;
};

Task<Counted> counted(Counted argument) {
    co_return Counted{argument.text() + "!"};
}

}  // namespace

TEST_CASE("a guarded call gives its result, and opens the circuit when it fails") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    CHECK(sync_wait(await_guarded(breaker, twice, 4)) == 8);
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, fail)), Down);
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, fail)), Down);
    CHECK(breaker.info().state == State::open);
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, twice, 4)), CallNotPermittedError);
}

TEST_CASE("a guarded call does nothing until it is awaited") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    int calls = 0;
    const auto count = [&]() -> Task<> {
        ++calls;
        co_return;
    };
    {
        [[maybe_unused]] const auto left_alone = breaker.guarded(count);
    }
    auto made_while_closed = breaker.guarded(count);
    breaker.force_open();
    const auto awaits = [&]() -> Task<> { co_await made_while_closed; };
    CHECK_THROWS_AS(sync_wait(awaits()), CallNotPermittedError);
    CHECK(calls == 0);
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("guarded results of every kind reach the caller") {
    AsyncCircuitBreaker breaker;
    sync_wait(await_guarded(breaker, nothing));
    const auto owner = [](std::unique_ptr<int> pointer) -> Task<std::unique_ptr<int>> {
        co_return std::move(pointer);
    };
    CHECK(*sync_wait(await_guarded(breaker, owner, std::make_unique<int>(5))) == 5);
    int number = 5;
    const auto reference = [](std::reference_wrapper<int> of) -> Task<int&> { co_return of.get(); };
    ++sync_wait(await_guarded(breaker, reference, std::ref(number)));
    CHECK(number == 6);
    const auto moved = [](std::reference_wrapper<std::string> of) -> Task<std::string&&> {
        co_return std::move(of.get());
    };
    std::string text(40, 'x');
    const auto takes = [&]() -> Task<std::string> {
        auto call = breaker.guarded(moved, std::ref(text));
        std::string taken = co_await call;
        co_return taken;
    };
    CHECK(sync_wait(takes()) == std::string(40, 'x'));
    CHECK(text.empty());
    CHECK(breaker.info().metrics.total_count == 4);
}

TEST_CASE("all that a guarded call copies is destroyed once") {
    const std::string text(40, 'x');
    {
        AsyncCircuitBreaker breaker;
        const auto calls = [&](bool rejects) -> Task<> {
            if (rejects) {
                breaker.force_open();
            }
            const Counted argument{text};
            Counted result = co_await breaker.guarded(counted, argument);
            CHECK(result.text() == text + "!");
            const Counted captured{text};
            auto holds = [captured]() -> Task<Counted> { co_return captured; };
            Counted copy = co_await breaker.guarded(holds);
            CHECK(copy.text() == text);
        };
        sync_wait(calls(false));
        CHECK_THROWS_AS(sync_wait(calls(true)), CallNotPermittedError);
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("a guarded result can be a failure, and an exception can be neutral") {
    AsyncCircuitBreaker by_result{FailureStreak{1}, trackers::Result{[](int n) { return n > 4; }}};
    CHECK(sync_wait(await_guarded(by_result, twice, 4)) == 8);
    CHECK(by_result.info().state == State::open);

    AsyncCircuitBreaker of_others{FailureStreak{1}, trackers::TypeOf<std::bad_alloc>{}};
    CHECK_THROWS_AS(sync_wait(await_guarded(of_others, fail)), Down);
    CHECK(of_others.info().metrics.total_count == 0);
}

TEST_CASE("a tracker that throws about a guarded result leaves the call neutral") {
    AsyncCircuitBreaker breaker{trackers::Result{[](int) -> bool { throw Down{}; }}};
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, twice, 4)), Down);
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("a function that throws before it returns a coroutine fails the guarded call") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    const auto throws = []() -> Task<int> { throw Down{}; };
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, throws)), Down);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("guarded trial calls beyond the cap wait, and go on as slots are given back") {
    HalfOpen half_open;
    Door door;
    std::vector<std::string> results(3);
    std::vector<std::unique_ptr<Spawned>> callers;
    for (std::string& result : results) {
        callers.push_back(
            std::make_unique<Spawned>(caller(half_open.breaker, door, false, result)));
    }
    CHECK(results == std::vector<std::string>{"waiting", "waiting", "waiting"});
    REQUIRE(door.waiting.size() == 1);
    door.open();
    CHECK(results[0] == "ok");
    CHECK(half_open.breaker.info().state == State::closed);
    // The end of the trials woke both.
    REQUIRE(door.waiting.size() == 2);
    door.open();
    CHECK(results == std::vector<std::string>{"ok", "ok", "ok"});
}

TEST_CASE("guarded callers that wait are rejected when a trial fails") {
    HalfOpen half_open;
    Door door;
    std::string trial;
    std::string waiter;
    const Spawned first{caller(half_open.breaker, door, true, trial)};
    const Spawned second{caller(half_open.breaker, door, false, waiter)};
    door.open();
    CHECK(trial == "failed");
    CHECK(waiter == "rejected");
}

TEST_CASE(
    "a guarded call destroyed at any of its suspension points is neutral, and loses no slot") {
    HalfOpen half_open;
    Door door;
    std::string under_way;
    std::string waiting;
    {
        auto first = std::make_unique<Spawned>(caller(half_open.breaker, door, true, under_way));
        {
            const Spawned second{caller(half_open.breaker, door, true, waiting)};
            CHECK(waiting == "waiting");
        }
        CHECK(!half_open.breaker.try_acquire());
        first.reset();
    }
    CHECK(half_open.breaker.info().state == State::half_open);
    CHECK(half_open.breaker.try_acquire());

    AsyncCircuitBreaker closed{FailureStreak{1}};
    {
        const Spawned in_closed{caller(closed, door, true, under_way)};
    }
    CHECK(closed.info().metrics.total_count == 0);
}

TEST_CASE("a guarded call that began before a reset does not count") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    Door door;
    std::string result;
    const Spawned under_way{caller(breaker, door, true, result)};
    breaker.reset();
    door.open();
    CHECK(result == "failed");
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a guarded call is timed from its beginning to its end") {
    testing::VirtualTime time;
    AsyncCircuitBreaker breaker{SlowRate{0.5, 1s}, testing::Virtual{time}};
    Door door;
    std::string result;
    const Spawned under_way{caller(breaker, door, false, result)};
    time.advance(2s);
    door.open();
    CHECK(result == "ok");
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("listeners that are coroutines are awaited by a guarded call too") {
    std::vector<State> told;
    AsyncCircuitBreaker breaker{FailureStreak{1}, Listeners{[&](const Signal& signal) -> Task<> {
                                    told.push_back(signal.new_state);
                                    co_return;
                                }}};
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, fail)), Down);
    CHECK(told == std::vector<State>{State::open});
}
