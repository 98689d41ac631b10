// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "spawn.hpp"

#include <fluxgate/async_circuit_breaker.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Guarded calls in families whose promises have a say in how their coroutines await.

using namespace fluxgate;

namespace {

/// What the promises of both families have in common.
template <class T>
struct Outcome {
    static std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
        struct Final {
            static bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
                return continuation;
            }
            static void await_resume() noexcept {}
            std::coroutine_handle<> continuation;
        };
        return Final{continuation};
    }
    void return_value(T given) { value = std::move(given); }
    void unhandled_exception() { error = std::current_exception(); }
    T take() {
        if (error != nullptr) {
            std::rethrow_exception(error);
        }
        return std::move(*value);
    }

    std::optional<T> value;
    std::exception_ptr error;
    std::coroutine_handle<> continuation = std::noop_coroutine();
};

template <class Promise>
class Owned {
public:
    explicit Owned(Promise& promise)
        : handle_{std::coroutine_handle<Promise>::from_promise(promise)} {}
    Owned(Owned&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    ~Owned() {
        if (handle_) {
            handle_.destroy();
        }
    }

    [[nodiscard]] std::coroutine_handle<Promise> handle() const noexcept { return handle_; }

private:
    std::coroutine_handle<Promise> handle_;
};

/// Awaits a task, in a coroutine with this promise, which counts; of any, where it is void.
template <class Awaited, class Caller = void>
struct TaskAwaiter {
    static bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Caller> caller) {
        if constexpr (!std::is_void_v<Caller>) {
            ++caller.promise().awaited;
        }
        task.owned.handle().promise().continuation = caller;
        return task.owned.handle();
    }
    auto await_resume() { return task.owned.handle().promise().take(); }
    Awaited task;
};

/// A family whose tasks await each other by an awaiter that knows who awaits, and all others as
/// they are.
template <class T>
struct Known {
    struct promise_type : Outcome<T> {
        Known get_return_object() { return Known{Owned<promise_type>{*this}}; }
        template <class U>
        TaskAwaiter<Known<U>, promise_type> await_transform(Known<U>&& task) {
            return {std::move(task)};
        }
        template <class A>
        A&& await_transform(A&& awaitable) {
            return std::forward<A>(awaitable);
        }
        int awaited = 0;
    };

    Owned<promise_type> owned;
};

/// Resumes a coroutine, when it is resumed itself.
struct Bridge {
    struct promise_type {
        Bridge get_return_object() { return Bridge{Owned<promise_type>{*this}}; }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept { return Outcome<int>{{}, {}, next}.final_suspend(); }
        static void return_void() noexcept {}
        static void unhandled_exception() noexcept { std::terminate(); }
        std::coroutine_handle<> next;
    };

    Owned<promise_type> owned;
};
Bridge make_bridge() {
    co_return;
}

template <class A>
class BridgedAwaiter {
public:
    explicit BridgedAwaiter(A&& awaitable)
        : inner_{detail::awaiter_of(std::forward<A>(awaitable))} {}

    bool await_ready() { return inner_.await_ready(); }
    auto await_suspend(std::coroutine_handle<> caller) {
        bridge_.owned.handle().promise().next = caller;
        return inner_.await_suspend(bridge_.owned.handle());
    }
    decltype(auto) await_resume() { return inner_.await_resume(); }

private:
    decltype(detail::awaiter_of(std::declval<A>())) inner_;
    Bridge bridge_ = make_bridge();
};

/// A family whose tasks await what is not of the family in a coroutine of their own.
template <class T>
struct Bridged {
    struct promise_type : Outcome<T> {
        Bridged get_return_object() { return Bridged{Owned<promise_type>{*this}}; }
        template <class U>
        TaskAwaiter<Bridged<U>> await_transform(Bridged<U>&& task) {
            return {std::move(task)};
        }
        template <class A>
        BridgedAwaiter<A> await_transform(A&& awaitable) {
            return BridgedAwaiter<A>{std::forward<A>(awaitable)};
        }
    };

    Owned<promise_type> owned;
};

/// A family that cancels its coroutines where they await, by an exception of its own.
struct Cancelled {};
template <class T>
struct Cancelling {
    struct promise_type : Outcome<T> {
        template <class U>
        struct Awaiter {
            static bool await_ready() noexcept { return false; }
            auto await_suspend(std::coroutine_handle<promise_type> caller) {
                promise.throw_if(promise.cancels_at_once);
                return inner.await_suspend(caller);
            }
            U await_resume() {
                promise.throw_if(promise.cancels);
                return inner.await_resume();
            }
            promise_type& promise;
            Task<U> task;
            decltype(std::declval<Task<U>>().operator co_await()) inner =
                std::move(task).operator co_await();
        };

        Cancelling get_return_object() { return Cancelling{Owned<promise_type>{*this}}; }
        template <class U>
        Awaiter<U> await_transform(Task<U>&& task) {
            return {*this, std::move(task)};
        }
        template <class A>
        A&& await_transform(A&& awaitable) {
            return std::forward<A>(awaitable);
        }
        static void throw_if(bool cancelled) {
            if (cancelled) {
                throw Cancelled{};
            }
        }
        bool cancels_at_once = false;
        bool cancels = false;
    };

    Owned<promise_type> owned;
};

/// A family that gives what is in its frames as rvalues.
struct Lending {
    struct promise_type : Outcome<std::string> {
        Lending get_return_object() { return Lending{Owned<promise_type>{*this}}; }
    };
    auto operator co_await() && {
        struct Awaiter {
            static bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) const {
                handle.promise().continuation = caller;
                return handle;
            }
            std::string&& await_resume() const {
                if (handle.promise().error != nullptr) {
                    std::rethrow_exception(handle.promise().error);
                }
                return std::move(*handle.promise().value);
            }
            std::coroutine_handle<promise_type> handle;
        };
        return Awaiter{owned.handle()};
    }

    Owned<promise_type> owned;
};
Lending lend(bool fails) {
    if (fails) {
        throw std::runtime_error{"down"};
    }
    co_return std::string(40, 'x');
}

/// A coroutine type whose awaiter is made of everything.
struct Greedy {
    struct promise_type : Outcome<int> {
        Greedy get_return_object() { return Greedy{Owned<promise_type>{*this}}; }
    };
    struct Awaiter {
        template <class T>
        explicit Awaiter(T made_of) {
            if constexpr (std::is_same_v<T, std::coroutine_handle<promise_type>>) {
                handle = made_of;
            }
        }
        static bool await_ready() noexcept { return false; }
        [[nodiscard]] bool await_suspend(std::coroutine_handle<>) const {
            if (handle) {
                handle.resume();
            }
            return false;
        }
        [[nodiscard]] int await_resume() const { return handle ? handle.promise().take() : -1; }
        std::coroutine_handle<promise_type> handle;
    };
    Awaiter operator co_await() && { return Awaiter{owned.handle()}; }

    Owned<promise_type> owned;
};

template <template <class> class Family>
Family<int> twice(int value) {
    if (value < 0) {
        throw std::runtime_error{"down"};
    }
    co_return 2 * value;
}

template <template <class> class Family>
Family<std::string> write_twice(AsyncCircuitBreaker<>& breaker, int value) {
    auto call = breaker.guarded(twice<Family>, value);
    const int result = co_await std::move(call);
    co_return std::to_string(result);
}

template <template <class> class Family>
Family<int> add_twice(AsyncCircuitBreaker<>& breaker, int value) {
    auto call = breaker.guarded(twice<Family>, value);
    const int result = co_await std::move(call);
    co_return result + 1;
}

template <class Awaiter, class Promise>
concept SuspendsFor = requires(Awaiter& awaiter, std::coroutine_handle<Promise> caller) {
    awaiter.await_suspend(caller);
};

template <class F>
using GuardedAwaiter = decltype(std::declval<AsyncCircuitBreaker<>&>()
                                    .guarded(std::declval<F>(), 1)
                                    .operator co_await());

}  // namespace

template <class T>
struct fluxgate::task_traits<Cancelling<T>> : fluxgate::CancelledBy<Cancelled> {};

TEST_CASE("a guarded call is awaited as the promise that awaits it has it") {
    AsyncCircuitBreaker<> breaker;
    const Known<int> of_own_type = add_twice<Known>(breaker, 4);
    of_own_type.owned.handle().resume();
    CHECK(of_own_type.owned.handle().promise().take() == 9);
    CHECK(of_own_type.owned.handle().promise().awaited == 1);
    const Known<std::string> of_another = write_twice<Known>(breaker, 4);
    of_another.owned.handle().resume();
    CHECK(of_another.owned.handle().promise().take() == "8");
    CHECK(of_another.owned.handle().promise().awaited == 1);
    const Known<std::string> failed = write_twice<Known>(breaker, -1);
    failed.owned.handle().resume();
    CHECK_THROWS_AS(failed.owned.handle().promise().take(), std::runtime_error);
    CHECK(breaker.info().metrics.total_count == 3);
    CHECK(breaker.info().metrics.failure_count == 1);
}

TEST_CASE("a guarded call that is destroyed in a coroutine of another type is neutral") {
    AsyncCircuitBreaker<> breaker;
    {
        const auto hangs = []() -> Known<int> {
            co_await std::suspend_always{};
            co_return 0;
        };
        const auto caller = [&]() -> Known<std::string> {
            auto call = breaker.guarded(hangs);
            const int result = co_await std::move(call);
            co_return std::to_string(result);
        };
        const Known<std::string> waiting = caller();
        waiting.owned.handle().resume();
        CHECK_FALSE(waiting.owned.handle().done());
    }
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("a guarded call is a call in a family that awaits others in a coroutine of its own") {
    AsyncCircuitBreaker<> breaker;
    const Bridged<int> of_own_type = add_twice<Bridged>(breaker, 4);
    of_own_type.owned.handle().resume();
    CHECK(of_own_type.owned.handle().promise().take() == 9);
    const Bridged<std::string> of_another = write_twice<Bridged>(breaker, 4);
    of_another.owned.handle().resume();
    CHECK(of_another.owned.handle().promise().take() == "8");
    CHECK(breaker.info().metrics.total_count == 2);
}

TEST_CASE("such a family may await a guarded call of another") {
    AsyncCircuitBreaker<> breaker;
    const auto task = [](int value) -> Task<int> { co_return 2 * value; };
    const auto caller = [&]() -> Bridged<int> {
        auto call = breaker.guarded(task, 4);
        co_return co_await std::move(call);
    };
    const Bridged<int> awaiting = caller();
    awaiting.owned.handle().resume();
    CHECK(awaiting.owned.handle().promise().take() == 8);
}

TEST_CASE("whether a coroutine can await a guarded call can be asked") {
    using OfTask = GuardedAwaiter<Task<int> (*)(int)>;
    using OfKnown = GuardedAwaiter<Known<int> (*)(int)>;
    STATIC_REQUIRE(SuspendsFor<OfTask, void>);
    STATIC_REQUIRE(SuspendsFor<OfTask, Bridge::promise_type>);
    STATIC_REQUIRE(SuspendsFor<OfKnown, Known<std::string>::promise_type>);
    STATIC_REQUIRE_FALSE(SuspendsFor<OfKnown, void>);
    STATIC_REQUIRE_FALSE(SuspendsFor<OfKnown, Bridge::promise_type>);
}

TEST_CASE("the cancellation of the coroutine that awaits a guarded call is neutral") {
    AsyncCircuitBreaker<> breaker;
    int answers = 0;
    const auto fallback = [&] { return ++answers; };
    const auto caller = [&]() -> Cancelling<int> {
        auto call = breaker.guarded(twice<Task>, 4);
        co_return co_await std::move(call);
    };
    const auto caller_with_fallback = [&]() -> Cancelling<int> {
        auto call = breaker.guarded_with_fallback(twice<Task>, fallback, 4);
        co_return co_await std::move(call);
    };
    const auto run = [](const Cancelling<int>& task, bool cancels_at_once, bool cancels) {
        auto& promise = task.owned.handle().promise();
        promise.cancels_at_once = cancels_at_once;
        promise.cancels = cancels;
        task.owned.handle().resume();
        return promise.take();
    };
    CHECK_THROWS_AS(run(caller(), true, false), Cancelled);
    CHECK_THROWS_AS(run(caller(), false, true), Cancelled);
    CHECK_THROWS_AS(run(caller_with_fallback(), true, false), Cancelled);
    CHECK_THROWS_AS(run(caller_with_fallback(), false, true), Cancelled);
    CHECK(answers == 0);
    CHECK(breaker.info().metrics.total_count == 0);
    CHECK(run(caller(), false, false) == 8);
    CHECK(run(caller_with_fallback(), false, false) == 8);
    CHECK(breaker.info().metrics.total_count == 2);
}

TEST_CASE("a guarded result that refers into the callee lives as long as the call") {
    AsyncCircuitBreaker<> breaker;
    const auto caller = [&]() -> Task<> {
        auto call = breaker.guarded(lend, false);
        auto&& lent = co_await std::move(call);
        CHECK(lent == std::string(40, 'x'));
        std::string text(50, 'y');
        auto answers = breaker.guarded_with_fallback(
            lend, [&]() -> std::string&& { return std::move(text); }, true);
        auto&& answer = co_await std::move(answers);
        CHECK(answer == std::string(50, 'y'));
    };
    sync_wait(caller());
}

TEST_CASE("a guarded callee's awaiter that is made of everything is made of its callee") {
    AsyncCircuitBreaker<> breaker;
    const auto callee = []() -> Greedy { co_return 8; };
    const auto caller = [&]() -> Task<int> {
        auto call = breaker.guarded(callee);
        const int result = co_await std::move(call);
        co_return result;
    };
    CHECK(sync_wait(caller()) == 8);
}
