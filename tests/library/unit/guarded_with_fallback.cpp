// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "door.hpp"
#include "half_open.hpp"
#include "spawn.hpp"

#include <fluxgate/async_circuit_breaker.hpp>

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

using namespace fluxgate;

namespace {

struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};

Task<int> twice(int value) {
    if (value < 0) {
        throw Down{};
    }
    co_return 2 * value;
}

Task<int> fail_at_once(int) {
    throw Down{};
}

/// Awaits a call in its own coroutine.
template <class Breaker, class F, class Fallback, class... Args>
auto await_guarded(Breaker& breaker, F f, Fallback fallback, Args... args)
    -> std::invoke_result_t<F, Args...> {
    auto call =
        breaker.guarded_with_fallback(std::move(f), std::move(fallback), std::move(args)...);
    co_return co_await std::move(call);
}

Task<int> pass(std::reference_wrapper<Door> door, bool fails) {
    auto pass = door.get().pass();
    co_await pass;
    if (fails) {
        throw Down{};
    }
    co_return 1;
}

template <class Breaker>
Task<> caller(Breaker& breaker, Door& door, bool fails, std::optional<int>& result) {
    auto call = breaker.guarded_with_fallback(pass, [] { return 7; }, std::ref(door), fails);
    result = co_await std::move(call);
}

/// What cannot be waited for.
template <class Error>
struct Throwing {
    struct promise_type {
        static Throwing get_return_object() noexcept { return {}; }
        static std::suspend_never initial_suspend() noexcept { return {}; }
        static std::suspend_never final_suspend() noexcept { return {}; }
        static void return_value(int) noexcept {}
        static void unhandled_exception() noexcept {}
    };
    static bool await_ready() noexcept { return false; }
    static void await_suspend(std::coroutine_handle<>) { throw Error{}; }
    static int await_resume() noexcept { return 0; }
};

/// Stands for a library's own cancellation.
struct Cancelled {};

}  // namespace

template <>
struct fluxgate::task_traits<Throwing<Cancelled>> : fluxgate::CancelledBy<Cancelled> {};

TEST_CASE("a guarded call's fallback answers where it throws or is rejected") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    const auto fallback = [] { return 7; };
    CHECK(sync_wait(await_guarded(breaker, twice, fallback, 4)) == 8);
    CHECK(sync_wait(await_guarded(breaker, twice, fallback, -1)) == 7);
    CHECK(breaker.info().state == State::closed);
    CHECK(sync_wait(await_guarded(breaker, fail_at_once, fallback, 4)) == 7);
    CHECK(breaker.info().state == State::open);
    CHECK(sync_wait(await_guarded(breaker, twice, fallback, 4)) == 7);
}

TEST_CASE("a guarded call's fallback takes what it names") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    const auto of_rejections = [](const CallNotPermittedError& error) {
        return error.rejection().state == State::open ? 7 : 0;
    };
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, twice, of_rejections, -1)), Down);
    CHECK(sync_wait(await_guarded(breaker, twice, of_rejections, 4)) == 7);
    breaker.reset();
    const auto of_all = [](const std::exception_ptr& error) -> int {
        std::rethrow_exception(error);
    };
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, twice, of_all, -1)), Down);
    const auto of_its_type = [](const Down&) { return 9; };
    CHECK_THROWS_AS(sync_wait(await_guarded(breaker, twice, of_its_type, 4)),
                    CallNotPermittedError);
    breaker.reset();
    CHECK(sync_wait(await_guarded(breaker, twice, of_its_type, -1)) == 9);
}

TEST_CASE("a guarded call with a fallback does nothing until it is awaited") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    int calls = 0;
    {
        [[maybe_unused]] const auto left_alone = breaker.guarded_with_fallback(
            [&]() -> Task<> {
                ++calls;
                co_return;
            },
            [&] { ++calls; });
    }
    CHECK(calls == 0);
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("a guarded fallback's answer of every kind reaches the caller") {
    AsyncCircuitBreaker breaker{FailureStreak{9}};
    const auto of_nothing = []() -> Task<> { throw Down{}; };
    bool asked = false;
    sync_wait(await_guarded(breaker, of_nothing, [&] { asked = true; }));
    CHECK(asked);

    const auto owner = []() -> Task<std::unique_ptr<int>> { throw Down{}; };
    CHECK(*sync_wait(await_guarded(breaker, owner, [] { return std::make_unique<int>(5); })) == 5);

    int number = 5;
    const auto reference = []() -> Task<int&> { throw Down{}; };
    ++sync_wait(await_guarded(breaker, reference, [&]() -> int& { return number; }));
    CHECK(number == 6);

    std::string text(40, 'x');
    const auto moved = []() -> Task<std::string&&> { throw Down{}; };
    const auto takes = [&]() -> Task<std::string> {
        auto call = breaker.guarded_with_fallback(
            moved, [&]() -> std::string&& { return std::move(text); });
        std::string taken = co_await std::move(call);
        co_return taken;
    };
    CHECK(sync_wait(takes()) == std::string(40, 'x'));

    const auto converts = []() -> Task<std::string> { throw Down{}; };
    CHECK(sync_wait(await_guarded(breaker, converts, [] { return "a text"; })) == "a text");
    CHECK(breaker.info().metrics.failure_count == 5);
}

TEST_CASE("a callee that cannot be awaited goes to the guarded call's fallback") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    const auto caller = [&]() -> Task<int> {
        auto call =
            breaker.guarded_with_fallback([] { return Throwing<Down>{}; }, [] { return 7; });
        const int result = co_await std::move(call);
        co_return result;
    };
    CHECK(sync_wait(caller()) == 7);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a cancellation is not given to a guarded call's fallback") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    const auto cancelled = [] { return Throwing<Cancelled>{}; };
    const auto caller = [&]() -> Task<int> {
        auto call = breaker.guarded_with_fallback(cancelled, [] { return 7; });
        const int result = co_await std::move(call);
        co_return result;
    };
    CHECK_THROWS_AS(sync_wait(caller()), Cancelled);
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("a guarded trial with a fallback waits, and answers where it is rejected") {
    HalfOpen half_open;
    Door door;
    std::optional<int> trial;
    std::optional<int> waiter;
    const Spawned first{caller(half_open.breaker, door, true, trial)};
    const Spawned second{caller(half_open.breaker, door, false, waiter)};
    CHECK_FALSE(waiter);
    door.open();
    CHECK(trial == 7);
    CHECK(waiter == 7);
}

TEST_CASE("a guarded call with a fallback that is destroyed is neutral, and loses no slot") {
    HalfOpen half_open;
    Door door;
    std::optional<int> none;
    {
        auto first = std::make_unique<Spawned>(caller(half_open.breaker, door, true, none));
        {
            const Spawned second{caller(half_open.breaker, door, true, none)};
        }
        CHECK_FALSE(half_open.breaker.try_acquire());
        first.reset();
    }
    CHECK_FALSE(none);
    CHECK(half_open.breaker.info().state == State::half_open);
    CHECK(half_open.breaker.try_acquire());
}

TEST_CASE("a guarded call with a fallback is a call with one, where listeners are coroutines") {
    std::optional<State> told;
    AsyncCircuitBreaker breaker{FailureStreak{1}, Listeners{[&](const Signal& signal) -> Task<> {
                                    told = signal.new_state;
                                    co_return;
                                }}};
    CHECK(sync_wait(await_guarded(breaker, twice, [] { return 7; }, -1)) == 7);
    CHECK(told == State::open);
}
