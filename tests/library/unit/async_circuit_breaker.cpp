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
#include <functional>
#include <memory>
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
        Task<> call = breaker.call(work, std::ref(door), fails);
        co_await std::move(call);
        result = "ok";
    } catch (const Down&) {
        result = "failed";
    } catch (const CallNotPermittedError&) {
        result = "rejected";
    }
}

}  // namespace

TEST_CASE("an awaited call gives its result, and opens the circuit when it fails") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    CHECK(sync_wait(breaker.call(twice, 4)) == 8);
    CHECK_THROWS_AS(sync_wait(breaker.call(fail)), Down);
    CHECK_THROWS_AS(sync_wait(breaker.call(fail)), Down);
    CHECK(breaker.info().state == State::open);
    CHECK_THROWS_AS(sync_wait(breaker.call(twice, 4)), CallNotPermittedError);
}

TEST_CASE("awaited results of every kind reach the caller") {
    AsyncCircuitBreaker breaker;
    const auto owner = [](std::unique_ptr<int> pointer) -> Task<std::unique_ptr<int>> {
        co_return std::move(pointer);
    };
    CHECK(*sync_wait(breaker.call(owner, std::make_unique<int>(5))) == 5);
    int value = 5;
    const auto reference = [](std::reference_wrapper<int> of) -> Task<int&> { co_return of.get(); };
    CHECK(&sync_wait(breaker.call(reference, std::ref(value))) == &value);
    const auto nothing = []() -> Task<> { co_return; };
    sync_wait(breaker.call(nothing));
    const auto wrapped = breaker.wrap(twice);
    CHECK(sync_wait(wrapped(4)) == 8);
    CHECK(breaker.info().metrics.total_count == 4);
}

TEST_CASE("what an awaited reference refers to lives as long as the call") {
    const std::string expected(40, 'x');
    /// Refers to what is in the frame, which a parameter lives as long as.
    const auto reference = [](std::string text) -> Task<std::string&> {
        std::string& in_frame = text;
        co_return in_frame;
    };
    const auto rvalue = [](std::string text) -> Task<std::string&&> { co_return std::move(text); };
    const auto listener = [](const Signal&) -> Task<> { co_return; };

    const auto read = [&](auto& breaker) -> Task<> {
        Task<std::string&> call = breaker.call(reference, expected);
        std::string& text = co_await std::move(call);
        CHECK(text == expected);
        Task<std::string&> guarded = breaker.call_with_fallback(
            reference, [](std::exception_ptr) -> std::string& { throw; }, expected);
        std::string& guarded_text = co_await std::move(guarded);
        CHECK(guarded_text == expected);
        Task<std::string&&> moving = breaker.call(rvalue, expected);
        std::string&& moved = co_await std::move(moving);
        CHECK(moved == expected);
        Task<std::string&&> guarded_moving = breaker.call_with_fallback(
            rvalue, [](std::exception_ptr) -> std::string&& { throw; }, expected);
        std::string&& guarded_moved = co_await std::move(guarded_moving);
        CHECK(guarded_moved == expected);
    };
    AsyncCircuitBreaker breaker;
    sync_wait(read(breaker));
    AsyncCircuitBreaker with_listener{Listeners{listener}};
    sync_wait(read(with_listener));

    const auto fail_first = [](std::string) -> Task<std::string&&> {
        throw Down{};
        co_return std::string{};
    };
    const auto answer = [&](const Down&) -> Task<std::string&&> { return rvalue(expected); };
    const auto read_answer = [&]() -> Task<> {
        Task<std::string&&> call = breaker.call_with_fallback(fail_first, answer, expected);
        std::string&& text = co_await std::move(call);
        CHECK(text == expected);
    };
    sync_wait(read_answer());
}

TEST_CASE("an awaited result can be a failure, and an exception can be neutral") {
    AsyncCircuitBreaker breaker{Result{[](int status) { return status >= 8; }} |
                                TypeOf<std::logic_error>{}};
    CHECK(sync_wait(breaker.call(twice, 4)) == 8);
    CHECK_THROWS_AS(sync_wait(breaker.call(fail)), Down);
    CHECK(breaker.info().metrics.total_count == 1);
    CHECK(breaker.info().metrics.failure_count == 1);
}

TEST_CASE("a plain awaiter is called as a coroutine type of one's choice") {
    struct Ready {
        static bool await_ready() noexcept { return true; }
        static void await_suspend(std::coroutine_handle<>) noexcept {}
        static int await_resume() noexcept { return 7; }
    };
    AsyncCircuitBreaker breaker;
    CHECK(sync_wait(breaker.call_as<Task<int>>([] { return Ready{}; })) == 7);
    Semaphore semaphore{1};
    const auto acquire = [&semaphore] { return semaphore.acquire(); };  // which cannot be moved
    CHECK(sync_wait(breaker.call_as<Task<Semaphore::Slot>>(acquire)));
    CHECK(breaker.info().metrics.total_count == 2);
}

TEST_CASE("an awaited fallback answers, plain or awaited itself") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    const auto plain = [](const std::exception_ptr&) { return -1; };
    CHECK(sync_wait(breaker.call_with_fallback(twice, plain, 4)) == 8);
    CHECK(sync_wait(breaker.call_with_fallback(fail, plain)) == -1);
    const auto other = [](const std::logic_error&) { return -2; };
    CHECK_THROWS_AS(sync_wait(breaker.call_with_fallback(fail, other)), Down);
    CHECK(breaker.info().state == State::open);

    const auto awaited = [](const std::exception& error) -> Task<int> {
        const int length = static_cast<int>(std::string{error.what()}.size());
        const int answer = co_await twice(length);
        co_return answer;
    };
    const int expected =
        2 * static_cast<int>(std::string{"call not permitted: the circuit is open"}.size());
    CHECK(sync_wait(breaker.call_with_fallback(fail, awaited)) == expected);
    const auto wrapped = breaker.wrap(twice, [] { return -3; });
    CHECK(sync_wait(wrapped(4)) == -3);

    int answered = 0;
    const auto nothing = []() -> Task<> { co_return; };
    const auto counting = [&answered]() -> Task<int> { co_return ++answered; };
    sync_wait(breaker.call_with_fallback(nothing, counting));
    sync_wait(breaker.call_with_fallback(nothing, [&answered] { ++answered; }));
    CHECK(answered == 2);
}

TEST_CASE("an awaited fallback may throw") {
    AsyncCircuitBreaker breaker;
    const auto throws = []() -> Task<int> {
        throw std::domain_error{"no fallback either"};
        co_return 0;
    };
    CHECK_THROWS_AS(sync_wait(breaker.call_with_fallback(fail, throws)), std::domain_error);
    CHECK_THROWS_AS(sync_wait(breaker.call_with_fallback(
                        fail, [](const Down&) -> int { throw std::domain_error{"nor here"}; })),
                    std::domain_error);
}

TEST_CASE("trial calls beyond the cap wait, and go on as slots are given back") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    std::optional trial = breaker.try_acquire();
    REQUIRE(trial);
    CHECK_FALSE(breaker.try_acquire());
    Door door;
    std::string result;
    const Spawned waiting{caller(breaker, door, false, result)};
    CHECK(result == "waiting");
    CHECK(door.waiting.empty());
    trial.reset();  // neutral: the circuit stays half-open
    CHECK(door.waiting.size() == 1);
    door.open();
    CHECK(result == "ok");
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("the end of half-open wakes all waiters, and each finds the new state") {
    Door door;
    std::string first;
    std::string second;
    SECTION("closed: they run") {
        HalfOpen half_open;
        std::optional trial = half_open.breaker.try_acquire();
        const Spawned one{caller(half_open.breaker, door, false, first)};
        const Spawned two{caller(half_open.breaker, door, false, second)};
        trial->succeeded();
        CHECK(door.waiting.size() == 2);
        door.open();
        CHECK(first == "ok");
        CHECK(second == "ok");
    }
    SECTION("open: they are rejected") {
        HalfOpen half_open;
        std::optional trial = half_open.breaker.try_acquire();
        const Spawned one{caller(half_open.breaker, door, false, first)};
        const Spawned two{caller(half_open.breaker, door, false, second)};
        trial->failed();
        CHECK(first == "rejected");
        CHECK(second == "rejected");
    }
    SECTION("by command: they are handled by what was commanded") {
        HalfOpen half_open;
        std::optional trial = half_open.breaker.try_acquire();
        const Spawned one{caller(half_open.breaker, door, false, first)};
        half_open.breaker.force_open();
        CHECK(first == "rejected");
    }
}

TEST_CASE("a call that is given a slot and finds the circuit closed by then keeps no slot") {
    testing::VirtualTime time;
    AsyncCircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{1s},
                                permits::All{}, MaxHalfOpenCalls{2}};
    breaker.try_acquire().value().failed();
    time.advance(1s);
    std::optional first = breaker.try_acquire();
    std::optional second = breaker.try_acquire();
    // It gives the second slot to the call behind it, which cannot go on before it has reset the
    // circuit.
    const auto reset = [&]() -> Task<> {
        second.reset();
        breaker.reset();
        co_return;
    };
    const auto resets = [&]() -> Task<> {
        Task<> call = breaker.call(reset);
        co_await std::move(call);
    };
    Door door;
    std::string behind;
    const Spawned resetting{resets()};
    const Spawned waiting{caller(breaker, door, false, behind)};
    first.reset();
    CHECK(breaker.info().state == State::closed);
    REQUIRE(door.waiting.size() == 1);

    breaker.try_acquire().value().failed();
    time.advance(1s);
    CHECK(breaker.try_acquire().has_value());
    const std::optional one = breaker.try_acquire();
    const std::optional other = breaker.try_acquire();
    CHECK(one.has_value());
    CHECK(other.has_value());
    door.open();
    CHECK(behind == "ok");
}

TEST_CASE("who waits for a slot is woken before listeners are told of the end of the trials") {
    testing::VirtualTime time;
    std::string result;
    std::vector<std::string> seen;
    AsyncCircuitBreaker breaker{
        testing::Virtual{time}, FailureStreak{1},
        Cooldown{1s},           permits::All{},
        MaxHalfOpenCalls{1},    Listeners{[&](const Signal&) { seen.push_back(result); }}};
    breaker.try_acquire().value().failed();
    time.advance(1s);
    std::optional trial = breaker.try_acquire();
    Door door;
    const Spawned waiting{caller(breaker, door, false, result)};
    trial->failed();
    CHECK(seen == std::vector<std::string>{"", "", "rejected"});
}

TEST_CASE("a call destroyed at any of its suspension points is neutral, and loses no slot") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    Door door;
    std::string first;
    std::string second;
    std::optional<Spawned> running{caller(breaker, door, false, first)};
    std::optional<Spawned> waiting{caller(breaker, door, false, second)};
    CHECK(door.waiting.size() == 1);
    waiting.reset();
    running.reset();
    CHECK(breaker.info().metrics.total_count == 0);
    CHECK(breaker.info().state == State::half_open);
    CHECK(breaker.try_acquire().has_value());
}

TEST_CASE("a slot given to a call that the permit rejects is free again") {
    testing::VirtualTime time;
    time.draws(0.7);
    AsyncCircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{1s}, Random{0.5},
                                MaxHalfOpenCalls{1}};
    breaker.try_acquire().value().failed();
    time.advance(1s);
    CHECK_THROWS_AS(sync_wait(breaker.call(twice, 1)), CallNotPermittedError);
    CHECK_FALSE(breaker.try_acquire());
    time.draws(0.3);
    CHECK(breaker.try_acquire().has_value());
}
