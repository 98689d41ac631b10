// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/detail/adapters/asio_waiter.hpp>
#include <fluxgate/detail/config.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/error.hpp>
#include <asio/error_code.hpp>
#include <asio/execution_context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <cstdint>
#include <system_error>
#include <utility>

#ifndef ASIO_HAS_CO_AWAIT
#error \
    "fluxgate: this Asio does not notice this compiler's coroutines: define ASIO_HAS_CO_AWAIT and ASIO_HAS_STD_COROUTINE"
#include <fluxgate/stops_here_without_coroutines>
#endif

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What `AsioWaiter` needs of Asio.
struct AsioApi {
    using execution_context = asio::execution_context;

    template <class Handler>
    static auto executor_of(const Handler& handler) noexcept {
        return asio::get_associated_executor(handler);
    }

    template <class Executor>
    static auto keep_running(const Executor& executor) {
        return asio::make_work_guard(executor);
    }

    template <class Service, class Executor>
    static Service& service_of(const Executor& executor) {
        return asio::use_service<Service>(asio::query(executor, asio::execution::context));
    }

    template <class Executor, class F>
    static void post(const Executor& executor, F f) {
        asio::post(executor, std::move(f));
    }

    template <class Handler, class F>
    static void on_cancel(const Handler& handler, F f) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.assign([f](asio::cancellation_type type) {
                if (type != asio::cancellation_type::none) {
                    f();
                }
            });
        }
    }

    template <class Handler>
    static void clear_cancel(const Handler& handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.clear();
        }
    }

    static std::error_code error(bool cancelled) {
        return cancelled ? asio::error::make_error_code(asio::error::operation_aborted)
                         : std::error_code{};
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Coroutines of Asio: a waiter resumes on its own executor, can be cancelled while it waits, and
/// is dropped when its execution context goes. `operation_aborted` counts as cancelled where this
/// coroutine was cancelled, and as a failure where the callee gave up by itself.
template <class T, class Executor>
struct task_traits<asio::awaitable<T, Executor>> {
    /// Returns an asynchronous operation of Asio, for a `Slot`.
    template <class Mutex>
    static auto acquire(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) {
        using Slot = typename BasicSemaphore<Mutex>::Slot;
        using Token = asio::use_awaitable_t<Executor>;
        return asio::async_initiate<const Token, void(std::error_code, Slot)>(
            [](auto handler, BasicSemaphore<Mutex>* from, std::uint64_t since) {
                detail::AsioWaiter<detail::AsioApi, Mutex, decltype(handler)>::start(
                    *from, since, std::move(handler));
            },
            Token{}, &semaphore, generation);
    }

    /// Returns what to await for the coroutine's cancellation state.
    static auto watch() noexcept { return asio::this_coro::cancellation_state; }

    /// Returns how the coroutine was cancelled, if it was.
    static asio::cancellation_type cancelled(const asio::cancellation_state& seen) noexcept {
        return seen.cancelled();
    }

    /// Returns whether the exception is an `operation_aborted`.
    static bool is_cancellation(const CaughtException& caught) {
        return caught.match<std::system_error>([](const std::system_error& error) {
            return error.code() == asio::error::operation_aborted;
        });
    }
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
