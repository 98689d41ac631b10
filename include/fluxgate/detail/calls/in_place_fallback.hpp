// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/async_fallback.hpp>
#include <fluxgate/detail/calls/awaited_callee.hpp>
#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/made_in_place.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

// A call in place whose fallback answers, at once, where it throws or is rejected.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// True where the fallback's answer is awaited, which needs a coroutine.
template <class R, class Fallback>
inline constexpr bool answer_is_awaited =
    Answered<R, decltype(ask(std::declval<Fallback&>(), std::exception_ptr{}))>::awaits;

/// A call of a function that returns an `R`. It begins when it is awaited, and is awaited once.
template <class R, class Call, class Fallback>
class [[nodiscard("fluxgate: a call is made when it is awaited: co_await it")]] AnsweredInPlace {
    using Result = await_result_t<R, R>;

    /// Begins the call, in its constructor, and asks the fallback once the coroutine goes on.
    class Awaiter {
    public:
        explicit Awaiter(AnsweredInPlace& made) : made_{made} {
            attempt(
                [&] {
                    call_.make([&]() -> CallAwaiter { return made.call_.operator co_await(); });
                },
                [](const CaughtException& caught) {
                    return task_traits<R>::is_cancellation(caught);
                });
        }
        Awaiter(const Awaiter&) = delete;
        Awaiter& operator=(const Awaiter&) = delete;

        [[nodiscard]] bool await_ready() const noexcept { return error_ != nullptr; }

        template <class Promise>
            requires AwaitableBy<R, Promise, Result>
        auto await_suspend(std::coroutine_handle<Promise> caller) {
            using Suspended = decltype((*call_).await_suspend(caller));
            Suspended suspended{};
            if constexpr (!std::is_same_v<Suspended, bool>) {
                suspended = caller;
            }
            attempt([&] { suspended = (*call_).await_suspend(caller); },
                    [&](const CaughtException& caught) {
                        return (*call_).template is_cancellation<Promise>(caught);
                    });
            return suspended;
        }

        Result await_resume() {
            if (error_ == nullptr) {
                const auto cancels = [&](const CaughtException& caught) {
                    return (*call_).template is_cancellation<void>(caught);
                };
                try {
                    return (*call_).await_resume();
                } catch (const std::exception& caught) {
                    look_at(CaughtException{caught}, cancels);
                } catch (...) {
                    look_at(CaughtException{}, cancels);
                }
            }
            held_or_done_t<Result> answer = answer_at_once<R>(made_.fallback_, error_);
            return made_.kept_.result(answer);
        }

    private:
        using CallAwaiter = decltype(std::declval<Call&>().operator co_await());

        template <class Step, class Cancels>
        void attempt(Step step, Cancels cancels) {
            try {
                step();
            } catch (const std::exception& caught) {
                look_at(CaughtException{caught}, cancels);
            } catch (...) {
                look_at(CaughtException{}, cancels);
            }
        }

        /// Keeps the exception being handled for the fallback, or throws it on.
        template <class Cancels>
        void look_at(const CaughtException& caught, Cancels cancels) {
            pass_unwinding<typename Call::Unwinding>();
            if (cancels(caught) || !takes_exception<Fallback>(caught)) {
                throw;
            }
            error_ = std::current_exception();
        }

        AnsweredInPlace& made_;
        MadeInPlace<CallAwaiter> call_;
        std::exception_ptr error_;
    };

public:
    template <class F>
    AnsweredInPlace(Call call, F&& fallback)
        : call_(std::move(call)), fallback_(std::forward<F>(fallback)) {}

    Awaiter operator co_await() { return Awaiter{*this}; }

private:
    Call call_;
    [[no_unique_address]] Fallback fallback_;
    [[no_unique_address]] Kept<Result, R&> kept_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
