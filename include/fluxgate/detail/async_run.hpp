// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaiting.hpp>
#include <fluxgate/detail/core.hpp>
#include <fluxgate/detail/fallback.hpp>
#include <fluxgate/detail/verdict.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/trackers.hpp>

#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

// The coroutines under AsyncCircuitBreaker. GCC 12 destroys some temporaries of a `co_await`
// expression twice: so each statement here has at most one, of a named variable, and no handler has
// any. All parameters are values, which live in the frame.

namespace fluxgate {

/// How coroutines of type `R` wait for a slot, and which exceptions mean that one was cancelled: to
/// be specialised for coroutine types whose promise takes no plain awaiter.
template <class R>
struct task_traits {
    /// To be awaited in a coroutine of type `R`, for a `Slot`.
    template <class Mutex>
    static auto acquire(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) {
        return semaphore.acquire(generation);
    }

    /// Whether the exception says that the coroutine was cancelled, which is neither success nor
    /// failure.
    static bool is_cancellation(const CaughtException&) noexcept { return false; }
};

namespace detail {

/// Whether a coroutine of type `R` is to ask for something that knows whether it was cancelled.
template <class R>
concept Watched = requires { task_traits<R>::watch(); };

/// What knows whether a coroutine of type `R` was cancelled: nothing, where the exception says it
/// all.
template <class R>
struct WatchOf {
    using type = Nothing;
};
template <Watched R>
struct WatchOf<R> {
    using type = std::remove_cvref_t<await_result_t<R, decltype(task_traits<R>::watch())>>;
};
template <class R>
using watch_t = typename WatchOf<R>::type;

template <class R>
bool is_cancellation(const CaughtException& caught, [[maybe_unused]] const watch_t<R>& watch) {
    if constexpr (Watched<R>) {
        return task_traits<R>::is_cancellation(caught, watch);
    } else {
        return task_traits<R>::is_cancellation(caught);
    }
}

/// Settles by an exception, unless that is a cancellation.
template <class R, class Core, class Tracker>
void settle_async_exception(Core& core, const Tracker& tracker, const Grant& grant,
                            const CaughtException& caught, const watch_t<R>& watch) noexcept {
    if (!is_cancellation<R>(caught, watch)) {
        settle_exception(core, tracker, grant, caught);
    }
}

/// Awaits `std::invoke(f, args...)` as a call through the breaker.
template <class R, class Core, class Tracker, class F, class... Args>
R run_async(Core& core, const Tracker& tracker, F f, Args... args) {
    using Awaited = std::invoke_result_t<F, Args...>;
    using Result = await_result_t<R, awaited_as<Awaited>>;

    watch_t<R> watch{};
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        watch = co_await watching;
    }
    typename Core::Slot slot;
    std::optional<Grant> grant;
    while (!grant) {
        const std::uint64_t generation = core.waiters().generation();
        const auto admission = core.admit_with(static_cast<bool>(slot));
        if (!admission) {
            auto free_slot = task_traits<R>::acquire(core.waiters(), generation);
            slot = co_await to_await<decltype(free_slot)>(free_slot);
        } else if (!*admission) {
            throw CallNotPermittedError{admission->error()};
        } else {
            grant = **admission;
        }
    }
    if (!grant->trial) {
        slot.release();
    }

    // What is thrown after the call has returned is not the call's.
    bool returned = false;
    try {
        auto&& awaited = std::invoke(std::move(f), std::move(args)...);
        if constexpr (std::is_void_v<Result>) {
            co_await to_await<Awaited>(awaited);
            returned = true;
            core.settle(*grant, true);
            co_return;
        } else {
            held_t<Result> result = co_await to_await<Awaited>(awaited);
            returned = true;
            settle_result(core, tracker, *grant, result);
            co_return std::forward<held_t<Result>>(result);
        }
    } catch (const std::exception& caught) {
        if (!returned) {
            settle_async_exception<R>(core, tracker, *grant, CaughtException{caught}, watch);
        }
        throw;
    } catch (...) {
        if (!returned) {
            settle_async_exception<R>(core, tracker, *grant, CaughtException{}, watch);
        }
        throw;
    }
}

/// Whether an exception goes to the fallback.
template <class R, class Fallback>
bool goes_to_fallback(const CaughtException& caught, const watch_t<R>& watch) {
    if (is_cancellation<R>(caught, watch)) {
        return false;
    }
    if constexpr (takes<Fallback>() == Takes::one_type) {
        return caught.is<exception_of<Fallback>>();
    } else {
        return true;
    }
}

/// The fallback's answer to an exception that goes to it. The exception lives as long as `error`,
/// so an answer that is a coroutine may refer to it.
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

/// Awaits `run_async`; for an exception that goes to the fallback, its answer.
template <class R, class Core, class Tracker, class Fallback, class F, class... Args>
R run_async_with_fallback(Core& core, const Tracker& tracker, Fallback fallback, F f,
                          Args... args) {
    static_assert(takes<Fallback>() != Takes::unknown,
                  "fluxgate: a fallback takes a std::exception_ptr, or const E& of a named type E, "
                  "or nothing");
    using Result = await_result_t<R, R>;
    using Answer = decltype(ask(fallback, std::exception_ptr{}));
    using Given = typename Answered<R, Answer>::type;
    static_assert(std::is_void_v<Result> || std::is_convertible_v<Given, Result>,
                  "fluxgate: what the fallback returns converts to what the function returns");
    static_assert(!std::is_reference_v<Result> || std::is_reference_v<Given>,
                  "fluxgate: the function returns a reference, so the fallback returns one too: a "
                  "value would be gone before the caller sees it");

    watch_t<R> watch{};
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        watch = co_await watching;
    }
    std::exception_ptr error;
    try {
        R call = run_async<R, Core, Tracker, F, Args...>(core, tracker, std::move(f),
                                                         std::move(args)...);
        if constexpr (std::is_void_v<Result>) {
            co_await std::move(call);
            co_return;
        } else {
            held_t<Result> result = co_await std::move(call);
            co_return std::forward<held_t<Result>>(result);
        }
    } catch (const std::exception& caught) {
        if (!goes_to_fallback<R, Fallback>(CaughtException{caught}, watch)) {
            throw;
        }
        error = std::current_exception();
    } catch (...) {
        if (!goes_to_fallback<R, Fallback>(CaughtException{}, watch)) {
            throw;
        }
        error = std::current_exception();
    }

    if constexpr (!Answered<R, Answer>::awaits) {
        if constexpr (std::is_void_v<Result>) {
            ask(fallback, error);
            co_return;
        } else {
            co_return ask(fallback, error);
        }
    } else {
        auto&& answer = ask(fallback, error);
        if constexpr (std::is_void_v<Given>) {
            co_await to_await<Answer>(answer);
            co_return;
        } else {
            held_t<Given> given = co_await to_await<Answer>(answer);
            if constexpr (!std::is_void_v<Result>) {
                co_return std::forward<held_t<Given>>(given);
            }
        }
    }
}

}  // namespace detail
}  // namespace fluxgate
