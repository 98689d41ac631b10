// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/task_traits.hpp>

#include <utility>

// Asking a coroutine that knows it whether it was cancelled.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A coroutine type whose coroutines know whether they were cancelled.
template <class R>
concept Watched = requires { task_traits<R>::watch(); };

/// What a look at the cancellation of a coroutine of type `R` gives: nothing, where the exception
/// says it all.
template <class R>
struct CancellationOf {
    using type = Nothing;
};
template <Watched R>
struct CancellationOf<R> {
    using type = decltype(task_traits<R>::cancelled(
        std::declval<await_result_t<R, decltype(task_traits<R>::watch())>>()));
};
template <class R>
using cancellation_t = typename CancellationOf<R>::type;

/// Returns whether a coroutine was cancelled between two looks. An earlier cancellation, which it
/// has survived, does not count.
template <Watched R>
bool was_cancelled(const cancellation_t<R>& before, const cancellation_t<R>& after) {
    return after != cancellation_t<R>{} && after != before;
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
