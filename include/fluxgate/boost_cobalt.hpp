// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/boost_asio.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/task_traits.hpp>

#include <boost/cobalt/op.hpp>
#include <boost/cobalt/promise.hpp>
#include <boost/cobalt/task.hpp>
#include <boost/cobalt/this_coro.hpp>

// For calls of coroutines of Boost.Cobalt, from Boost 1.84 on: `task<T>` and `promise<T>`. A frame of
// Cobalt's belongs to one thread: one that waits for a slot goes on by its own executor, can be
// cancelled while it waits, and is dropped with its execution context.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// As that of `boost::asio::awaitable`: `operation_aborted` counts as cancelled where this coroutine
/// was cancelled, and as a failure where the callee gave up by itself.
template <class T>
struct task_traits<boost::cobalt::task<T>> : detail::BoostAsioTraits<boost::cobalt::use_op_t> {};

/// As that of `boost::cobalt::task`.
template <class T>
struct task_traits<boost::cobalt::promise<T>> : detail::BoostAsioTraits<boost::cobalt::use_op_t> {};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
