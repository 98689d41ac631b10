// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

// What functions return, and what a result is kept as.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// What `f(args...)` returns; a sentence where it cannot be called so.
template <class F, class... Args>
struct ResultOf {
    static_assert(std::invocable<F, Args...>,
                  "fluxgate: the function cannot be called with these arguments");
    using type = std::invoke_result_t<F, Args...>;
};
template <class F, class... Args>
using result_t = typename ResultOf<F, Args...>::type;

}  // namespace fluxgate::inline v0_1::detail

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

// GCC 12 looks for the virtual function that a pointer to a member function might mean, in an
// object that has none, and warns that there is no place for it.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#endif
/// Returns `std::invoke(f, args...)`.
template <class F, class... Args>
inline std::invoke_result_t<F, Args...> invoke(F&& f, Args&&... args) {
    return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::detail {

/// True if the result is a future: the standard's, or one of the same shape.
template <class R>
concept FutureType = requires(std::remove_cvref_t<R>& future) {
    { future.valid() } -> std::convertible_to<bool>;
    future.wait();
    future.get();
};

/// True if a tracker can judge the result before the caller has it.
template <class R>
inline constexpr bool can_be_held =
    std::is_void_v<R> || std::is_reference_v<R> || std::move_constructible<R>;

template <class R>
struct Stored {
    using type = std::remove_cv_t<R>;
};
template <class T>
struct Stored<T&> {
    using type = std::reference_wrapper<T>;
};
template <class T>
struct Stored<T&&> {
    using type = std::remove_cv_t<T>;
};

/// What a result is kept as.
template <class R>
using stored_t = typename Stored<R>::type;

/// What stands for a result of type void, and what follows any other behind a comma: so one
/// statement, `(e, After<Result>{})`, serves both. It is `e`, whose type is `Result`, or
/// `After<void>` where that is void. The operator is no template, so that no template of the user's
/// is preferred to it.
template <class Result>
struct After {
    friend constexpr Result&& operator,(Result&& result, After) noexcept {
        return static_cast<Result&&>(result);
    }
};
template <>
struct After<void> {};
using Done = After<void>;

}  // namespace fluxgate::inline v0_1::detail
