// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/cancellation.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/signal.hpp>

#include <concepts>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

// Listeners: what is told of the transitions?
//
//     CircuitBreaker breaker{Listeners{[](const Signal& signal) { std::clog << signal << '\n'; }}};

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

template <class T>
concept ErrorHandler = std::move_constructible<T> && std::invocable<T&, std::exception_ptr>;

/// A callable of any type, which may be move-only; `std::function` would ask for a copy. Its
/// pointer is a plain one, since to compile `std::unique_ptr` would cost every user of a breaker
/// more than all else in this header.
template <class Signature>
class Callback;
template <class Result, class... Args>
class Callback<Result(Args...)> {
public:
    Callback() = default;

    template <class F>
    explicit Callback(F f) : model_{new Model<F>{std::move(f)}} {}

    Callback(Callback&& other) noexcept : model_{std::exchange(other.model_, nullptr)} {}
    Callback& operator=(Callback&& other) noexcept {
        std::swap(model_, other.model_);
        return *this;
    }
    ~Callback() { delete model_; }

    explicit operator bool() const noexcept { return model_ != nullptr; }

    Result operator()(Args... args) const { return model_->call(std::forward<Args>(args)...); }

private:
    struct Interface {
        virtual ~Interface() = default;
        virtual Result call(Args... args) = 0;
    };

    template <class F>
    struct Model final : Interface {
        explicit Model(F callable) : f{std::move(callable)} {}
        Result call(Args... args) override {
            if constexpr (std::is_void_v<Result>) {
                std::invoke(f, std::forward<Args>(args)...);
            } else {
                return std::invoke(f, std::forward<Args>(args)...);
            }
        }
        F f;
    };

    /// Owned. Null where there is no callable.
    Interface* model_ = nullptr;
};

template <class F>
concept Listener = std::invocable<F&, const Signal&>;

/// The coroutine type that a listener returns; void for a plain one.
template <class F>
struct AwaitedOf {
    using type = void;
};
template <class F>
    requires CoroutineType<std::invoke_result_t<F&, const Signal&>>
struct AwaitedOf<F> {
    using type = std::invoke_result_t<F&, const Signal&>;
};
template <class F>
using awaited_t = typename AwaitedOf<F>::type;

/// A listener whose result is awaited by the breaker, or cannot be awaited.
template <class F>
concept LeavesNothingUnawaited = CoroutineType<std::invoke_result_t<F&, const Signal&>> ||
                                 !Awaitable<std::invoke_result_t<F&, const Signal&>>;

/// The coroutine type that those listeners return which return one; void where none does.
template <class... F>
struct AwaitedOfAll {
    using type = void;
};
template <class First, class... Rest>
struct AwaitedOfAll<First, Rest...> {
    using rest = typename AwaitedOfAll<Rest...>::type;
    using type = std::conditional_t<std::is_void_v<awaited_t<First>>, rest, awaited_t<First>>;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::listeners::inline FLUXGATE_MODE {

/// The functions that are told of a breaker's transitions: anything callable with `const Signal&`,
/// move-only callables too.
///
/// Each signal reaches each listener exactly once, in the order of the transitions, and never two
/// at a time, with no lock held: a listener may call the breaker back, but must not destroy the
/// breaker that it is being told of. It runs in a thread that made a transition, not always in the
/// one that made this, and perhaps after the call that did has returned.
///
/// `Awaited` is deduced: void, or the coroutine type of those listeners that are coroutines,
/// which only an `AsyncCircuitBreaker` takes. They return the same type, which is awaited for
/// nothing; a call awaits them in its own coroutine. To be cancelled in one ends the call, whose
/// outcome stays recorded; the listeners that were not told yet are told by the next call or
/// command.
///
/// What a plain listener returns is dropped, and does not compile where it can be awaited.
template <class Awaited = void>
class Listeners {
public:
    /// What its coroutines return; void where there are none.
    using Coroutine = Awaited;
    /// True if any of them is a coroutine, which the breaker awaits.
    static constexpr bool are_awaited = !std::is_void_v<Coroutine>;

    Listeners() = default;

    /// Makes listeners that are told in this order. Throws `std::bad_alloc`.
    template <detail::Listener... F>
        requires(sizeof...(F) != 0)
    explicit Listeners(F... listeners) {
        static_assert((detail::LeavesNothingUnawaited<F> && ...),
                      "fluxgate: a listener returns an awaitable that is no coroutine type: "
                      "co_await it in a coroutine");
        static_assert(((std::is_void_v<detail::awaited_t<F>> ||
                        std::same_as<detail::awaited_t<F>, Coroutine>) &&
                       ...),
                      "fluxgate: listeners that are coroutines return one type, that of the "
                      "Listeners");
        listeners_.reserve(sizeof...(F));
        (listeners_.push_back(make(std::move(listeners))), ...);
    }

    /// Has errors reported to `handler`, which takes a `std::exception_ptr`, in place of a line on
    /// stderr: those of listeners, and those of other policies that no caller can be told of. They
    /// disturb neither the call nor the other listeners. What the handler throws goes to stderr.
    template <detail::ErrorHandler Handler>
    [[nodiscard]] Listeners on_error(Handler handler) && {
        handler_ = detail::Callback<void(std::exception_ptr)>{std::move(handler)};
        return std::move(*this);
    }

    /// Returns whether there are no listeners.
    [[nodiscard]] bool empty() const noexcept { return listeners_.empty(); }

    /// Returns whether there are no listeners and no handler of errors.
    [[nodiscard]] bool is_default() const noexcept { return listeners_.empty() && !handler_; }

    /// Returns how many there are.
    [[nodiscard]] std::size_t size() const noexcept { return listeners_.size(); }

    /// Tells every listener.
    void operator()(const Signal& signal) const
        requires(!are_awaited)
    {
        for (std::size_t i = 0; i != size(); ++i) {
            tell(i, signal);
        }
    }

    /// Tells one of them. What it throws is reported; what unwinds the stack goes on.
    template <class Unwinding = unwinding_types<>>
    void tell(std::size_t index, const Signal& signal) const
        requires(!are_awaited)
    {
        detail::guarded<Unwinding>([&] { listeners_[index].plain(signal); },
                                   [&] { report("a listener"); });
    }

    /// Tells one of them, unless it is a coroutine: then gives it to be awaited. Throws what the
    /// listener throws.
    [[nodiscard]] std::optional<Coroutine> ask(std::size_t index, const Signal& signal) const
        requires are_awaited
    {
        const Entry& listener = listeners_[index];
        if (listener.awaited) {
            return listener.awaited(signal);
        }
        listener.plain(signal);
        return std::nullopt;
    }

    /// Reports the exception being handled, which came out of `culprit`.
    void report(const char* culprit) const {
        const detail::CancellationDeferred deferred;
        if (!handler_) {
            print(culprit);
            return;
        }
        detail::guarded<unwinding_types<>>([&] { handler_(std::current_exception()); },
                                           [] { print("the error handler of the listeners"); });
    }

private:
    /// One of the two.
    struct Entry {
        detail::Callback<void(const Signal&)> plain;
        detail::Callback<Coroutine(const Signal&)> awaited;
    };

    template <class F>
    static Entry make(F listener) {
        Entry entry;
        if constexpr (std::is_void_v<detail::awaited_t<F>>) {
            entry.plain = decltype(entry.plain){std::move(listener)};
        } else {
            entry.awaited = decltype(entry.awaited){std::move(listener)};
        }
        return entry;
    }

    /// Writes a line to stderr about the exception being handled.
    static void print([[maybe_unused]] const char* culprit) {
#ifdef __cpp_exceptions
        try {
            throw;
        } catch (const std::exception& error) {
            std::fprintf(stderr, "fluxgate: error in %s: %s\n", culprit, error.what());
        } catch (...) {
            std::fprintf(stderr, "fluxgate: error in %s: not a std::exception\n", culprit);
        }
#endif
    }

    std::vector<Entry> listeners_;
    detail::Callback<void(std::exception_ptr)> handler_;
};

template <class... F>
    requires(sizeof...(F) != 0 && (detail::Listener<F> && ...))
Listeners(F...) -> Listeners<typename detail::AwaitedOfAll<F...>::type>;

}  // namespace fluxgate::inline v0_1::listeners::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

using listeners::Listeners;

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
