// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/fallback.hpp>
#include <fluxgate/detail/calls/run.hpp>
#include <fluxgate/detail/calls/verdict.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/core.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/task.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
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

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// How coroutines of type `R` wait for a slot, and how they tell that they were cancelled: to be
/// specialised for coroutine types whose promise takes no plain awaiter.
///
/// A family whose coroutines know whether they were cancelled offers two functions more:
///
/// - `watch()` returns what to await, in a coroutine of type `R`, to look at its cancellation. It
/// is
///   awaited before a call and after it, and never throws or suspends.
/// - `cancelled(seen)` returns what that says as a value which compares equal to a default one
/// where
///   the coroutine was not cancelled. `seen` may refer to what the callee destroys, so it is not
///   kept.
///
/// A coroutine then was cancelled during a call if the value after it is neither the default nor
/// the one from before. The call is neutral then: with an exception for which `is_cancellation` is
/// true, and with any result, since operations may report their cancellation by value.
template <class R>
struct task_traits {
    /// To be awaited in a coroutine of type `R`, for a `Slot`.
    template <class Mutex>
    static auto acquire(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) {
        return semaphore.acquire(generation);
    }

    /// Returns whether the exception says that the coroutine was cancelled, which is neither
    /// success nor failure. Where there is a `watch`, that decides whether it tells the truth.
    static bool is_cancellation(const CaughtException&) noexcept { return false; }
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

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

/// Settles by the exception being handled, unless the call was settled before.
template <class Core, class Tracker>
void settle_async_exception(Core& core, const Tracker& tracker, const typename Core::Grant& grant,
                            const CaughtException& caught) {
    if (grant.word != Word::never()) {
        settle_exception(core, tracker, grant, caught);
    }
}

/// Awaits the listeners that are to be told, unless somebody does so already; `R` is the coroutine
/// type that they return. Of their exceptions only a cancellation gets out.
template <class R, class Core>
R tell(Core& core) {
    static_assert(std::is_void_v<await_result_t<R, R>>,
                  "fluxgate: a listener that is a coroutine is awaited for nothing");
    [[maybe_unused]] cancellation_t<R> before{};
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        before = task_traits<R>::cancelled(seen);
    }
    auto delivery = core.delivery();
    while (delivery.next()) {
        std::exception_ptr perhaps_cancelled;
        try {
            std::optional<R> told =
                core.signals().listeners().ask(delivery.listener(), delivery.signal());
            if (told) {
                co_await std::move(*told);
            }
        } catch (const std::exception& caught) {
            pass_named_unwinding<typename Core::Unwinding>();
            if (task_traits<R>::is_cancellation(CaughtException{caught})) {
                perhaps_cancelled = std::current_exception();
            } else {
                core.signals().report("a listener");
            }
        } catch (...) {
            pass_unwinding<typename Core::Unwinding>();
            if (task_traits<R>::is_cancellation(CaughtException{})) {
                perhaps_cancelled = std::current_exception();
            } else {
                core.signals().report("a listener");
            }
        }
        if (perhaps_cancelled != nullptr) {
            if constexpr (Watched<R>) {
                auto watching = task_traits<R>::watch();
                auto seen = co_await watching;
                if (!was_cancelled<R>(before, task_traits<R>::cancelled(seen))) {
                    guarded<typename Core::Unwinding>(
                        [&] { std::rethrow_exception(perhaps_cancelled); },
                        [&] { core.signals().report("a listener"); });
                    continue;
                }
            }
            std::rethrow_exception(perhaps_cancelled);
        }
    }
}

/// Makes an operator's command and has the listeners told.
template <class R, class Core>
R run_command(Core& core, State state) {
    core.command(state);
    if constexpr (Core::Listeners::are_awaited) {
        typename Core::Listeners::Coroutine telling =
            tell<typename Core::Listeners::Coroutine>(core);
        co_await std::move(telling);
    }
    co_return;
}

/// A call that is yet to be let through.
struct NotAdmitted {};
/// A call that was let through, with the slot that it holds where it is a trial.
template <class Slot>
struct Admitted {
    Admission admission;
    Slot slot;
};

/// The grant of no call: its outcome counts nowhere.
template <class Core>
constexpr typename Core::Grant no_grant() noexcept {
    typename Core::Grant grant{};
    grant.word = Word::never();
    return grant;
}

/// Begins a call, unless it needs a slot first.
template <class Core>
typename Core::Grant begin_call(Core& core, NotAdmitted) {
    const Admission admission = core.admit(false);
    if (admission) [[likely]] {
        return core.begin(admission);
    }
    if (admission.decision == Decision::rejected) {
        throw_rejection(core, admission);
    }
    return no_grant<Core>();
}

template <class Core>
typename Core::Grant begin_call(Core& core, const Admitted<typename Core::Slot>& entry) {
    return core.begin(entry.admission);
}

// Inlined, it would have the coroutine that awaits it save registers for it at each resumption.
template <class R, class Core, class Tracker, class F, class... Args>
FLUXGATE_NOINLINE R wait_for_slot(Core& core, const Tracker& tracker,
                                  Kept<await_result_t<R, R>, R> kept, F f, Args... args);

/// Awaits `std::invoke(f, args...)`, which is an `R`, as a call through the breaker.
///
/// Where that needs a slot first, awaits `wait_for_slot` in its place: as both are awaited at the
/// same point, a call that needs none pays nothing for those that do. Listeners that are coroutines
/// are told of the way in; what the outcome does is left to be told.
template <class R, class Core, class Tracker, class Entry, class F, class... Args>
R run_async(Core& core, const Tracker& tracker, Kept<await_result_t<R, R>, R> kept,
            [[maybe_unused]] Entry entry, F f, Args... args) {
    using Result = await_result_t<R, R>;
    constexpr bool is_admitted = !std::same_as<Entry, NotAdmitted>;

    [[maybe_unused]] cancellation_t<R> before{};
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        before = task_traits<R>::cancelled(seen);
    }
    if constexpr (!is_admitted && Core::Listeners::are_awaited) {
        // What ends the wait of an open circuit here is told before the call, and not timed with
        // it.
        static_cast<void>(core.admit(false));
        if (core.signals().has_undelivered()) {
            using Telling = typename Core::Listeners::Coroutine;
            Telling telling = tell<Telling>(core);
            co_await std::move(telling);
        }
    }
    // None once the call has returned: what is thrown after that is not the call's.
    typename Core::Grant grant = begin_call(core, entry);
    std::exception_ptr perhaps_cancelled;
    try {
        auto&& awaited = kept.awaitable([&]() -> R {
            if constexpr (!is_admitted) {
                if (grant.word == Word::never()) {
                    return wait_for_slot<R, Core, Tracker, F, Args...>(
                        core, tracker, {}, std::move(f), std::move(args)...);
                }
            }
            return std::invoke(std::move(f), std::move(args)...);
        });
        if constexpr (std::is_void_v<Result>) {
            co_await to_await<R>(awaited);
            if constexpr (Watched<R>) {
                auto watching = task_traits<R>::watch();
                auto seen = co_await watching;
                if (was_cancelled<R>(before, task_traits<R>::cancelled(seen))) {
                    co_return;
                }
            }
            core.settle(std::exchange(grant, no_grant<Core>()), true);
            co_return;
        } else {
            held_t<Result> result = co_await to_await<R>(awaited);
            if constexpr (Watched<R>) {
                auto watching = task_traits<R>::watch();
                auto seen = co_await watching;
                if (was_cancelled<R>(before, task_traits<R>::cancelled(seen))) {
                    co_return kept.result(result);
                }
            }
            settle_result(core, tracker, std::exchange(grant, no_grant<Core>()), result);
            co_return kept.result(result);
        }
    } catch (const std::exception& caught) {
        pass_named_unwinding<typename Core::Unwinding>();
        if (!task_traits<R>::is_cancellation(CaughtException{caught})) {
            settle_async_exception(core, tracker, grant, CaughtException{caught});
            throw;
        }
        perhaps_cancelled = std::current_exception();
    } catch (...) {
        pass_unwinding<typename Core::Unwinding>();
        if (!task_traits<R>::is_cancellation(CaughtException{})) {
            settle_async_exception(core, tracker, grant, CaughtException{});
            throw;
        }
        perhaps_cancelled = std::current_exception();
    }
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        const bool cancelled = was_cancelled<R>(before, task_traits<R>::cancelled(seen));
        if (!cancelled && grant.word != Word::never()) {
            settle_thrown(core, tracker, grant, perhaps_cancelled);
        }
    }
    std::rethrow_exception(perhaps_cancelled);
}

/// Waits for a slot, for as long as the circuit is half-open, and then makes the call as the state
/// says that it finds.
template <class R, class Core, class Tracker, class F, class... Args>
R wait_for_slot(Core& core, const Tracker& tracker, Kept<await_result_t<R, R>, R> kept, F f,
                Args... args) {
    using Result = await_result_t<R, R>;
    using Slot = typename Core::Slot;

    Slot slot;
    Admission admission{};
    for (;;) {
        // Asked for before the state is looked at: an end of half-open that the look misses has
        // wake_all() called after this.
        const std::uint64_t generation = core.waiters().generation();
        admission = core.admit(static_cast<bool>(slot));
        if (admission.decision != Decision::needs_slot) {
            break;
        }
        auto free_slot = task_traits<R>::acquire(core.waiters(), generation);
        slot = co_await to_await<decltype(free_slot)>(free_slot);
    }
    if (!admission) {
        throw_rejection(core, admission);
    }
    if (!admission.is_trial()) {
        slot.release();
    }

    auto&& call = kept.awaitable([&]() -> R {
        return run_async<R, Core, Tracker, Admitted<Slot>, F, Args...>(
            core, tracker, {}, {admission, std::move(slot)}, std::move(f), std::move(args)...);
    });
    if constexpr (std::is_void_v<Result>) {
        co_await to_await<R>(call);
        co_return;
    } else {
        held_t<Result> result = co_await to_await<R>(call);
        co_return kept.result(result);
    }
}

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
    if constexpr (std::is_void_v<Result>) {
        co_await to_await<Awaited>(awaited);
        co_return;
    } else {
        held_t<Result> result = co_await to_await<Awaited>(awaited);
        co_return kept.result(result);
    }
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

/// Awaits `run_async` and then the listeners that are coroutines.
///
/// The call's own exception goes on whatever becomes of the listeners, and a cancelled call leaves
/// them to others.
template <class R, class Core, class Tracker, class F, class... Args>
R run_async_and_tell(Core& core, const Tracker& tracker, Kept<await_result_t<R, R>, R> kept, F f,
                     Args... args) {
    using Result = await_result_t<R, R>;

    [[maybe_unused]] cancellation_t<R> before{};
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        before = task_traits<R>::cancelled(seen);
    }
    TaskResult<Result> outcome;
    bool failed = false;
    bool cancelled = false;
    try {
        auto&& call = kept.awaitable([&]() -> R {
            return run_async<R, Core, Tracker, NotAdmitted, F, Args...>(
                core, tracker, {}, {}, std::move(f), std::move(args)...);
        });
        if constexpr (std::is_void_v<Result>) {
            co_await std::move(call);
        } else {
            held_t<Result> result = co_await std::move(call);
            outcome.return_value(kept.result(result));
        }
        cancelled = Watched<R>;
    } catch (const std::exception& caught) {
        pass_named_unwinding<typename Core::Unwinding>();
        outcome.unhandled_exception();
        failed = true;
        cancelled = task_traits<R>::is_cancellation(CaughtException{caught});
    } catch (...) {
        pass_unwinding<typename Core::Unwinding>();
        outcome.unhandled_exception();
        failed = true;
        cancelled = task_traits<R>::is_cancellation(CaughtException{});
    }
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        cancelled = cancelled && was_cancelled<R>(before, task_traits<R>::cancelled(seen));
    }

    if (!cancelled && core.signals().has_undelivered()) {
        using Telling = typename Core::Listeners::Coroutine;
        try {
            Telling telling = tell<Telling>(core);
            co_await std::move(telling);
        } catch (...) {
            pass_unwinding<typename Core::Unwinding>();
            if (!failed) {
                throw;
            }
        }
    }
    co_return outcome.take();
}

/// Awaits a call, and the listeners where they are coroutines: none costs a frame where they are
/// not.
template <class R, class Core, class Tracker, class F, class... Args>
R async_call(Core& core, const Tracker& tracker, F&& f, Args&&... args) {
    using Function = std::decay_t<F>;
    if constexpr (!std::same_as<std::invoke_result_t<Function, std::decay_t<Args>...>, R>) {
        return async_call<R>(core, tracker, AsCoroutine<R, Function>{std::forward<F>(f)},
                             std::forward<Args>(args)...);
    } else if constexpr (Core::Listeners::are_awaited) {
        return run_async_and_tell<R, Core, Tracker, Function, std::decay_t<Args>...>(
            core, tracker, {}, std::forward<F>(f), std::forward<Args>(args)...);
    } else {
        return run_async<R, Core, Tracker, NotAdmitted, Function, std::decay_t<Args>...>(
            core, tracker, {}, {}, std::forward<F>(f), std::forward<Args>(args)...);
    }
}

/// Returns whether the fallback takes the exception.
template <class Fallback>
bool takes_exception(const CaughtException& caught) {
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

/// Awaits `async_call`; for an exception that goes to the fallback, its answer.
template <class R, class Core, class Tracker, class Fallback, class F, class... Args>
R run_async_with_fallback(Core& core, const Tracker& tracker, Kept<await_result_t<R, R>, R> kept,
                          Fallback fallback, F f, Args... args) {
    static_assert(takes<Fallback>() != Takes::unknown,
                  "fluxgate: a fallback takes a std::exception_ptr, or const E& of a named type E, "
                  "or nothing");
    using Result = await_result_t<R, R>;
    using Answer = decltype(ask(fallback, std::exception_ptr{}));
    using Given = typename Answered<R, Answer>::type;
    static_assert(std::is_void_v<Result> || std::is_convertible_v<Given, Result>,
                  "fluxgate: what the fallback returns converts to what the function returns");
    static_assert(!std::is_lvalue_reference_v<Result> || std::is_reference_v<Given>,
                  "fluxgate: the function returns a reference, so the fallback returns one too: a "
                  "value would be gone before the caller sees it");

    [[maybe_unused]] cancellation_t<R> before{};
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        before = task_traits<R>::cancelled(seen);
    }
    std::exception_ptr error;
    bool cancelled = false;
    try {
        auto&& call = kept.awaitable(
            [&]() -> R { return async_call<R>(core, tracker, std::move(f), std::move(args)...); });
        if constexpr (std::is_void_v<Result>) {
            co_await std::move(call);
            co_return;
        } else {
            held_t<Result> result = co_await std::move(call);
            co_return kept.result(result);
        }
    } catch (const std::exception& caught) {
        pass_named_unwinding<typename Core::Unwinding>();
        if (!takes_exception<Fallback>(CaughtException{caught})) {
            throw;
        }
        cancelled = task_traits<R>::is_cancellation(CaughtException{caught});
        error = std::current_exception();
    } catch (...) {
        pass_unwinding<typename Core::Unwinding>();
        if (!takes_exception<Fallback>(CaughtException{})) {
            throw;
        }
        cancelled = task_traits<R>::is_cancellation(CaughtException{});
        error = std::current_exception();
    }
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        cancelled = cancelled && was_cancelled<R>(before, task_traits<R>::cancelled(seen));
    }
    if (cancelled) {
        std::rethrow_exception(error);
    }

    if constexpr (!Answered<R, Answer>::awaits) {
        if constexpr (std::is_void_v<Result>) {
            ask(fallback, error);
            co_return;
        } else {
            held_t<Result> result = ask(fallback, error);
            co_return kept.result(result);
        }
    } else {
        auto&& answer = ask(fallback, error);
        if constexpr (std::is_void_v<Given>) {
            co_await to_await<Answer>(answer);
            co_return;
        } else {
            held_t<Given> given = co_await to_await<Answer>(answer);
            if constexpr (!std::is_void_v<Result>) {
                held_t<Result> result = std::forward<held_t<Given>>(given);
                co_return kept.result(result);
            }
        }
    }
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
