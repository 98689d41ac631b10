// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <concepts>
#include <coroutine>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A coroutine type that a function returns, whatever its arguments are.
template <class R>
concept CoroutineType = requires { typename std::coroutine_traits<R>::promise_type; };

template <class T>
concept HasMemberCoAwait = requires(T&& value) { std::forward<T>(value).operator co_await(); };
template <class T>
concept HasFreeCoAwait = requires(T&& value) { operator co_await(std::forward<T>(value)); };
template <class T>
concept PlainAwaiter = requires(T& value, std::coroutine_handle<> handle) {
    { value.await_ready() } -> std::convertible_to<bool>;
    value.await_suspend(handle);
    value.await_resume();
};

/// What can be awaited by itself, without a promise that transforms it.
template <class T>
concept Awaitable = HasMemberCoAwait<T> || HasFreeCoAwait<T> || PlainAwaiter<T>;

}  // namespace fluxgate::inline v0_1::detail
