// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/async_call.hpp>
#include <fluxgate/detail/calls/awaited_callee.hpp>
#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/call.hpp>
#include <fluxgate/detail/calls/made_in_place.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/calls/watched.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

// A call whose callee is awaited in the caller's own coroutine.
//
// Only a call that the circuit lets through at once is, and only where no coroutines listen. The
// others are made in a coroutine of the callee's type, which is awaited in the callee's place.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Stands for an awaiter that a promise knows nothing of.
struct UnknownAwaiter {
    static bool await_ready() noexcept { return false; }
    static void await_suspend(std::coroutine_handle<>) noexcept {}
    static void await_resume() noexcept {}
};

template <class Promise, class T>
concept Transforms =
    requires(Promise& promise, T&& value) { promise.await_transform(std::forward<T>(value)); };

/// True where a promise leaves an awaiter of others as it is. One that wraps it may await it in a
/// coroutine of its own, whose promise knows nothing of this one.
template <class Promise>
concept LeavesAwaiters = requires(Promise& promise, UnknownAwaiter&& awaiter) {
    requires std::same_as<
        std::remove_cvref_t<decltype(promise.await_transform(std::move(awaiter)))>, UnknownAwaiter>;
};

/// True where a coroutine of type `R` awaits any awaiter, in itself.
template <class R, class Promise = typename std::coroutine_traits<R>::promise_type>
concept AwaitsAwaiters =
    LeavesAwaiters<Promise> || (!Transforms<Promise, UnknownAwaiter> && !Transforms<Promise, R>);

/// True where a coroutine of type `R` can await the callee by an awaiter of ours, and need not look
/// at its cancellation, which is awaited too.
template <class R>
concept AwaitedInPlace = !Watched<R> && AwaitsAwaiters<R>;

/// A call that is yet to be made; it begins when it is awaited, and is awaited once.
template <class R, class Core, class Tracker, class F, class... Args>
class [[nodiscard("fluxgate: a call is made when it is awaited: co_await it")]] CallInPlace {
    using Result = await_result_t<R, R>;
    using Callee = AwaitedCallee<R, Result>;

    /// Makes the call, in its constructor, and awaits the callee.
    class Awaiter {
    public:
        explicit Awaiter(CallInPlace& made)
            : tracker_{made.tracker_}, call_{begin(made.core_)}, callee_(make_callee(made)) {}
        Awaiter(const Awaiter&) = delete;
        Awaiter& operator=(const Awaiter&) = delete;

        static bool await_ready() noexcept { return false; }

        /// Awaits the callee as the promise has it. What that throws is the callee's.
        template <class Promise>
            requires AwaitableBy<R, Promise, Result>
        auto await_suspend(std::coroutine_handle<Promise> caller) {
            callee_.template prepare<Promise>();
            return judged(
                [&] { return callee_.suspend(caller); },
                [&](const CaughtException& caught) { return is_cancellation<Promise>(caught); });
        }

        Result await_resume() {
            return judged(
                [&]() -> Result {
                    if constexpr (std::is_void_v<Result>) {
                        callee_.resume();
                        call_.settle_by_result(tracker_, Done{});
                    } else {
                        Result result = callee_.resume();
                        call_.settle_by_result(tracker_, result);
                        if constexpr (std::is_reference_v<Result>) {
                            return static_cast<Result>(result);
                        } else {
                            return result;
                        }
                    }
                },
                [&](const CaughtException& caught) { return is_cancellation<void>(caught); });
        }

        /// Returns whether what was thrown is a cancellation: of the callee, or of the coroutine that
        /// awaits, of which `Promise` is known while it is suspended.
        template <class Promise>
        [[nodiscard]] bool is_cancellation(const CaughtException& caught) const {
            return callee_.is_cancellation(caught) || is_cancellation_of<Promise>(caught);
        }

    private:
        /// Where the callee lives: beside the call, where the result may refer into it.
        using Place = std::conditional_t<std::is_reference_v<Result>, Callee&, Callee>;

        /// Begins the call where the circuit lets it through at once. Returns a settled one where it
        /// is yet to be made: in a coroutine.
        static Call<Core> begin(Core& core) {
            if constexpr (Core::Listeners::are_awaited) {
                return {};
            } else {
                NotAdmitted entry;
                return begin_call(core, entry);
            }
        }

        Place make_callee(CallInPlace& made) {
            const auto make = [&] { return Callee{[&]() -> R { return start(made); }}; };
            if constexpr (std::is_reference_v<Result>) {
                made.callee_.make(make);
                return *made.callee_;
            } else {
                return make();
            }
        }

        R start(CallInPlace& made) {
            const auto call = [&]() -> R {
                return std::apply(
                    [&](Args&... args) -> R {
                        if constexpr (Core::Listeners::are_awaited) {
                            return async_call<R>(made.core_, tracker_, NoFallback{},
                                                 std::move(made.f_), std::move(args)...);
                        } else {
                            if (call_.is_settled()) [[unlikely]] {
                                return enter_async<R, true, R, Core, Tracker, F, Args...>(
                                    made.core_, tracker_, {}, std::move(made.f_),
                                    std::move(args)...);
                            }
                            return std::invoke(std::move(made.f_), std::move(args)...);
                        }
                    },
                    made.args_);
            };
            return judged(call, [](const CaughtException& caught) {
                return task_traits<R>::is_cancellation(caught);
            });
        }

        /// Returns `step()`. What it throws settles the call, unless it is a cancellation.
        template <class Step, class Cancels>
        auto judged(Step step, Cancels cancels) -> decltype(step()) {
            try {
                return step();
            } catch (const std::exception& caught) {
                settle(CaughtException{caught}, cancels);
                throw;
            } catch (...) {
                settle(CaughtException{}, cancels);
                throw;
            }
        }

        template <class Cancels>
        void settle(const CaughtException& caught, Cancels cancels) {
            pass_unwinding<typename Core::Unwinding>();
            if (!cancels(caught)) {
                call_.settle_by_exception(tracker_, caught);
            }
        }

        const Tracker& tracker_;
        // Before the callee, so that it is dropped after: a callee that is destroyed is over.
        Call<Core> call_;
        Place callee_;
    };

public:
    using Unwinding = typename Core::Unwinding;

    /// The core and the tracker must outlive this.
    template <class G, class... As>
    CallInPlace(Core& core, const Tracker& tracker, G&& f, As&&... args)
        : core_{core},
          tracker_{tracker},
          f_{std::forward<G>(f)},
          args_{std::forward<As>(args)...} {}

    Awaiter operator co_await() { return Awaiter{*this}; }

private:
    Core& core_;
    const Tracker& tracker_;
    [[no_unique_address]] F f_;
    [[no_unique_address]] std::tuple<Args...> args_;
    [[no_unique_address]] std::conditional_t<std::is_reference_v<Result>, MadeInPlace<Callee>,
                                             Nothing> callee_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
