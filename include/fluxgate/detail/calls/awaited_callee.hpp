// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/config.hpp>

#include <cassert>
#include <concepts>
#include <coroutine>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

// A callee that an awaiter of ours awaits for the coroutine that awaits it.
//
// How a coroutine awaits a callee is the business of its promise, which may transform it, and is not
// known before `await_suspend`. What the callee's own promise makes of it is kept in the awaiter; what
// a promise makes otherwise is kept in the heap.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

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

/// The awaiter of a callee that no promise, or any promise, has transformed.
template <class Result>
class AnyAwaiterOf {
public:
    AnyAwaiterOf() = default;
    AnyAwaiterOf(const AnyAwaiterOf&) = delete;
    AnyAwaiterOf& operator=(const AnyAwaiterOf&) = delete;
    virtual ~AnyAwaiterOf() = default;
    virtual Result resume() = 0;
};
template <class Result, class Transformed>
class OneAwaiterOf final : public AnyAwaiterOf<Result> {
public:
    Result resume() override { return awaiter.resume(); }

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

private:
    template <class Promise>
    using Other = OneAwaiterOf<Result, transformed_by_t<R, Promise>>;

    R callee_;
    AwaiterOf<Own> own_;
    std::unique_ptr<AnyAwaiterOf<Result>> other_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
