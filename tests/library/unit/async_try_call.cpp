// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "half_open.hpp"
#include "spawn.hpp"

#include <fluxgate/async_circuit_breaker.hpp>

#include <chrono>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

Task<int> twice(int value) {
    co_return 2 * value;
}

Task<int> fail() {
    throw std::runtime_error{"down"};
    co_return 0;
}

Task<> nothing() {
    co_return;
}

/// Counts those of its kind that live, so that one destroyed twice is seen.
class Counted {
public:
    explicit Counted(std::string text) : text_{std::move(text)} { ++alive; }
    Counted(Counted&& other) noexcept : text_{std::move(other.text_)} { ++alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    Counted& operator=(Counted&&) = delete;
    ~Counted() { --alive; }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    static inline int alive = 0;

private:
    std::string text_;
};

Task<Counted> counted(std::string text) {
    co_return Counted{std::move(text)};
}

}  // namespace

TEST_CASE("an awaited try_call tells a rejection without a throw") {
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    auto call = breaker.try_call(twice, 4);
    static_assert(std::is_same_v<decltype(call), Task<expected<int, Rejection>>>);
    CHECK(sync_wait(std::move(call)).value() == 8);

    CHECK_THROWS_AS(sync_wait(breaker.try_call(fail)), std::runtime_error);
    const auto rejected = sync_wait(breaker.try_call(twice, 4));
    REQUIRE(!rejected);
    CHECK(rejected.error().state == State::open);
    CHECK(rejected.error().retry_after > 59s);
}

TEST_CASE("an awaited try_call hands on results of every kind") {
    AsyncCircuitBreaker breaker;
    CHECK(sync_wait(breaker.try_call(nothing)));
    const auto owner = [](std::unique_ptr<int> pointer) -> Task<std::unique_ptr<int>> {
        co_return std::move(pointer);
    };
    CHECK(**sync_wait(breaker.try_call(owner, std::make_unique<int>(5))) == 5);
    int number = 5;
    const auto reference = [](std::reference_wrapper<int> of) -> Task<int&> { co_return of.get(); };
    ++sync_wait(breaker.try_call(reference, std::ref(number)))->get();
    CHECK(number == 6);
    CHECK(breaker.info().metrics.total_count == 3);
}

TEST_CASE("every result that is awaited is destroyed once") {
    const std::string text(40, 'x');
    {
        AsyncCircuitBreaker breaker;
        CHECK(sync_wait(breaker.call(counted, text)).text() == text);
        CHECK(sync_wait(breaker.try_call(counted, text))->text() == text);
        const auto answer = [&](std::exception_ptr) { return counted(text); };
        CHECK(sync_wait(breaker.call_with_fallback(counted, answer, text)).text() == text);
        breaker.force_open();
        CHECK(sync_wait(breaker.call_with_fallback(counted, answer, text)).text() == text);
        CHECK(!sync_wait(breaker.try_call(counted, text)));
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("an awaited try_call waits for a slot, and is rejected by the state that it then finds") {
    HalfOpen half_open;
    auto& breaker = half_open.breaker;
    std::optional<decltype(breaker.try_acquire())::value_type> trial = breaker.try_acquire();
    REQUIRE(trial);

    std::optional<expected<int, Rejection>> result;
    const auto caller = [&](auto& from) -> Task<> {
        Task<expected<int, Rejection>> call = from.try_call(twice, 4);
        result = co_await std::move(call);
    };
    const Spawned waiting{caller(breaker)};
    CHECK(!result);
    trial->failed();
    REQUIRE(result);
    REQUIRE(!*result);
    CHECK(result->error().state == State::open);

    half_open.time.advance(1s);
    CHECK(sync_wait(breaker.try_call(twice, 4)).value() == 8);
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("listeners that are coroutines are awaited by try_call, before and after the call") {
    testing::VirtualTime time;
    std::vector<std::string> told;
    const auto listener = [&](const Signal& signal) -> Task<> {
        told.emplace_back(to_string(signal.new_state));
        co_return;
    };
    AsyncCircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{1s},
                                permits::All{}, Listeners{listener}};
    CHECK_THROWS(sync_wait(breaker.try_call(fail)));
    CHECK(told == std::vector<std::string>{"open"});
    time.advance(1s);
    CHECK(sync_wait(breaker.try_call(twice, 4)).value() == 8);
    CHECK(told == std::vector<std::string>{"open", "half_open", "closed"});
}

TEST_CASE("try_call_as names the coroutine type") {
    AsyncCircuitBreaker breaker;
    using Call = Task<expected<int, Rejection>>;
    CHECK(sync_wait(breaker.try_call_as<Call>(twice, 4)).value() == 8);
}

TEST_CASE("try_call has given its slot back while listeners are awaited") {
    testing::VirtualTime time;
    std::coroutine_handle<> listening;
    struct Suspended {
        static bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) { at = handle; }
        static void await_resume() noexcept {}
        std::coroutine_handle<>& at;
    };
    const auto listener = [&](const Signal& signal) -> Task<> {
        if (signal.old_state == State::half_open) {
            Suspended suspended{listening};
            co_await suspended;
        }
    };
    AsyncCircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1},    Cooldown{1s},
                                permits::All{},         MaxHalfOpenCalls{1}, Listeners{listener}};
    breaker.try_acquire().value().failed();
    time.advance(1s);
    const auto caller = [&]() -> Task<> {
        try {
            Task<expected<int, Rejection>> call = breaker.try_call(fail);
            const expected<int, Rejection> result = co_await std::move(call);
            CHECK(!result);
        } catch (const std::runtime_error&) {
        }
    };
    const Spawned calling{caller()};
    REQUIRE(listening);
    time.advance(1s);
    CHECK(breaker.try_acquire());  // half-open, and the one slot is free
    listening.resume();
}

TEST_CASE("listeners are told also where try_call is rejected after waiting for a slot") {
    testing::VirtualTime time;
    std::vector<std::string> told;
    const auto listener = [&](const Signal& signal) -> Task<> {
        told.emplace_back(to_string(signal.new_state));
        co_return;
    };
    AsyncCircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1},
                                retries::Always{},      Random{0.3},
                                MaxHalfOpenCalls{1},    Listeners{listener}};
    time.draws(0.1);
    breaker.try_acquire().value().failed();
    auto trial = breaker.try_acquire();
    REQUIRE(trial);

    bool rejected = false;
    const auto caller = [&]() -> Task<> {
        Task<expected<int, Rejection>> call = breaker.try_call(twice, 4);
        const expected<int, Rejection> result = co_await std::move(call);
        rejected = !result;
    };
    const Spawned waiting{caller()};
    CHECK(told == std::vector<std::string>{"open", "half_open"});
    CHECK(!rejected);
    time.draws(0.9);  // the permit says no to the next trial
    trial->failed();
    CHECK(rejected);
    CHECK(told == std::vector<std::string>{"open", "half_open", "open", "half_open"});
}

TEST_CASE("a trial that is over has given its slot back, however long its task lives") {
    HalfOpen half_open;
    int number = 5;
    const auto reference = [](std::reference_wrapper<int> of) -> Task<int&> { co_return of.get(); };
    bool done = false;
    const auto caller = [&](auto& breaker) -> Task<> {
        // The breaker of this test counts every exception: so the first trial closes the circuit,
        // and half-open begins anew behind it.
        Task<int&> first = breaker.call(reference, std::ref(number));
        co_await std::move(first);
        breaker.try_acquire().value().failed();
        half_open.time.advance(1s);
        Task<int&> second = breaker.call(reference, std::ref(number));
        co_await std::move(second);
        done = true;
    };
    const Spawned calling{caller(half_open.breaker)};
    CHECK(done);
}

namespace {

/// A coroutine type whose results are awaited as rvalue references, as those of cppcoro are.
template <class T>
class RvalueTask {
public:
    struct promise_type {
        RvalueTask get_return_object() {
            return RvalueTask{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        static std::suspend_always final_suspend() noexcept { return {}; }
        static void unhandled_exception() { throw; }
        void return_value(T result) { value.emplace(std::move(result)); }
        std::optional<T> value;
    };

    RvalueTask(RvalueTask&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    RvalueTask& operator=(RvalueTask&&) = delete;
    ~RvalueTask() {
        if (handle_) {
            handle_.destroy();
        }
    }

    static bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) {
        handle_.resume();
        return false;
    }
    T&& await_resume() { return std::move(*handle_.promise().value); }

private:
    explicit RvalueTask(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
    std::coroutine_handle<promise_type> handle_;
};

RvalueTask<std::string> rvalue(std::string text) {
    co_return text;
}

/// A result for which commas mean something else.
struct WithComma {
    int value;
    template <class U>
    friend WithComma operator,(WithComma result, U) {
        ++result.value;
        return result;
    }
};

/// An awaitable that cannot be moved.
struct Pinned {
    Pinned() = default;
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    static bool await_ready() noexcept { return true; }
    static void await_suspend(std::coroutine_handle<>) noexcept {}
    static int& await_resume() noexcept { return number; }
    static inline int number = 5;
};

}  // namespace

TEST_CASE("try_call of coroutine types that are awaited for an rvalue reference") {
    AsyncCircuitBreaker breaker;
    const std::string text(40, 'x');
    std::string result;
    const auto caller = [&]() -> Task<> {
        RvalueTask<expected<std::string, Rejection>> call = breaker.try_call(rvalue, text);
        expected<std::string, Rejection> got = co_await call;
        result = got.value();
    };
    sync_wait(caller());
    CHECK(result == text);
}

TEST_CASE("results with a comma operator of their own come as they are") {
    AsyncCircuitBreaker breaker;
    const auto give = [](int value) -> Task<WithComma> { co_return WithComma{value}; };
    CHECK(sync_wait(breaker.call(give, 7)).value == 7);
    CHECK(sync_wait(breaker.try_call(give, 7)).value().value == 7);
}

TEST_CASE("an awaitable that cannot be moved, and is awaited for a reference") {
    AsyncCircuitBreaker breaker;
    const auto pinned = [] { return Pinned{}; };
    CHECK(&sync_wait(breaker.call_as<Task<int&>>(pinned)) == &Pinned::number);
    const auto fails = []() -> Task<int&> {
        throw std::runtime_error{"down"};
        co_return Pinned::number;
    };
    CHECK(&sync_wait(breaker.call_with_fallback(fails, pinned)) == &Pinned::number);
}
