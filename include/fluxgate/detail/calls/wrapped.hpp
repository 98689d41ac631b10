// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A function behind a breaker, which must outlive it. Copied and moved as the function is; called
/// from several threads at once where the function can be.
template <class Breaker, class F>
class Wrapped {
public:
    template <class G>
    Wrapped(Breaker& breaker, G&& f) : breaker_{&breaker}, f_(std::forward<G>(f)) {}

    template <class... Args>
        requires std::invocable<F&, Args...>
    std::invoke_result_t<F&, Args...> operator()(Args&&... args) {
        return breaker_->call(f_, std::forward<Args>(args)...);
    }

    template <class... Args>
        requires std::invocable<const F&, Args...>
    std::invoke_result_t<const F&, Args...> operator()(Args&&... args) const {
        return breaker_->call(f_, std::forward<Args>(args)...);
    }

private:
    Breaker* breaker_;
    F f_;
};

/// A function behind a breaker, with a fallback; as `Wrapped` else.
template <class Breaker, class F, class Fallback>
class WrappedWithFallback {
public:
    template <class G, class H>
    WrappedWithFallback(Breaker& breaker, G&& f, H&& fallback)
        : breaker_{&breaker}, f_(std::forward<G>(f)), fallback_(std::forward<H>(fallback)) {}

    template <class... Args>
        requires std::invocable<F&, Args...>
    std::invoke_result_t<F&, Args...> operator()(Args&&... args) {
        return breaker_->call_with_fallback(f_, fallback_, std::forward<Args>(args)...);
    }

    template <class... Args>
        requires std::invocable<const F&, Args...>
    std::invoke_result_t<const F&, Args...> operator()(Args&&... args) const {
        return breaker_->call_with_fallback(f_, fallback_, std::forward<Args>(args)...);
    }

private:
    Breaker* breaker_;
    F f_;
    Fallback fallback_;
};

/// A function that returns a coroutine, behind a breaker, which must outlive it. Copied and moved
/// as the function is; each call copies it, so it may be gone before the coroutine is.
template <class Breaker, class F>
class AsyncWrapped {
public:
    template <class G>
    AsyncWrapped(Breaker& breaker, G&& f) : breaker_{&breaker}, f_(std::forward<G>(f)) {}

    template <class... Args>
        requires std::invocable<F, std::decay_t<Args>...>
    std::invoke_result_t<F, std::decay_t<Args>...> operator()(Args&&... args) const {
        return breaker_->call(f_, std::forward<Args>(args)...);
    }

private:
    Breaker* breaker_;
    F f_;
};

/// A function that returns a coroutine, behind a breaker, with a fallback; as `AsyncWrapped` else.
template <class Breaker, class F, class Fallback>
class AsyncWrappedWithFallback {
public:
    template <class G, class H>
    AsyncWrappedWithFallback(Breaker& breaker, G&& f, H&& fallback)
        : breaker_{&breaker}, f_(std::forward<G>(f)), fallback_(std::forward<H>(fallback)) {}

    template <class... Args>
        requires std::invocable<F, std::decay_t<Args>...>
    std::invoke_result_t<F, std::decay_t<Args>...> operator()(Args&&... args) const {
        return breaker_->call_with_fallback(f_, fallback_, std::forward<Args>(args)...);
    }

private:
    Breaker* breaker_;
    F f_;
    Fallback fallback_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
