// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/async_call.hpp>
#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/call.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/calls/watched.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>

#include <cassert>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
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

/// True where a coroutine of type `R` awaits any awaiter.
template <class R, class Promise = typename std::coroutine_traits<R>::promise_type>
concept AwaitsAwaiters = Transforms<Promise, UnknownAwaiter> || !Transforms<Promise, R>;

/// True where a coroutine of type `R` can await the callee by an awaiter of ours, and need not look
/// at its cancellation, which is awaited too.
template <class R>
concept AwaitedInPlace = !Watched<R> && AwaitsAwaiters<R>;

/// What a function returned, made where it stays: an object, or a reference to one elsewhere.
template <class T>
class MadeInPlace {
public:
    template <class Make>
    T&& make(Make make) {
        struct Elided {
            operator T() { return make(); }
            Make& make;
        };
        return std::move(made_.emplace(Elided{make}));
    }
    T& operator*() noexcept {
        assert(made_.has_value() && "it is made first");
        return *made_;
    }

private:
    std::optional<T> made_;
};
template <class T>
    requires std::is_reference_v<T>
class MadeInPlace<T> {
public:
    template <class Make>
    T make(Make make) {
        T made = make();
        made_ = std::addressof(made);
        return static_cast<T>(*made_);
    }
    std::remove_reference_t<T>& operator*() noexcept { return *made_; }

private:
    std::remove_reference_t<T>* made_ = nullptr;
};

/// A call that is yet to be made; it begins when it is awaited, and is awaited once.
template <class R, class Core, class Tracker, class F, class... Args>
class [[nodiscard("fluxgate: a call is made when it is awaited: co_await it")]] CallInPlace {
    using Result = await_result_t<R, R>;
    using Transformed = decltype(transformed(
        std::declval<typename std::coroutine_traits<R>::promise_type&>(), std::declval<R>()));
    using CalleeAwaiter = decltype(awaiter_of(std::declval<Transformed>()));

    /// Makes the call, in its constructor, and awaits the callee.
    class Awaiter {
    public:
        explicit Awaiter(CallInPlace& made)
            : tracker_{made.tracker_}, call_{begin(made.core_)}, callee_{start(made)} {}
        Awaiter(const Awaiter&) = delete;
        Awaiter& operator=(const Awaiter&) = delete;

        static bool await_ready() noexcept { return false; }

        /// Awaits the callee as the promise has it. What that throws is the callee's.
        template <class Promise>
        auto await_suspend(std::coroutine_handle<Promise> caller) {
            return judged([&] {
                auto&& awaitable = transformed_.make([&]() -> Transformed {
                    return transformed(caller.promise(), std::move(callee_));
                });
                auto&& awaiter = awaiter_.make([&]() -> CalleeAwaiter {
                    return awaiter_of(std::forward<Transformed>(awaitable));
                });
                // This may be gone once the callee's awaiter has suspended the caller.
                using Suspended = decltype(awaiter.await_suspend(caller));
                if constexpr (std::is_void_v<Suspended>) {
                    if (awaiter.await_ready()) {
                        return false;
                    }
                    awaiter.await_suspend(caller);
                    return true;
                } else if constexpr (std::is_same_v<Suspended, bool>) {
                    return !awaiter.await_ready() && awaiter.await_suspend(caller);
                } else {
                    if (awaiter.await_ready()) {
                        return std::coroutine_handle<>{caller};
                    }
                    return std::coroutine_handle<>{awaiter.await_suspend(caller)};
                }
            });
        }

        Result await_resume() {
            return judged([&]() -> Result {
                if constexpr (std::is_void_v<Result>) {
                    (*awaiter_).await_resume();
                    call_.settle_by_result(tracker_, Done{});
                } else {
                    Result result = (*awaiter_).await_resume();
                    call_.settle_by_result(tracker_, result);
                    if constexpr (std::is_reference_v<Result>) {
                        return static_cast<Result>(result);
                    } else {
                        return result;
                    }
                }
            });
        }

    private:
        static Call<Core> begin(Core& core) {
            if constexpr (Core::Listeners::are_awaited) {
                return {};
            } else {
                NotAdmitted entry;
                return begin_call(core, entry);
            }
        }

        R start(CallInPlace& made) {
            return judged([&]() -> R {
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
            });
        }

        /// Returns `step()`. What it throws settles the call.
        template <class Step>
        auto judged(Step step) -> decltype(step()) {
            try {
                return step();
            } catch (const std::exception& caught) {
                settle(CaughtException{caught});
                throw;
            } catch (...) {
                settle(CaughtException{});
                throw;
            }
        }

        void settle(const CaughtException& caught) {
            pass_unwinding<typename Core::Unwinding>();
            if (!task_traits<R>::is_cancellation(caught)) {
                call_.settle_by_exception(tracker_, caught);
            }
        }

        const Tracker& tracker_;
        // Before the callee, so that it is dropped after: a callee that is destroyed is over.
        Call<Core> call_;
        R callee_;
        MadeInPlace<Transformed> transformed_;
        MadeInPlace<CalleeAwaiter> awaiter_;
    };

public:
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
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
