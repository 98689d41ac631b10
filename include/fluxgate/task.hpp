// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/cancellation.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/home.hpp>

#include <concepts>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <variant>

// A coroutine type for programs that bring none, and a way to wait for one from outside.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

template <class T = void>
class Task;

namespace detail {

inline namespace FLUXGATE_MODE {

/// Returns the exception being handled. Forced unwinding, which is none, goes on to the code that
/// resumed the coroutine.
inline std::exception_ptr unhandled(Mode) {
    std::exception_ptr exception = std::current_exception();
#ifdef __cpp_exceptions
    if (exception == nullptr) {
        throw;
    }
#endif
    return exception;
}

}  // namespace FLUXGATE_MODE

/// What a coroutine left behind, for the coroutine that awaits it.
template <class T>
class TaskResult {
public:
    template <class U>
        requires std::constructible_from<T, U>
    void return_value(U&& value) {
        content_.template emplace<1>(std::forward<U>(value));
    }

    template <class M = Mode>
    void unhandled_exception() {
        content_.template emplace<2>(unhandled(M{}));
    }

    T take() {
        if (const auto* const exception = std::get_if<2>(&content_)) {
            std::rethrow_exception(*exception);
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

    template <class M = Mode>
    void unhandled_exception() {
        exception_ = unhandled(M{});
    }

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

    template <class M = Mode>
    void unhandled_exception() {
        exception_ = unhandled(M{});
    }

    void take() {
        if (exception_ != nullptr) {
            std::rethrow_exception(exception_);
        }
    }

private:
    std::exception_ptr exception_;
};

template <class T>
class TaskPromise : public TaskResult<T>, public Homed {
public:
    Task<T> get_return_object() noexcept;

    static std::suspend_always initial_suspend() noexcept { return {}; }

    struct FinalAwaiter {
        static bool await_ready() noexcept { return false; }
        // A jump, not a call: however long the chain of tasks, the stack does not grow. GCC makes it a
        // call where it does not optimise, and under AddressSanitizer.
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

/// A coroutine that begins when it is awaited, and gives its result, or its exception, to the
/// coroutine that awaits it. It is awaited once, as an rvalue.
///
/// It runs in the thread that awaits it, and goes on in the thread that resumes what it awaits; at
/// its end it resumes the coroutine that awaits it, in that thread. To destroy it while it is
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
        Task taken{std::move(other)};
        std::swap(coroutine_, taken.coroutine_);
        return *this;
    }

    ~Task() {
        if (coroutine_) {
            coroutine_.destroy();
        }
    }

    /// What `co_await` awaits.
    class Awaiter {
    public:
        /// Returns false: the coroutine has not begun.
        static bool await_ready() noexcept { return false; }
        /// Runs the coroutine in this thread.
        template <class Promise>
        std::coroutine_handle<> await_suspend(
            std::coroutine_handle<Promise> continuation) noexcept {
            coroutine_.promise().home = detail::home_of(continuation);
            coroutine_.promise().continuation = continuation;
            return coroutine_;
        }
        /// Returns the result, or throws the exception.
        T await_resume() { return coroutine_.promise().take(); }

    private:
        friend Task;
        explicit Awaiter(std::coroutine_handle<promise_type> coroutine) noexcept
            : coroutine_{coroutine} {}

        std::coroutine_handle<promise_type> coroutine_;
    };

    /// Runs the coroutine and resumes with its result.
    Awaiter operator co_await() && noexcept { return Awaiter{coroutine_}; }

private:
    friend promise_type;
    explicit Task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_{coroutine} {}

    std::coroutine_handle<promise_type> coroutine_;
};

template <class T>
Task<T> detail::TaskPromise<T>::get_return_object() noexcept {
    return Task<T>{std::coroutine_handle<TaskPromise>::from_promise(*this)};
}

}  // namespace fluxgate::inline v0_1

// A coroutine without exceptions has no handler in which its promise is told of one.
namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A thread that is blocked until a coroutine is finished, and resumes what is posted to it.
class BlockedThread final : public Home {
public:
    void post(WaitingForHome& coming) noexcept override {
        // Notified under the lock: the thread may destroy all of this once it has it.
        const std::lock_guard lock{mutex_};
        coming.queued = true;
        coming.previous = last_;
        (last_ != nullptr ? last_->next : first_) = &coming;
        last_ = &coming;
        condition_.notify_one();
    }

    void remove(WaitingForHome& coming) noexcept override {
        const std::lock_guard lock{mutex_};
        if (coming.queued) {
            unlink(coming);
        }
    }

    /// Lets the thread go. From any thread.
    void finish() noexcept {
        const std::lock_guard lock{mutex_};
        finished_ = true;
        condition_.notify_one();
    }

    /// Blocks this thread, which is the home, until `finish` is called.
    void block() {
        std::unique_lock lock{mutex_};
        for (;;) {
            wait(lock);
            if (first_ == nullptr) {
                return;
            }
            const std::coroutine_handle<> coroutine = first_->coroutine;
            unlink(*first_);
            lock.unlock();
            coroutine.resume();
            lock.lock();
        }
    }

private:
    /// Waits until there is something to do. Not to be cancelled: the coroutine may be running in
    /// another thread.
    void wait(std::unique_lock<std::mutex>& lock) {
        const CancellationDeferred deferred;
        condition_.wait(lock, [this] { return finished_ || first_ != nullptr; });
    }

    /// Under the lock.
    void unlink(WaitingForHome& coming) noexcept {
        (coming.previous != nullptr ? coming.previous->next : first_) = coming.next;
        (coming.next != nullptr ? coming.next->previous : last_) = coming.previous;
        coming.next = nullptr;
        coming.queued = false;
    }

    // All below is guarded by the mutex.
    std::mutex mutex_;
    std::condition_variable condition_;
    WaitingForHome* first_ = nullptr;
    WaitingForHome* last_ = nullptr;
    bool finished_ = false;
};

/// Runs a task to its end while a thread waits for that.
class SyncWaiter {
public:
    struct promise_type : Homed {
        SyncWaiter get_return_object() noexcept {
            return SyncWaiter{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct Finish {
                static bool await_ready() noexcept { return false; }
                static void await_suspend(std::coroutine_handle<promise_type> coroutine) noexcept {
                    coroutine.promise().thread->finish();
                }
                static void await_resume() noexcept {}
            };
            return Finish{};
        }
        static void return_void() noexcept {}
        template <class M = Mode>
        void unhandled_exception() {
            exception = unhandled(M{});
        }

        BlockedThread* thread = nullptr;
        std::exception_ptr exception;
    };

    SyncWaiter(const SyncWaiter&) = delete;
    SyncWaiter& operator=(const SyncWaiter&) = delete;
    ~SyncWaiter() { coroutine_.destroy(); }

    /// Runs the task with this thread, which is blocked for it, as its home. Returns the exception
    /// with which the task ended; null where it ended without one.
    std::exception_ptr run(BlockedThread& thread) {
        promise_type& promise = coroutine_.promise();
        promise.home = &thread;
        promise.thread = &thread;
        coroutine_.resume();
        thread.block();
        return promise.exception;
    }

private:
    explicit SyncWaiter(std::coroutine_handle<promise_type> coroutine) noexcept
        : coroutine_{coroutine} {}

    std::coroutine_handle<promise_type> coroutine_;
};

/// Awaits the task and keeps its result.
template <class T>
SyncWaiter wait_for(Task<T>& task, TaskResult<T>& result) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
    } else {
        T value = co_await std::move(task);
        result.return_value(std::forward<T>(value));
    }
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Runs the task in this thread and blocks it until the task is done. Returns its result, or throws
/// its exception.
///
/// The task goes on in this thread where another one wakes it from waiting for a slot of a
/// semaphore, and else in the thread that resumes it. A thread that is cancelled while it is
/// blocked here goes on until the task runs in it again, or is done. Throws `std::bad_alloc`.
template <class T>
T sync_wait(Task<T> task) {
    // A thread that is cancelled in the task leaves it here, to be destroyed before its home.
    detail::BlockedThread thread;
    detail::TaskResult<T> result;
    Task<T> awaited = std::move(task);
    detail::SyncWaiter waiter = detail::wait_for(awaited, result);
    if (const std::exception_ptr exception = waiter.run(thread)) {
        std::rethrow_exception(exception);
    }
    return result.take();
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
