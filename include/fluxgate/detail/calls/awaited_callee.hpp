// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/made_in_place.hpp>
#include <fluxgate/detail/calls/watched.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <coroutine>
#include <memory>
#include <type_traits>
#include <utility>

// A callee that an awaiter of ours awaits for the coroutine that awaits it.
//
// How a coroutine awaits a callee is the business of its promise, which may transform it, and is not
// known before `await_suspend`. What the callee's own promise makes of it is kept in the awaiter; what
// a promise makes otherwise is kept in the heap.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What a promise makes of a callee; one that is not known, as of a plain handle, leaves it as it is.
template <class R, class Promise>
struct TransformedBy {
    using type = decltype(transformed(std::declval<Promise&>(), std::declval<R>()));

    static type transform(std::coroutine_handle<Promise> caller, R& callee) {
        return transformed(caller.promise(), std::move(callee));
    }
};
template <class R>
struct TransformedBy<R, void> {
    using type = R&&;

    static type transform(std::coroutine_handle<>, R& callee) noexcept { return std::move(callee); }
};
template <class R, class Promise>
using transformed_by_t = typename TransformedBy<R, Promise>::type;

/// True where a coroutine with this promise can await an `R`, for a `Result`.
template <class R, class Promise, class Result>
concept AwaitableBy = requires(
    std::remove_reference_t<decltype(awaiter_of(std::declval<transformed_by_t<R, Promise>>()))>&
        awaiter,
    std::coroutine_handle<Promise> caller) {
    { awaiter.await_ready() } -> std::convertible_to<bool>;
    awaiter.await_suspend(caller);
    { awaiter.await_resume() } -> std::same_as<Result>;
};

/// The awaiter of a callee that a promise has transformed into this, with what it refers to.
template <class Transformed>
class AwaiterOf {
    using Awaiter = decltype(awaiter_of(std::declval<Transformed>()));

public:
    /// Awaits the callee in the coroutine's place. Returns what the coroutine's awaiter returns from
    /// `await_suspend`. This may be gone by then.
    template <class R, class Promise>
    auto suspend(std::coroutine_handle<Promise> caller, R& callee) {
        auto&& awaitable = transformed_.make(
            [&]() -> Transformed { return TransformedBy<R, Promise>::transform(caller, callee); });
        auto&& awaiter = awaiter_.make(
            [&]() -> Awaiter { return awaiter_of(std::forward<Transformed>(awaitable)); });
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
    }

    decltype(auto) resume() { return (*awaiter_).await_resume(); }

private:
    MadeInPlace<Transformed> transformed_;
    MadeInPlace<Awaiter> awaiter_;
};

/// Returns whether an exception is a cancellation of the coroutine with this promise; false for one
/// that has to be asked whether it was cancelled.
template <class Promise>
bool is_cancellation_of([[maybe_unused]] const CaughtException& caught) {
    if constexpr (requires(Promise& promise) { promise.get_return_object(); }) {
        using Caller = std::remove_cvref_t<decltype(std::declval<Promise&>().get_return_object())>;
        if constexpr (!Watched<Caller>) {
            return task_traits<Caller>::is_cancellation(caught);
        }
    }
    return false;
}

/// The awaiter of a callee that a promise other than the callee's own has made.
template <class Result>
class AnyAwaiterOf {
public:
    AnyAwaiterOf() = default;
    AnyAwaiterOf(const AnyAwaiterOf&) = delete;
    AnyAwaiterOf& operator=(const AnyAwaiterOf&) = delete;
    virtual ~AnyAwaiterOf() = default;
    virtual Result resume() = 0;
    /// Returns whether what it throws is a cancellation of the coroutine that awaits.
    [[nodiscard]] virtual bool is_cancellation(const CaughtException& caught) const = 0;
};
template <class Result, class Transformed, class Promise>
class AwaiterOfPromise final : public AnyAwaiterOf<Result> {
public:
    Result resume() override { return awaiter.resume(); }
    [[nodiscard]] bool is_cancellation(const CaughtException& caught) const override {
        return is_cancellation_of<Promise>(caught);
    }

    AwaiterOf<Transformed> awaiter;
};

/// A callee of type `R` that is awaited for a `Result`, which is what its own promise makes of it.
template <class R, class Result>
class AwaitedCallee {
    using Own = transformed_by_t<R, typename std::coroutine_traits<R>::promise_type>;

public:
    /// Makes the callee, by `make()`.
    template <class Make>
    explicit AwaitedCallee(Make make) : callee_(make()) {}
    AwaitedCallee(const AwaitedCallee&) = delete;
    AwaitedCallee& operator=(const AwaitedCallee&) = delete;

    /// Makes room for an awaiter by this promise. Throws `std::bad_alloc`; never for the callee's own
    /// promise, nor for another that awaits it by the same awaiter.
    template <class Promise>
    void prepare() {
        if constexpr (!std::same_as<transformed_by_t<R, Promise>, Own>) {
            other_ = std::make_unique<Other<Promise>>();
        }
    }

    /// Awaits the callee as the promise has it, once prepared. Returns what `await_suspend` is to
    /// return. Throws what the callee's awaiter throws. This may be gone by then.
    template <class Promise>
    auto suspend(std::coroutine_handle<Promise> caller) {
        if constexpr (std::same_as<transformed_by_t<R, Promise>, Own>) {
            return own_.suspend(caller, callee_);
        } else {
            return static_cast<Other<Promise>&>(*other_).awaiter.suspend(caller, callee_);
        }
    }

    /// Returns what the callee is awaited for, or throws its exception.
    Result resume() { return other_ ? other_->resume() : own_.resume(); }

    /// Returns whether what `resume` has thrown is a cancellation: of the callee, or of a coroutine
    /// that awaits it by an awaiter of its own.
    [[nodiscard]] bool is_cancellation(const CaughtException& caught) const {
        return task_traits<R>::is_cancellation(caught) ||
               (other_ && other_->is_cancellation(caught));
    }

private:
    template <class Promise>
    using Other = AwaiterOfPromise<Result, transformed_by_t<R, Promise>, Promise>;

    R callee_;
    AwaiterOf<Own> own_;
    std::unique_ptr<AnyAwaiterOf<Result>> other_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
