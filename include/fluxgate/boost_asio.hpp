// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/detail/adapters/asio_waiter.hpp>
#include <fluxgate/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <utility>

#ifndef BOOST_ASIO_HAS_CO_AWAIT
#error \
    "fluxgate: this Asio does not notice this compiler's coroutines: define BOOST_ASIO_HAS_CO_AWAIT and BOOST_ASIO_HAS_STD_COROUTINE"
#include <fluxgate/stops_here_without_coroutines>
#endif

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What `AsioWaiter` needs of Boost.Asio.
struct BoostAsioApi {
    using execution_context = boost::asio::execution_context;

    template <class Handler>
    static auto executor_of(const Handler& handler) noexcept {
        return boost::asio::get_associated_executor(handler);
    }

    template <class Executor>
    static auto keep_running(const Executor& executor) {
        return boost::asio::make_work_guard(executor);
    }

    template <class Service, class Executor>
    static Service& service_of(const Executor& executor) {
        return boost::asio::use_service<Service>(
            boost::asio::query(executor, boost::asio::execution::context));
    }

    template <class Executor, class F>
    static void post(const Executor& executor, F f) {
        boost::asio::post(executor, std::move(f));
    }

    template <class Handler, class F>
    static void on_cancel(const Handler& handler, F f) {
        auto slot = boost::asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.assign([f](boost::asio::cancellation_type type) {
                if (type != boost::asio::cancellation_type::none) {
                    f();
                }
            });
        }
    }

    template <class Handler>
    static void clear_cancel(const Handler& handler) {
        auto slot = boost::asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.clear();
        }
    }

    static boost::system::error_code error(bool cancelled) {
        return cancelled
                   ? boost::asio::error::make_error_code(boost::asio::error::operation_aborted)
                   : boost::system::error_code{};
    }
};

/// The `task_traits` of coroutines that await operations of Boost.Asio by this completion token.
template <class Token>
struct BoostAsioTraits {
    /// Returns an asynchronous operation of Boost.Asio, for a `Slot`.
    template <class Mutex>
    static auto acquire(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) {
        using Slot = typename BasicSemaphore<Mutex>::Slot;
        return boost::asio::async_initiate<const Token, void(boost::system::error_code, Slot)>(
            [](auto handler, BasicSemaphore<Mutex>* from, std::uint64_t since) {
                AsioWaiter<BoostAsioApi, Mutex, decltype(handler)>::start(*from, since,
                                                                          std::move(handler));
            },
            Token{}, &semaphore, generation);
    }

    /// Returns what to await for the coroutine's cancellation state.
    static auto watch() noexcept { return boost::asio::this_coro::cancellation_state; }

    /// Returns how the coroutine was cancelled, if it was.
    static boost::asio::cancellation_type cancelled(
        const boost::asio::cancellation_state& seen) noexcept {
        return seen.cancelled();
    }

    /// Returns whether the exception is an `operation_aborted`.
    static bool is_cancellation(const CaughtException& caught) {
        return caught.match<boost::system::system_error>(
            [](const boost::system::system_error& error) {
                return error.code() == boost::asio::error::operation_aborted;
            });
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Coroutines of Boost.Asio: a waiter resumes on its own executor, can be cancelled while it waits,
/// and is dropped when its execution context goes. `operation_aborted` counts as cancelled where
/// this coroutine was cancelled, and as a failure where the callee gave up by itself.
template <class T, class Executor>
struct task_traits<boost::asio::awaitable<T, Executor>>
    : detail::BoostAsioTraits<boost::asio::use_awaitable_t<Executor>> {};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
