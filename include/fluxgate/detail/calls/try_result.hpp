// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/expected.hpp>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What a coroutine of type `R` is awaited for, or the rejection.
template <class R>
using expected_of = expected<stored_t<await_result_t<R, R>>, Rejection>;

/// The coroutine type of the same family that is awaited for a `U`.
template <class R, class U>
struct Rebound {
    static_assert(always_false<R>,
                  "fluxgate: try_call cannot tell which coroutine type of this family is awaited "
                  "for an expected: say it, as in try_call_as<Task<expected<int, Rejection>>>(f)");
};
template <template <class, class...> class Family, class T, class... Rest, class U>
struct Rebound<Family<T, Rest...>, U> {
    using type = Family<U, Rest...>;
};

/// The coroutine type of R's family that is awaited for that.
template <class R>
struct TryResult {
    static_assert(CoroutineType<R>,
                  "fluxgate: try_call needs a function that returns a coroutine type");
};
template <CoroutineType R>
struct TryResult<R> {
    using type = typename Rebound<R, expected_of<R>>::type;
};
template <class R>
using try_result_t = typename TryResult<R>::type;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
