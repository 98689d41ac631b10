// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/as_coroutine.hpp>
#include <fluxgate/detail/calls/async_fallback.hpp>
#include <fluxgate/detail/calls/async_tell.hpp>
#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/call.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/calls/run.hpp>
#include <fluxgate/detail/calls/try_result.hpp>
#include <fluxgate/detail/calls/watched.hpp>
#include <fluxgate/detail/calls/way_in.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/expected.hpp>
#include <fluxgate/task.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

// The coroutines under AsyncCircuitBreaker: run_async makes a call; enter_async waits for a slot
// and has it made, and is the outermost one of try_call.
//
// GCC 12 destroys some temporaries of a `co_await` expression twice: so each statement here has at
// most one, of a named variable or of to_await() of one, which is trivial; and no handler has any.
// What belongs to the call is passed by value and lives in the frame; breaker, tracker, fallback
// and error are referred to, and outlive it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

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
        throw error_of_rejection(core, admission);
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
    WayIn<Core> way{core};
    while (way.waits()) {
        auto free_slot = task_traits<Q>::acquire(core.waiters(), way.generation());
        typename Core::Slot waited = co_await to_await<decltype(free_slot)>(free_slot);
        way.go_on_with(std::move(waited));
    }
    if (!way.admission()) {
        if constexpr (Throws) {
            throw error_of_rejection(core, way.admission());
        } else {
            way.take_slot().release();
            if constexpr (Core::Listeners::are_awaited) {
                // Of what the looks above may have changed.
                if (core.relations().has_undelivered()) {
                    using Telling = typename Core::Listeners::Coroutine;
                    Telling telling = tell<Telling>(core);
                    co_await std::move(telling);
                }
            }
            expected_of<R> rejected{unexpected{core.reject(way.admission())}};
            co_return rejected;
        }
    }

    using Entry = Admitted<Core, !Throws>;
    Call<Core> begun = way.begin();
    auto&& call = kept.awaitable([&]() -> R {
        return run_async<R, Core, Tracker, Entry, NoFallback, F, Args...>(
            core, tracker, {}, Entry{way.take_slot(), std::move(begun)}, {}, std::move(f),
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

/// Waits for a slot while the circuit is half-open, then gives permission for a call or throws the
/// rejection. `finish` makes of the permission what `R` is awaited for, and lives until then.
template <class R, class Permission, class Core, class Tracker, class Finish>
R acquire_async(Core& core, const Tracker& tracker, Finish finish) {
    if constexpr (Core::Listeners::are_awaited) {
        core.end_wait_if_over();
        if (core.relations().has_undelivered()) {
            using Telling = typename Core::Listeners::Coroutine;
            Telling telling = tell<Telling>(core);
            co_await std::move(telling);
        }
    }
    WayIn<Core> way{core};
    while (way.waits()) {
        auto free_slot = task_traits<R>::acquire(core.waiters(), way.generation());
        typename Core::Slot waited = co_await to_await<decltype(free_slot)>(free_slot);
        way.go_on_with(std::move(waited));
    }
    if (!way.admission()) {
        way.take_slot().release();
        if constexpr (Core::Listeners::are_awaited) {
            // Of what the looks above may have changed.
            if (core.relations().has_undelivered()) {
                using Telling = typename Core::Listeners::Coroutine;
                Telling telling = tell<Telling>(core);
                co_await std::move(telling);
            }
        }
        throw error_of_rejection(core, way.admission());
    }
    Call<Core> begun = way.begin();
    Permission permission{std::move(begun), tracker, way.take_slot()};
    co_return std::invoke(finish, std::move(permission));
}

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
