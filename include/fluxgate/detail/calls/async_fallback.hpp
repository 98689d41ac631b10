// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/fallback.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

// Fallbacks of awaited calls: which exceptions go to one, and how its answer is awaited. As in
// async_call.hpp, each statement has at most one `co_await`, of a named variable.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The fallback of a call that has none.
struct NoFallback {};

/// Returns whether an exception that is no cancellation goes to the fallback.
template <class Fallback>
bool takes_exception(const CaughtException& caught) {
    if constexpr (std::same_as<Fallback, NoFallback>) {
        return false;
    } else if constexpr (takes<Fallback>() == Takes::one_type) {
        return caught.is<exception_of<Fallback>>();
    } else {
        return true;
    }
}

/// Returns the fallback's answer to an exception that goes to it. The exception lives as long as
/// `error`, so an answer that is a coroutine may refer to it.
template <class Fallback>
decltype(auto) ask(Fallback& fallback, const std::exception_ptr& error) {
    constexpr Takes kind = takes<Fallback>();
    if constexpr (kind == Takes::pointer) {
        return std::invoke(fallback, error);
    } else if constexpr (kind == Takes::nothing) {
        return std::invoke(fallback);
    } else {
        using Exception = exception_of<Fallback>;
        try {
            std::rethrow_exception(error);
        } catch (const Exception& caught) {
            return std::invoke(fallback, caught);
        }
    }
}

/// What an answer is, once it was awaited where it can be.
template <class R, class Answer>
struct Answered {
    static constexpr bool awaits = false;
    using type = Answer;
};
template <class R, class Answer>
    requires(Awaitable<Answer> || CoroutineType<Answer>)
struct Answered<R, Answer> {
    static constexpr bool awaits = true;
    using type = await_result_t<R, awaited_as<Answer>>;
};
template <class R, class Answer>
using answered_t = typename Answered<R, Answer>::type;

/// Returns the fallback's answer, which cannot be awaited, as what `R` is awaited for.
template <class R, class Fallback>
held_or_done_t<await_result_t<R, R>> answer_at_once(Fallback& fallback,
                                                    const std::exception_ptr& error) {
    if constexpr (std::is_void_v<await_result_t<R, R>>) {
        ask(fallback, error);
        return {};
    } else {
        return ask(fallback, error);
    }
}

/// Asks the fallback and awaits its answer, in a coroutine of type `R`. `fallback` and `error`
/// outlive it.
template <class R, class Fallback, class Answer>
R answer_async(Fallback& fallback, const std::exception_ptr& error,
               Kept<answered_t<R, Answer>, Answer> kept_answer,
               [[maybe_unused]] Kept<await_result_t<R, R>, R> kept) {
    using Result = await_result_t<R, R>;
    using Given = answered_t<R, Answer>;
    auto&& answer = kept_answer.awaitable([&]() -> Answer { return ask(fallback, error); });
    held_or_done_t<Given> given = (co_await to_await<Answer>(answer), After<Given>{});
    if constexpr (!std::is_void_v<Result>) {
        held_t<Result> result = std::forward<held_t<Given>>(given);
        co_return kept.result(result);
    }
}

/// Returns the fallback's answer, which is to be awaited, as an `R`: itself, where it is one.
template <class R, class Fallback>
R answer_as(Fallback& fallback, const std::exception_ptr& error) {
    using Answer = decltype(ask(fallback, error));
    if constexpr (std::same_as<Answer, R>) {
        return ask(fallback, error);
    } else {
        return answer_async<R, Fallback, Answer>(fallback, error, {}, {});
    }
}

/// Says in a sentence what is wrong with a fallback of a function that returns an `R`.
template <class R, class Fallback>
consteval bool check_async_fallback() {
    static_assert(takes<Fallback>() != Takes::unknown,
                  "fluxgate: a fallback takes a std::exception_ptr, or const E& of a named type E, "
                  "or nothing");
    static_assert(!takes_rejection<Fallback>(),
                  "fluxgate: nothing throws a Rejection: a fallback for rejections takes a const "
                  "CallNotPermittedError&, whose rejection() it is");
    using Result = await_result_t<R, R>;
    using Answer = decltype(ask(std::declval<Fallback&>(), std::exception_ptr{}));
    using Given = typename Answered<R, Answer>::type;
    static_assert(std::is_void_v<Result> || std::is_convertible_v<Given, Result>,
                  "fluxgate: what the fallback returns converts to what the function returns");
    static_assert(!std::is_lvalue_reference_v<Result> || std::is_reference_v<Given>,
                  "fluxgate: the function returns a reference, so the fallback returns one too: a "
                  "value would be gone before the caller sees it");
    static_assert(!std::is_lvalue_reference_v<Result> || refers_to_answer<Given, Result>,
                  "fluxgate: the function returns a reference, so the fallback returns one to the "
                  "same type: a value that is converted would be gone before the caller sees it");
    return true;
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
