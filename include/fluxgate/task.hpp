// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <concepts>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

// A coroutine type for programs that bring none, and a way to wait for one from outside.

namespace fluxgate::inline v0_1 {

template <class T = void>
class Task;

namespace detail {

/// What a coroutine left behind, for whoever awaits it.
template <class T>
class TaskResult {
public:
    template <class U>
        requires std::constructible_from<T, U>
    void return_value(U&& value) {
        content_.template emplace<1>(std::forward<U>(value));
    }

    void unhandled_exception() noexcept { content_.template emplace<2>(std::current_exception()); }

    T take() {
        if (content_.index() == 2) {
            std::rethrow_exception(std::get<2>(content_));
        }
        return std::move(std::get<1>(content_));
    }

private:
    std::variant<std::monostate, T, std::exception_ptr> content_;
};

template <class T>
    requires std::is_reference_v<T>
class TaskResult<T> {
public:
    void return_value(T value) noexcept { value_ = std::addressof(value); }

    void unhandled_exception() noexcept { exception_ = std::current_exception(); }

    T take() {
        if (exception_ != nullptr) {
            std::rethrow_exception(exception_);
        }
        return static_cast<T>(*value_);
    }

private:
    std::remove_reference_t<T>* value_ = nullptr;
    std::exception_ptr exception_;
};

template <>
class TaskResult<void> {
public:
    void return_void() noexcept {}

    void unhandled_exception() noexcept { exception_ = std::current_exception(); }

    void take() {
        if (exception_ != nullptr) {
            std::rethrow_exception(exception_);
        }
    }

private:
    std::exception_ptr exception_;
};

template <class T>
class TaskPromise : public TaskResult<T> {
public:
    Task<T> get_return_object() noexcept;

    static std::suspend_always initial_suspend() noexcept { return {}; }

    struct FinalAwaiter {
        static bool await_ready() noexcept { return false; }
        // A jump, not a call: however long the chain of tasks, the stack does not grow.
        static std::coroutine_handle<> await_suspend(
            std::coroutine_handle<TaskPromise> finished) noexcept {
            return finished.promise().continuation;
        }
        static void await_resume() noexcept {}
    };
    static FinalAwaiter final_suspend() noexcept { return {}; }

    std::coroutine_handle<> continuation = std::noop_coroutine();
};

}  // namespace detail

/// A coroutine that begins when it is awaited, and gives its result, or its exception, to the one
/// who awaits it. It is awaited once, as an rvalue.
///
/// It runs in the thread of whoever awaits it, and goes on in that of whoever resumes what it
/// awaits; at its end it resumes the one who awaits it, in that thread. To destroy it while it is
/// suspended destroys its frame, and with it all that it awaits. Not thread-safe: one thread at a
/// time.
template <class T>
class [[nodiscard]] Task {
public:
    /// What the language asks for.
    using promise_type = detail::TaskPromise<T>;

    /// Takes the coroutine over; `other` is empty then.
    Task(Task&& other) noexcept : coroutine_{std::exchange(other.coroutine_, nullptr)} {}
    /// Destroys the coroutine held so far and takes the other over.
    Task& operator=(Task&& other) noexcept {
        Task old{std::move(*this)};
        coroutine_ = std::exchange(other.coroutine_, nullptr);
        return *this;
    }

    ~Task() {
        if (coroutine_) {
            coroutine_.destroy();
        }
    }

    /// Runs the coroutine and resumes with its result.
    auto operator co_await() && noexcept {
        struct Awaiter {
            static bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> continuation) noexcept {
                coroutine.promise().continuation = continuation;
                return coroutine;
            }
            T await_resume() { return coroutine.promise().take(); }
            std::coroutine_handle<promise_type> coroutine;
        };
        return Awaiter{coroutine_};
    }

private:
    friend promise_type;
    explicit Task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_{coroutine} {}

    std::coroutine_handle<promise_type> coroutine_;
};

template <class T>
Task<T> detail::TaskPromise<T>::get_return_object() noexcept {
    return Task<T>{std::coroutine_handle<TaskPromise>::from_promise(*this)};
}

namespace detail {

/// Runs a task to its end and then tells a waiting thread.
class SyncWaiter {
public:
    struct promise_type {
        SyncWaiter get_return_object() noexcept {
            return SyncWaiter{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct Finish {
                static bool await_ready() noexcept { return false; }
                static void await_suspend(std::coroutine_handle<promise_type> coroutine) noexcept {
                    promise_type& promise = coroutine.promise();
                    // Notified under the lock: the waiter may destroy all of this once it has it.
                    const std::lock_guard lock{promise.mutex};
                    promise.finished = true;
                    promise.condition.notify_one();
                }
                static void await_resume() noexcept {}
            };
            return Finish{};
        }
        static void return_void() noexcept {}
        static void unhandled_exception() noexcept { std::terminate(); }

        std::mutex mutex;
        std::condition_variable condition;
        bool finished = false;
    };

    SyncWaiter(const SyncWaiter&) = delete;
    SyncWaiter& operator=(const SyncWaiter&) = delete;
    ~SyncWaiter() { coroutine_.destroy(); }

    void run() {
        coroutine_.resume();
        promise_type& promise = coroutine_.promise();
        std::unique_lock lock{promise.mutex};
        promise.condition.wait(lock, [&] { return promise.finished; });
    }

private:
    explicit SyncWaiter(std::coroutine_handle<promise_type> coroutine) noexcept
        : coroutine_{coroutine} {}

    std::coroutine_handle<promise_type> coroutine_;
};

}  // namespace detail

}  // namespace fluxgate::inline v0_1

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Awaits the task and keeps its result.
template <class T>
Task<> keep_result(Task<T>& task, TaskResult<T>& result) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
    } else {
        T value = co_await std::move(task);
        result.return_value(std::forward<T>(value));
    }
}

/// Awaits what keeps the result, and keeps an exception.
template <class T>
SyncWaiter wait_for(Task<>& kept, TaskResult<T>& result) {
#ifdef __cpp_exceptions
    try {
        co_await std::move(kept);
    } catch (...) {
        result.unhandled_exception();
    }
#else
    co_await std::move(kept);
#endif
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Runs the task in this thread and blocks it until the task is done, wherever that was resumed.
/// Its result, or its exception.
template <class T>
T sync_wait(Task<T> task) {
    detail::TaskResult<T> result;
    Task<> kept = detail::keep_result(task, result);
    detail::SyncWaiter waiter = detail::wait_for(kept, result);
    waiter.run();
    return result.take();
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
