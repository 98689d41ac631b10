// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

/// Runs what is posted to it, when it is told to.
class Executor {
public:
    void post(std::coroutine_handle<> handle) { queue_.push_back(handle); }
    void run() {
        while (!queue_.empty()) {
            const std::coroutine_handle<> handle = queue_.front();
            queue_.pop_front();
            current = this;
            handle.resume();
            current = nullptr;
        }
    }

    static inline Executor* current = nullptr;

private:
    std::deque<std::coroutine_handle<>> queue_;
};

/// Stands for a library's own cancellation.
struct Cancelled {};

/// A coroutine type that Fluxgate knows nothing of: it begins at once, resumes only on the executor
/// on which it began, and counts what it awaits.
class Job {
public:
    struct promise_type {
        Job get_return_object() {
            return Job{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_never initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct Final {
                static bool await_ready() noexcept { return false; }
                static std::coroutine_handle<> await_suspend(
                    std::coroutine_handle<promise_type> finished) noexcept {
                    promise_type& promise = finished.promise();
                    promise.done = true;
                    return promise.continuation ? promise.continuation : std::noop_coroutine();
                }
                static void await_resume() noexcept {}
            };
            return Final{};
        }
        void return_value(int number) { value = number; }
        void unhandled_exception() { error = std::current_exception(); }

        /// Whatever is awaited is resumed by the executor.
        template <class T>
        auto await_transform(T&& awaited) {
            ++transformed;
            using Inner = decltype(detail::awaiter_of(std::forward<T>(awaited)));
            struct Hop {
                bool await_ready() { return inner.await_ready(); }
                auto await_suspend(std::coroutine_handle<promise_type> handle) {
                    return inner.await_suspend(handle);
                }
                decltype(auto) await_resume() { return inner.await_resume(); }
                Inner inner;
            };
            return Hop{detail::awaiter_of(std::forward<T>(awaited))};
        }

        std::coroutine_handle<> continuation;
        std::optional<int> value;
        std::exception_ptr error;
        Executor* executor = Executor::current;
        int transformed = 0;
        bool done = false;
    };

    Job(Job&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    ~Job() {
        if (handle_) {
            handle_.destroy();
        }
    }

    auto operator co_await() && {
        struct Awaiter {
            bool await_ready() const { return handle.promise().done; }
            void await_suspend(std::coroutine_handle<> waiting) const {
                handle.promise().continuation = waiting;
            }
            int await_resume() const {
                if (handle.promise().error) {
                    std::rethrow_exception(handle.promise().error);
                }
                return *handle.promise().value;
            }
            std::coroutine_handle<promise_type> handle;
        };
        return Awaiter{handle_};
    }

    [[nodiscard]] const promise_type& promise() const { return handle_.promise(); }

private:
    explicit Job(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
    std::coroutine_handle<promise_type> handle_;
};

/// Leaves the thread to the executor and is resumed by it.
struct Yield {
    static bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) const { executor.post(handle); }
    static void await_resume() noexcept {}
    Executor& executor;
};

/// Another one, which gives what is in its promise as an rvalue.
class Text {
public:
    struct promise_type {
        Text get_return_object() {
            return Text{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_never initial_suspend() noexcept { return {}; }
        static std::suspend_always final_suspend() noexcept { return {}; }
        void return_value(std::string text) { value = std::move(text); }
        void unhandled_exception() noexcept { error = std::current_exception(); }
        std::string value;
        std::exception_ptr error;
    };

    Text(Text&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    ~Text() {
        if (handle_) {
            handle_.destroy();
        }
    }

    auto operator co_await() && {
        struct Awaiter {
            static bool await_ready() noexcept { return true; }
            static void await_suspend(std::coroutine_handle<>) noexcept {}
            std::string&& await_resume() const {
                if (promise.error) {
                    std::rethrow_exception(promise.error);
                }
                return std::move(promise.value);
            }
            promise_type& promise;
        };
        return Awaiter{handle_.promise()};
    }

    [[nodiscard]] const std::string& value() const { return handle_.promise().value; }

private:
    explicit Text(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
    std::coroutine_handle<promise_type> handle_;
};

Text read_text(bool fails) {
    if (fails) {
        throw std::runtime_error{"down"};
    }
    co_return "a text that is too long for a small string's own buffer";
}

/// Another one, which is its own awaiter, and begins when it is awaited.
class Own {
public:
    struct promise_type {
        Own get_return_object() {
            return Own{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        static std::suspend_always final_suspend() noexcept { return {}; }
        void return_value(int number) { value = number; }
        static void unhandled_exception() { throw; }
        int value = 0;
    };

    Own(Own&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    ~Own() {
        if (handle_) {
            handle_.destroy();
        }
    }

    static bool await_ready() noexcept { return false; }
    /// Runs the coroutine to its end, which leaves nothing to wait for.
    bool await_suspend(std::coroutine_handle<>) {
        handle_.resume();
        return false;
    }
    [[nodiscard]] int await_resume() const { return handle_.promise().value; }
    [[nodiscard]] bool done() const { return handle_.done(); }

private:
    explicit Own(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
    std::coroutine_handle<promise_type> handle_;
};

Own own(int value) {
    if (value < 0) {
        throw std::runtime_error{"down"};
    }
    co_return 2 * value;
}

Job answer(Executor* executor, int value) {
    Yield yield{*executor};
    co_await yield;
    if (value < 0) {
        throw std::runtime_error{"down"};
    }
    if (value == 0) {
        throw Cancelled{};
    }
    co_return value;
}

}  // namespace

template <>
struct fluxgate::task_traits<Job> : fluxgate::CancelledBy<std::bad_function_call, Cancelled> {};

TEST_CASE("a foreign coroutine type comes back as itself, through its own promise") {
    Executor executor;
    AsyncCircuitBreaker breaker{FailureStreak{1}};
    const Job job = breaker.call(answer, &executor, 5);
    CHECK_FALSE(job.promise().done);
    executor.run();
    REQUIRE(job.promise().done);
    CHECK(job.promise().value == 5);
    CHECK(job.promise().transformed == 1);
    CHECK(breaker.info().metrics.total_count == 1);
}

TEST_CASE("a foreign coroutine's exception is a failure, and its cancellation is neither") {
    Executor executor;
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    const Job cancelled = breaker.call(answer, &executor, 0);
    const Job failed = breaker.call(answer, &executor, -1);
    executor.run();
    CHECK(cancelled.promise().error != nullptr);
    CHECK(failed.promise().error != nullptr);
    CHECK(breaker.info().metrics.total_count == 1);
    CHECK(breaker.info().metrics.failure_count == 1);
}

TEST_CASE("a foreign coroutine waits for its turn in half-open") {
    Executor executor;
    testing::VirtualTime time;
    AsyncCircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{1s},
                                permits::All{}, MaxHalfOpenCalls{1}};
    breaker.try_acquire().value().failed();
    time.advance(1s);
    const Job first = breaker.call(answer, &executor, 0);
    const Job second = breaker.call(answer, &executor, 6);
    executor.run();  // the first is cancelled, which leaves its slot to the second
    CHECK(first.promise().error != nullptr);
    REQUIRE(second.promise().done);
    CHECK(second.promise().value == 6);
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a foreign coroutine that gives an rvalue has one to give") {
    AsyncCircuitBreaker breaker;
    const std::string expected = read_text(false).value();
    CHECK(breaker.call(read_text, false).value() == expected);
    const auto plain = [] { return "remembered"; };
    CHECK(breaker.call_with_fallback(read_text, plain, false).value() == expected);
    CHECK(breaker.call_with_fallback(read_text, plain, true).value() == "remembered");
    const auto awaited = [] { return read_text(false); };
    CHECK(breaker.call_with_fallback(read_text, awaited, true).value() == expected);
    const auto listener = [](const Signal&) -> Task<> { co_return; };
    AsyncCircuitBreaker with_listener{Listeners{listener}};
    CHECK(with_listener.call(read_text, false).value() == expected);
}

TEST_CASE("a guarded call of a foreign coroutine whose promise wraps all is a call") {
    Executor executor;
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    const auto caller = [&](int value) -> Job {
        auto call = breaker.guarded(answer, &executor, value);
        const int result = co_await std::move(call);
        co_return result;
    };
    const Job job = caller(5);
    const Job cancelled = caller(0);
    const Job failed = caller(-1);
    executor.run();
    CHECK(job.promise().value == 5);
    CHECK(job.promise().transformed == 1);
    CHECK(cancelled.promise().error != nullptr);
    CHECK(failed.promise().error != nullptr);
    CHECK(breaker.info().metrics.total_count == 2);
    CHECK(breaker.info().metrics.failure_count == 1);
}

TEST_CASE("a guarded call of a foreign coroutine waits for its turn in half-open") {
    Executor executor;
    testing::VirtualTime time;
    AsyncCircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{1s},
                                permits::All{}, MaxHalfOpenCalls{1}};
    breaker.try_acquire().value().failed();
    time.advance(1s);
    const auto caller = [&](int value) -> Job {
        auto call = breaker.guarded(answer, &executor, value);
        const int result = co_await std::move(call);
        co_return result;
    };
    const Job first = caller(0);
    const Job second = caller(6);
    executor.run();  // the first is cancelled, which leaves its slot to the second
    CHECK(first.promise().error != nullptr);
    REQUIRE(second.promise().done);
    CHECK(second.promise().value == 6);
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a guarded call takes callees of other families, ready at once or their own awaiters") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    const std::string expected = read_text(false).value();
    const auto reads = [&](bool fails) -> Task<std::string> {
        auto call = breaker.guarded(read_text, fails);
        std::string text = co_await call;
        co_return text;
    };
    CHECK(sync_wait(reads(false)) == expected);
    CHECK_THROWS_AS(sync_wait(reads(true)), std::runtime_error);

    const auto runs = [&](int value) -> Own {
        auto call = breaker.guarded(own, value);
        const int result = co_await call;
        co_return result;
    };
    Own doubled = runs(4);
    CHECK_FALSE(doubled.await_suspend(std::noop_coroutine()));
    REQUIRE(doubled.done());
    CHECK(doubled.await_resume() == 8);
    Own thrown = runs(-1);
    CHECK_THROWS_AS(thrown.await_suspend(std::noop_coroutine()), std::runtime_error);
    CHECK(breaker.info().metrics.total_count == 4);
    CHECK(breaker.info().metrics.failure_count == 2);
}
