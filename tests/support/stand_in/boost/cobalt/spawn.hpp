// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/cobalt/task.hpp>

#include <coroutine>
#include <exception>
#include <utility>

namespace boost::cobalt {

/// The outermost coroutine, which owns itself, or is owned by what it waits for.
struct spawned {
    struct promise_type : promise_base {
        spawned get_return_object() noexcept {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        static std::suspend_never final_suspend() noexcept { return {}; }
        static void return_void() noexcept {}
        [[noreturn]] static void unhandled_exception() { throw; }
    };
    std::coroutine_handle<promise_type> handle;
};

template <class T, class Handler>
spawned run_spawned(task<T> run, Handler handler) {
    std::exception_ptr error;
    T value{};
    try {
        value = co_await run;
    } catch (...) {
        error = std::current_exception();
    }
    std::move(handler)(error, std::move(value));
}

/// Runs a task in a context. The token's cancellation slot cancels it.
template <class T, class Token>
auto spawn(asio::io_context& context, task<T> run, Token&& token) {
    return asio::async_initiate<Token, void(std::exception_ptr, T)>(
        [&context](auto handler, task<T> to_run) {
            auto slot = asio::get_associated_cancellation_slot(handler);
            spawned made = run_spawned<T>(std::move(to_run), std::move(handler));
            promise_base& promise = made.handle.promise();
            promise.executor = context.get_executor();
            if (slot.is_connected()) {
                slot.assign(
                    [&promise](asio::cancellation_type type) { promise.signal.emit(type); });
            }
            asio::post(context, [owned = unique_handle{made.handle}]() mutable {
                owned.release().resume();
            });
        },
        token, std::move(run));
}

}  // namespace boost::cobalt
