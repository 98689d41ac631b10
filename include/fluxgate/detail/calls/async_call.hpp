// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/async_tell.hpp>
#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/call.hpp>
#include <fluxgate/detail/calls/fallback.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/calls/run.hpp>
#include <fluxgate/detail/calls/watched.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/expected.hpp>
#include <fluxgate/task.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

// The coroutines under AsyncCircuitBreaker: run_async makes a call; enter_async waits for a slot
// and has it made, and is the outermost one of try_call; answer_async asks a fallback; as_coroutine
// makes a coroutine of an awaitable that is none.
//
// GCC 12 destroys some temporaries of a `co_await` expression twice: so each statement here has at
// most one, of a named variable or of to_await() of one, which is trivial; and no handler has any.
// What belongs to the call is passed by value and lives in the frame; breaker, tracker, fallback
// and error are referred to, and outlive it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

// ---- Fallbacks ----------------------------------------------------------------------------------

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
    using Result = await_result_t<R, R>;
    using Answer = decltype(ask(std::declval<Fallback&>(), std::exception_ptr{}));
    using Given = typename Answered<R, Answer>::type;
    static_assert(std::is_void_v<Result> || std::is_convertible_v<Given, Result>,
                  "fluxgate: what the fallback returns converts to what the function returns");
    static_assert(!std::is_lvalue_reference_v<Result> || std::is_reference_v<Given>,
                  "fluxgate: the function returns a reference, so the fallback returns one too: a "
                  "value would be gone before the caller sees it");
    return true;
}

// ---- One call -----------------------------------------------------------------------------------

/// A call that is yet to be let through.
struct NotAdmitted {
    static constexpr bool tells = true;
};

/// A call that was let through, with the slot that it holds where it is a trial and the core has
/// not taken it. `Tells` says whether it awaits the listeners, or the coroutine that let it through
/// does.
template <class Core, bool Tells>
struct Admitted {
    static constexpr bool tells = Tells;
    typename Core::Slot slot;
    // Behind the slot, so that it is dropped before: whoever gets the slot finds a place.
    Call<Core> call;
};

inline Nothing take_slot(NotAdmitted&) noexcept {
    return {};
}
template <class Core, bool Tells>
typename Core::Slot take_slot(Admitted<Core, Tells>& entry) noexcept {
    return std::move(entry.slot);
}

/// Begins a call. Returns a settled one where it needs a slot first.
template <class Core>
Call<Core> begin_call(Core& core, NotAdmitted&) {
    const typename Core::Admission admission = core.admit(false);
    if (admission) [[likely]] {
        return {core, admission};
    }
    if (admission.decision == Decision::rejected) {
        throw_rejection(core, admission);
    }
    return {};
}
template <class Core, bool Tells>
Call<Core> begin_call(Core&, Admitted<Core, Tells>& entry) noexcept {
    return std::move(entry.call);
}

/// What became of a call that threw, and what is yet to be done about it.
struct Thrown {
    std::exception_ptr error;
    bool perhaps_cancelled = false;
    bool goes_to_fallback = false;

    /// Looks at the exception being handled, and settles the call by it, unless it may be a
    /// cancellation. Throws it on where nothing is left to be done.
    template <class R, class Fallback, bool Tells, class Core, class Tracker>
    void look_at(Call<Core>& call, const Tracker& tracker, const CaughtException& caught) {
        pass_unwinding<typename Core::Unwinding>();
        perhaps_cancelled = task_traits<R>::is_cancellation(caught);
        if (!perhaps_cancelled) {
            call.settle_by_exception(tracker, caught);
        }
        goes_to_fallback = takes_exception<Fallback>(caught);
        const bool is_to_be_judged = perhaps_cancelled && Watched<R>;
        const bool is_to_be_told = Tells && !perhaps_cancelled;
        const bool is_answered = goes_to_fallback && !perhaps_cancelled;
        if (!is_to_be_judged && !is_to_be_told && !is_answered) {
            throw;
        }
        error = std::current_exception();
    }
};

/// What a coroutine of type `R` is awaited for, or the rejection.
template <class R>
using expected_of = expected<stored_t<await_result_t<R, R>>, Rejection>;

template <class R, bool Throws, class Q, class Core, class Tracker, class F, class... Args>
FLUXGATE_NOINLINE Q enter_async(Core& core, const Tracker& tracker,
                                Kept<await_result_t<Q, R>, R> kept, F f, Args... args);

/// Makes one call through the breaker, in a coroutine of type `R`: the listeners that are
/// coroutines, the call, the listeners, and the fallback, each only where there is one.
///
/// Where the call needs a slot first, awaits `enter_async` in the function's place: as both are
/// awaited at the same point, a call that needs none pays nothing for those that do. The call's own
/// exception goes on whatever becomes of the listeners, and a cancelled call leaves them to others.
template <class R, class Core, class Tracker, class Entry, class Fallback, class F, class... Args>
R run_async(Core& core, const Tracker& tracker, Kept<await_result_t<R, R>, R> kept,
            [[maybe_unused]] Entry entry, [[maybe_unused]] Fallback fallback, F f, Args... args) {
    using Result = await_result_t<R, R>;
    constexpr bool is_admitted = !std::same_as<Entry, NotAdmitted>;
    constexpr bool falls_back = !std::same_as<Fallback, NoFallback>;
    constexpr bool tells = Core::Listeners::are_awaited && Entry::tells;
    constexpr bool goes_on = tells || falls_back;  // when the call is over

    [[maybe_unused]] cancellation_t<R> before{};
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        before = task_traits<R>::cancelled(seen);
    }

    // Given back when the body is left, not when the frame goes, which may be much later.
    [[maybe_unused]] auto slot = take_slot(entry);
    // Settled before the call and once it has returned: what is thrown then is not the call's.
    Call<Core> call;
    if constexpr (!goes_on) {
        call = begin_call(core, entry);
    }
    Thrown thrown;
    [[maybe_unused]] std::conditional_t<goes_on, TaskResult<Result>, Nothing> outcome;
    [[maybe_unused]] bool cancelled = false;
    try {
        if constexpr (tells && !is_admitted) {
            // What ends the wait of an open circuit here is told before the call, and not timed
            // with it.
            core.end_wait_if_over();
            if (core.relations().has_undelivered()) {
                using Telling = typename Core::Listeners::Coroutine;
                Telling telling = tell<Telling>(core);
                co_await std::move(telling);
            }
        }
        if constexpr (goes_on) {
            call = begin_call(core, entry);
        }
        auto&& awaited = kept.awaitable([&]() -> R {
            if constexpr (!is_admitted) {
                if (call.is_settled()) {
                    return enter_async<R, true, R, Core, Tracker, F, Args...>(
                        core, tracker, {}, std::move(f), std::move(args)...);
                }
            }
            return std::invoke(std::move(f), std::move(args)...);
        });
        held_or_done_t<Result> result = (co_await to_await<R>(awaited), After<Result>{});
        if constexpr (Watched<R>) {
            auto watching = task_traits<R>::watch();
            auto seen = co_await watching;
            cancelled = was_cancelled<R>(before, task_traits<R>::cancelled(seen));
            if (cancelled) {
                call = {};
            }
        }
        call.settle_by_result(tracker, result);
        if constexpr (!goes_on) {
            co_return kept.result(result);
        } else if constexpr (!std::is_void_v<Result>) {
            outcome.return_value(kept.result(result));
        }
    } catch (const std::exception& caught) {
        thrown.look_at<R, Fallback, tells>(call, tracker, CaughtException{caught});
    } catch (...) {
        thrown.look_at<R, Fallback, tells>(call, tracker, CaughtException{});
    }

    if constexpr (Watched<R>) {
        if (thrown.perhaps_cancelled) {
            auto watching = task_traits<R>::watch();
            auto seen = co_await watching;
            cancelled = was_cancelled<R>(before, task_traits<R>::cancelled(seen));
            if (!cancelled) {
                call.settle_by_exception(tracker, thrown.error);
            }
        }
    }
    if constexpr (tells) {
        if constexpr (is_admitted) {
            slot.release();  // the call is settled, and listeners may take long
        }
        if (!cancelled && core.relations().has_undelivered()) {
            using Telling = typename Core::Listeners::Coroutine;
            try {
                Telling telling = tell<Telling>(core);
                co_await std::move(telling);
            } catch (...) {
                pass_unwinding<typename Core::Unwinding>();
                if (thrown.error == nullptr) {
                    throw;
                }
            }
        }
    }
    if constexpr (falls_back) {
        if (thrown.goes_to_fallback && !cancelled) {
            if constexpr (!Answered<R, decltype(ask(fallback, thrown.error))>::awaits) {
                held_or_done_t<Result> answer = answer_at_once<R>(fallback, thrown.error);
                co_return kept.result(answer);
            } else {
                auto&& answering =
                    kept.awaitable([&]() -> R { return answer_as<R>(fallback, thrown.error); });
                held_or_done_t<Result> answer = (co_await to_await<R>(answering), After<Result>{});
                co_return kept.result(answer);
            }
        }
    }
    if constexpr (goes_on) {
        if (thrown.error == nullptr) {
            co_return outcome.take();
        }
    }
    std::rethrow_exception(thrown.error);
}

/// Waits for a slot while the circuit is half-open, then has the call made or rejects it. `Throws`:
/// `Q` is `R`, and a rejection is thrown; else `Q` is awaited for an `expected`, which holds it.
template <class R, bool Throws, class Q, class Core, class Tracker, class F, class... Args>
Q enter_async(Core& core, const Tracker& tracker, Kept<await_result_t<Q, R>, R> kept, F f,
              Args... args) {
    using Result = await_result_t<Q, R>;

    if constexpr (!Throws && Core::Listeners::are_awaited) {
        core.end_wait_if_over();
        if (core.relations().has_undelivered()) {
            using Telling = typename Core::Listeners::Coroutine;
            Telling telling = tell<Telling>(core);
            co_await std::move(telling);
        }
    }
    typename Core::Slot slot;
    typename Core::Admission admission{};
    for (;;) {
        // Asked for before the state is looked at: an end of half-open that the look misses has
        // wake_all() called after this.
        const std::uint64_t generation = core.waiters().generation();
        admission = core.admit(static_cast<bool>(slot));
        if (admission.decision != Decision::needs_slot) {
            break;
        }
        slot = core.waiters().try_acquire();
        if (!slot) {
            const auto place = core.waiters().take_place();
            if (!place) {
                break;
            }
            auto free_slot = task_traits<Q>::acquire(core.waiters(), generation);
            slot = co_await to_await<decltype(free_slot)>(free_slot);
        }
    }
    if (!admission) {
        if constexpr (Throws) {
            throw_rejection(core, admission);
        } else {
            slot.release();
            if constexpr (Core::Listeners::are_awaited) {
                // Of what the looks above may have changed.
                if (core.relations().has_undelivered()) {
                    using Telling = typename Core::Listeners::Coroutine;
                    Telling telling = tell<Telling>(core);
                    co_await std::move(telling);
                }
            }
            expected_of<R> rejected{unexpected{core.reject(admission)}};
            co_return rejected;
        }
    }
    if (!admission.is_trial()) {
        slot.release();
    }

    using Entry = Admitted<Core, !Throws>;
    Call<Core> begun{core, admission, slot};
    auto&& call = kept.awaitable([&]() -> R {
        return run_async<R, Core, Tracker, Entry, NoFallback, F, Args...>(
            core, tracker, {}, Entry{std::move(slot), std::move(begun)}, {}, std::move(f),
            std::move(args)...);
    });
    held_or_done_t<Result> result = (co_await to_await<R>(call), After<Result>{});
    if constexpr (Throws) {
        co_return kept.result(result);
    } else if constexpr (std::is_void_v<Result>) {
        co_return expected_of<R>{};
    } else {
        expected_of<R> returned{kept.result(result)};
        co_return returned;
    }
}

// ---- Functions that return something else -------------------------------------------------------

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

// ---- The ways to call ---------------------------------------------------------------------------

/// Makes a call, in a coroutine of type `R` that has copies of the function and the arguments.
template <class R, class Core, class Tracker, class Fallback, class F, class... Args>
R async_call(Core& core, const Tracker& tracker, Fallback&& fallback, F&& f, Args&&... args) {
    using Function = std::decay_t<F>;
    if constexpr (!std::same_as<std::invoke_result_t<Function, std::decay_t<Args>...>, R>) {
        return async_call<R>(core, tracker, std::forward<Fallback>(fallback),
                             AsCoroutine<R, Function>{std::forward<F>(f)},
                             std::forward<Args>(args)...);
    } else {
        return run_async<R, Core, Tracker, NotAdmitted, std::decay_t<Fallback>, Function,
                         std::decay_t<Args>...>(core, tracker, {}, {},
                                                std::forward<Fallback>(fallback),
                                                std::forward<F>(f), std::forward<Args>(args)...);
    }
}

/// Makes a call that returns an `R`, in a coroutine of type `Q`, which holds the rejection.
template <class Q, class R, class Core, class Tracker, class F, class... Args>
Q async_try_call(Core& core, const Tracker& tracker, F&& f, Args&&... args) {
    static_assert(std::same_as<std::remove_cvref_t<await_result_t<Q, Q>>, expected_of<R>>,
                  "fluxgate: try_call_as<Q>(f) needs a coroutine type Q that is awaited for an "
                  "expected<T, Rejection>, where f is awaited for a T");
    return enter_async<R, false, Q, Core, Tracker, std::decay_t<F>, std::decay_t<Args>...>(
        core, tracker, {}, std::forward<F>(f), std::forward<Args>(args)...);
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
