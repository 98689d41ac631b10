// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/made_in_place.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/config.hpp>

#include <concepts>
#include <coroutine>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

// What awaiting something inside a coroutine of a given type results in.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

template <class Promise, class T>
decltype(auto) transformed(Promise& promise, T&& value) {
    if constexpr (requires { promise.await_transform(std::forward<T>(value)); }) {
        return promise.await_transform(std::forward<T>(value));
    } else {
        return std::forward<T>(value);
    }
}

template <class T>
decltype(auto) awaiter_of(T&& value) {
    if constexpr (HasMemberCoAwait<T>) {
        return std::forward<T>(value).operator co_await();
    } else if constexpr (HasFreeCoAwait<T>) {
        return operator co_await(std::forward<T>(value));
    } else {
        return std::forward<T>(value);
    }
}

/// The type of `co_await std::declval<T>()` in a coroutine of type `R`.
template <class R, class T>
using await_result_t =
    decltype(awaiter_of(
                 transformed(std::declval<typename std::coroutine_traits<R>::promise_type&>(),
                             std::declval<T>()))
                 .await_resume());

/// Awaits an awaiter that lives elsewhere.
template <class Awaiter>
struct Borrowed {
    bool await_ready() { return awaiter->await_ready(); }
    template <class Promise>
    auto await_suspend(std::coroutine_handle<Promise> handle) {
        return awaiter->await_suspend(handle);
    }
    decltype(auto) await_resume() { return awaiter->await_resume(); }
    Awaiter* awaiter;
};

/// What to co_await for an awaitable held in a variable: the variable itself, cast to its original
/// value category, or a reference to it (Borrowed) if it cannot be moved, because GCC 12 moves the
/// operand of co_await.
template <class T>
decltype(auto) to_await(std::remove_reference_t<T>& awaitable) noexcept {
    if constexpr (!std::move_constructible<std::remove_cvref_t<T>>) {
        return Borrowed<std::remove_reference_t<T>>{std::addressof(awaitable)};
    } else {
        return static_cast<T&&>(awaitable);
    }
}
template <class T>
using awaited_as = decltype(to_await<T>(std::declval<std::remove_reference_t<T>&>()));

/// What that result is kept as until the coroutine returns it: an rvalue reference may point into
/// an awaiter that is gone after the full expression.
template <class Result>
using held_t =
    std::conditional_t<std::is_rvalue_reference_v<Result>, std::remove_cvref_t<Result>, Result>;

/// The type that a result is kept as, where the result may be void; see `held_t`.
template <class Result>
using held_or_done_t = typename std::conditional_t<std::is_void_v<Result>, std::type_identity<Done>,
                                                   std::type_identity<held_t<Result>>>::type;

/// Room for what a result that is a reference points into, where that lives no longer than the body
/// of the coroutine: a parameter of the coroutine lives as long as its frame.
template <class Result, class Awaited>
struct Kept {
    /// Returns the awaitable itself, as nothing points into it.
    template <class Make>
    Awaited awaitable(Make make) {
        return make();
    }
    template <class Held>
    static auto&& result(Held& held) noexcept {
        if constexpr (std::is_lvalue_reference_v<Result>) {
            return held;
        } else {
            return std::move(held);
        }
    }
    static void result(Done&) noexcept {}
};
template <class Result, class Awaited>
    requires(std::is_lvalue_reference_v<Result> && !std::is_reference_v<Awaited> &&
             std::move_constructible<Awaited>)
struct Kept<Result, Awaited> {
    /// Keeps the awaitable. One that cannot be moved cannot be in a parameter.
    template <class Make>
    Awaited& awaitable(Make make) {
        kept.make(std::move(make));
        return *kept;
    }
    template <class Held>
    static Held& result(Held& held) noexcept {
        return held;
    }
    MadeInPlace<Awaited> kept{};
};
template <class Result, class Awaited>
    requires std::is_rvalue_reference_v<Result>
struct Kept<Result, Awaited> {
    template <class Make>
    Awaited awaitable(Make make) {
        return make();
    }
    /// Keeps what the reference referred to.
    template <class Held>
    Held&& result(Held& held) {
        return std::move(kept.emplace(std::move(held)));
    }
    std::optional<std::remove_cvref_t<Result>> kept{};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
