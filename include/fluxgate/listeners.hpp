// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/state.hpp>

#include <concepts>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

// Listeners: who is told of the transitions?
//
//     CircuitBreaker breaker{Listeners{[](const Signal& signal) { std::clog << signal << '\n'; }}};

namespace fluxgate {

namespace detail {

template <class T>
concept ErrorHandler = std::move_constructible<T> && std::invocable<T&, std::exception_ptr>;

/// A callable of any type, which may be move-only; `std::function` would ask for a copy.
template <class... Args>
class Callback {
public:
    Callback() = default;

    template <class F>
    explicit Callback(F f) : model_{std::make_unique<Model<F>>(std::move(f))} {}

    explicit operator bool() const noexcept { return model_ != nullptr; }

    void operator()(Args... args) const { model_->call(std::forward<Args>(args)...); }

private:
    struct Interface {
        virtual ~Interface() = default;
        virtual void call(Args... args) = 0;
    };

    template <class F>
    struct Model final : Interface {
        explicit Model(F callable) : f{std::move(callable)} {}
        void call(Args... args) override { std::invoke(f, std::forward<Args>(args)...); }
        F f;
    };

    std::unique_ptr<Interface> model_;
};

}  // namespace detail

namespace listeners {

/// Those who are told of a breaker's transitions: anything callable with `const Signal&`, move-only
/// callables too.
///
/// Each signal reaches each listener exactly once, in the order of the transitions, and never two
/// at a time, with no lock held: a listener may call the breaker back. It runs in a thread that
/// made a transition, not always in the one that made this, and perhaps after the call that did has
/// returned.
class Listeners {
public:
    Listeners() = default;

    /// Listeners that are told in this order. Throws `std::bad_alloc`.
    template <class... F>
        requires(sizeof...(F) != 0 && (std::invocable<F&, const Signal&> && ...))
    explicit Listeners(F... listeners) {
        listeners_.reserve(sizeof...(F));
        (listeners_.emplace_back(std::move(listeners)), ...);
    }

    /// Has errors reported to `handler`, which takes a `std::exception_ptr`, in place of a line on
    /// stderr: those of listeners, and those of other policies that no caller can be told of. They
    /// disturb neither the call nor the other listeners. What the handler throws goes to stderr.
    template <detail::ErrorHandler Handler>
    [[nodiscard]] Listeners on_error(Handler handler) && {
        handler_ = detail::Callback<std::exception_ptr>{std::move(handler)};
        return std::move(*this);
    }

    /// Whether there is nobody to be told.
    [[nodiscard]] bool empty() const noexcept { return listeners_.empty(); }

    /// Tells every listener.
    void operator()(const Signal& signal) const noexcept {
        for (const auto& listener : listeners_) {
            detail::guarded([&] { listener(signal); }, [&] { report("a listener"); });
        }
    }

    /// Reports the exception being handled, which came out of `culprit`.
    void report(const char* culprit) const noexcept {
        if (!handler_) {
            print(culprit);
            return;
        }
        detail::guarded([&] { handler_(std::current_exception()); },
                        [] { print("the error handler of the listeners"); });
    }

private:
    /// A line on stderr about the exception being handled.
    static void print([[maybe_unused]] const char* culprit) noexcept {
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

    std::vector<detail::Callback<const Signal&>> listeners_;
    detail::Callback<std::exception_ptr> handler_;
};

}  // namespace listeners

using listeners::Listeners;

}  // namespace fluxgate
