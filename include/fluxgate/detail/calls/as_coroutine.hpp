// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/config.hpp>

#include <functional>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Awaits `std::invoke(f, args...)`, which is no `R`, in a coroutine that is one.
template <class R, class F, class... Args>
R as_coroutine(Kept<await_result_t<R, awaited_as<std::invoke_result_t<F, Args...>>>,
                    std::invoke_result_t<F, Args...>>
                   kept,
               F f, Args... args) {
    using Awaited = std::invoke_result_t<F, Args...>;
    using Result = await_result_t<R, awaited_as<Awaited>>;
    auto&& awaited =
        kept.awaitable([&]() -> Awaited { return std::invoke(std::move(f), std::move(args)...); });
    held_or_done_t<Result> result = (co_await to_await<Awaited>(awaited), After<Result>{});
    co_return kept.result(result);
}

/// A function that returns an `R`: `f` itself, where it does.
template <class R, class F>
struct AsCoroutine {
    template <class... Args>
    R operator()(Args... args) {
        return as_coroutine<R, F, Args...>({}, std::move(f), std::move(args)...);
    }
    F f;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
