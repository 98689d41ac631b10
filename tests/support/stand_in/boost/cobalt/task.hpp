// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

// As much of Boost.Cobalt as Fluxgate's adapter and its tests use: it stands in where Boost is older
// than 1.84.
//
// A task begins when it is awaited. It has the executor of who awaits it, which can cancel it. What
// waits for an operation is owned by that operation's handler: dropped, it takes the task along, and
// those that await it.

namespace boost::cobalt {

/// Owns a coroutine.
class unique_handle {
public:
    unique_handle() = default;
    explicit unique_handle(std::coroutine_handle<> handle) noexcept : handle_{handle} {}
    unique_handle(unique_handle&& other) noexcept : handle_{other.release()} {}
    unique_handle& operator=(unique_handle&& other) noexcept {
        unique_handle taken{std::move(other)};
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~unique_handle() {
        if (handle_ != nullptr) {
            handle_.destroy();
        }
    }
    [[nodiscard]] std::coroutine_handle<> release() noexcept {
        return std::exchange(handle_, nullptr);
    }

private:
    std::coroutine_handle<> handle_;
};

struct promise_base {
    using executor_type = asio::any_io_executor;
    using cancellation_slot_type = asio::cancellation_slot;

    template <class T>
    struct ready {
        static bool await_ready() noexcept { return true; }
        static void await_suspend(std::coroutine_handle<>) noexcept {}
        T await_resume() const noexcept { return value; }
        T value;
    };

    auto await_transform(asio::this_coro::cancellation_state_t) noexcept {
        return ready<asio::cancellation_state>{state};
    }
    auto await_transform(asio::this_coro::executor_t) noexcept {
        return ready<asio::any_io_executor>{executor};
    }
    template <class Awaitable>
    Awaitable&& await_transform(Awaitable&& awaitable) noexcept {
        return std::forward<Awaitable>(awaitable);
    }

    void is_awaited_by(promise_base& by, std::coroutine_handle<> handle) {
        executor = by.executor;
        awaited_by = unique_handle{handle};
        auto slot = by.state.slot();
        if (slot.is_connected()) {
            slot.assign([this](asio::cancellation_type type) { signal.emit(type); });
        }
    }

    asio::any_io_executor executor;
    asio::cancellation_signal signal;
    asio::cancellation_state state{signal.slot()};
    unique_handle awaited_by;
};

template <class T>
struct result_of_task {
    void return_value(T value) { result.template emplace<1>(std::move(value)); }
    std::variant<std::monostate, T, std::exception_ptr> result;
};
template <>
struct result_of_task<void> {
    void return_void() noexcept {}
    std::variant<std::monostate, std::monostate, std::exception_ptr> result;
};

template <class T>
class [[nodiscard]] task {
public:
    struct promise_type : promise_base, result_of_task<T> {
        struct final_awaiter {
            static bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(
                std::coroutine_handle<promise_type> ended) const noexcept {
                return ended.promise().awaited_by.release();
            }
            void await_resume() const noexcept {}
        };

        promise_type() = default;
        promise_type(const promise_type&) = delete;
        promise_type& operator=(const promise_type&) = delete;
        ~promise_type() {
            if (owner != nullptr) {
                owner->handle_ = nullptr;
            }
        }

        task get_return_object() noexcept {
            return task{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        static final_awaiter final_suspend() noexcept { return {}; }
        void unhandled_exception() noexcept {
            this->result.template emplace<2>(std::current_exception());
        }

        task* owner = nullptr;
    };

    task(task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} { own(); }
    task& operator=(task&& other) noexcept {
        std::swap(handle_, other.handle_);
        own();
        other.own();
        return *this;
    }
    ~task() {
        if (handle_ != nullptr) {
            handle_.promise().owner = nullptr;
            // Who awaits it is destroying it.
            static_cast<void>(handle_.promise().awaited_by.release());
            handle_.destroy();
        }
    }

    struct awaiter {
        static bool await_ready() noexcept { return false; }
        template <std::derived_from<promise_base> Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> by) {
            by_ = &by.promise();
            awaited->handle_.promise().is_awaited_by(by.promise(), by);
            return awaited->handle_;
        }
        T await_resume() {
            if (auto slot = by_->state.slot(); slot.is_connected()) {
                slot.clear();
            }
            auto& result = awaited->handle_.promise().result;
            if (auto* const error = std::get_if<2>(&result)) {
                std::rethrow_exception(*error);
            }
            if constexpr (!std::is_void_v<T>) {
                return std::get<1>(std::move(result));
            }
        }
        task* awaited;
        promise_base* by_ = nullptr;
    };
    awaiter operator co_await() noexcept { return {this}; }

private:
    explicit task(std::coroutine_handle<promise_type> handle) noexcept : handle_{handle} { own(); }
    void own() noexcept {
        if (handle_ != nullptr) {
            handle_.promise().owner = this;
        }
    }
    std::coroutine_handle<promise_type> handle_;
};

}  // namespace boost::cobalt
