// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/verdict.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/core.hpp>
#include <fluxgate/errors.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

// Running a granted call and settling it by what it did, whatever it returns or throws. What runs
// in every call says `inline`, without which GCC thinks less of inlining a template.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What `f(args...)` returns; a sentence where it cannot be called so.
template <class F, class... Args>
struct ResultOf {
    static_assert(std::invocable<F, Args...>,
                  "fluxgate: the function cannot be called with these arguments");
    using type = std::invoke_result_t<F, Args...>;
};
template <class F, class... Args>
using result_t = typename ResultOf<F, Args...>::type;

#ifdef __cpp_exceptions
/// Throws what tells of a rejection.
template <class Core>
[[noreturn]] FLUXGATE_NOINLINE void throw_rejection(Core& core, Admission admission) {
    throw CallNotPermittedError{core.rejection(admission)};
}
#endif

/// Settles a call as failed when an exception leaves the scope; what unwinds it by force is no
/// exception, and leaves the call neutral. Cheaper than a handler, which would have to throw the
/// exception once more.
template <class Core>
class FailureGuard {
public:
    FailureGuard(Core& core, const typename Core::Grant& grant) noexcept
        : core_{core}, grant_{grant} {}
    FailureGuard(const FailureGuard&) = delete;
    FailureGuard& operator=(const FailureGuard&) = delete;

    ~FailureGuard() {
        if (armed_ && std::uncaught_exceptions() != 0) {
            const CancellationDeferred deferred;
            core_.settle(grant_, false);
        }
    }

    void dismiss() noexcept { armed_ = false; }

private:
    Core& core_;
    const typename Core::Grant& grant_;
    bool armed_ = true;
};

/// Settles a call as succeeded when the scope ends, unless it is dismissed. Used for results that
/// cannot be moved: they are constructed in the caller's storage, so nothing can run between the
/// return and the destructors.
template <class Core>
class SuccessGuard {
public:
    SuccessGuard(Core& core, const typename Core::Grant& grant) noexcept
        : core_{core}, grant_{grant} {}
    SuccessGuard(const SuccessGuard&) = delete;
    SuccessGuard& operator=(const SuccessGuard&) = delete;

    ~SuccessGuard() {
        if (armed_) {
            const CancellationDeferred deferred;
            core_.settle(grant_, true);
        }
    }

    void dismiss() noexcept { armed_ = false; }

private:
    Core& core_;
    const typename Core::Grant& grant_;
    bool armed_ = true;
};

/// Whether a result can be looked at on its way to the caller.
template <class R>
inline constexpr bool can_be_held =
    std::is_void_v<R> || std::is_reference_v<R> || std::move_constructible<R>;

template <class R>
struct Stored {
    using type = std::remove_cv_t<R>;
};
template <class T>
struct Stored<T&> {
    using type = std::reference_wrapper<T>;
};
template <class T>
struct Stored<T&&> {
    using type = std::remove_cv_t<T>;
};

/// What a result is kept as.
template <class R>
using stored_t = typename Stored<R>::type;

/// `f()`, with an exception settled by the tracker's verdict, after `on_exception()` was told of
/// it.
template <class Core, class Tracker, class F, class OnException>
std::invoke_result_t<F> run_judged(Core& core, const Tracker& tracker,
                                   const typename Core::Grant& grant, F f,
                                   OnException on_exception) {
#ifdef __cpp_exceptions
    using Unwinding = typename Core::Unwinding;
    try {
        return f();
    } catch (const std::exception& caught) {
        on_exception();
        pass_named_unwinding<Unwinding>();
        settle_exception(core, tracker, grant, CaughtException{caught});
        throw;
    } catch (...) {
        on_exception();
        pass_unwinding<Unwinding>();
        settle_exception(core, tracker, grant, CaughtException{});
        throw;
    }
#else
    static_cast<void>(core);
    static_cast<void>(tracker);
    static_cast<void>(grant);
    static_cast<void>(on_exception);
    return f();
#endif
}

/// Whether a failure can be told without a look at the exception.
template <class Core, class Tracker>
inline constexpr bool settles_unseen =
    counts_every_exception<Tracker> && std::same_as<typename Core::Unwinding, unwinding_types<>>;

/// `f(args...)`, with an exception settled as the tracker wants it.
template <class Core, class Tracker, class F, class... Args>
inline std::invoke_result_t<F, Args...> run_unsettled(Core& core, const Tracker& tracker,
                                                      const typename Core::Grant& grant, F&& f,
                                                      Args&&... args) {
    if constexpr (!settles_unseen<Core, Tracker>) {
        return run_judged(
            core, tracker, grant,
            [&]() -> std::invoke_result_t<F, Args...> {
                return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
            },
            [] {});
    } else if constexpr (std::is_void_v<std::invoke_result_t<F, Args...>>) {
        FailureGuard guard{core, grant};
        std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
        guard.dismiss();
    } else {
        using R = std::invoke_result_t<F, Args...>;
        FailureGuard guard{core, grant};
        R result = std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
        guard.dismiss();
        if constexpr (std::is_reference_v<R>) {
            return static_cast<R>(result);
        } else {
            return result;
        }
    }
}

/// `f(args...)` as a granted call, settled before it returns.
template <class Core, class Tracker, class F, class... Args>
inline std::invoke_result_t<F, Args...> run(Core& core, const Tracker& tracker,
                                            const typename Core::Grant& grant, F&& f,
                                            Args&&... args) {
    using R = std::invoke_result_t<F, Args...>;
    if constexpr (!can_be_held<R>) {
        static_assert(!tracks_results<Tracker, R>,
                      "fluxgate: the tracker has a word on a result that cannot be moved, and is "
                      "built in its caller's place before anyone can look at it: return a pointer "
                      "to it, or settle a Permission");
        SuccessGuard<Core> guard{core, grant};
        return run_judged(
            core, tracker, grant,
            [&]() -> R { return std::invoke(std::forward<F>(f), std::forward<Args>(args)...); },
            [&] { guard.dismiss(); });
    } else if constexpr (std::is_void_v<R>) {
        run_unsettled(core, tracker, grant, std::forward<F>(f), std::forward<Args>(args)...);
        core.settle(grant, true);
    } else {
        R result =
            run_unsettled(core, tracker, grant, std::forward<F>(f), std::forward<Args>(args)...);
        settle_result(core, tracker, grant, result);
        if constexpr (std::is_reference_v<R>) {
            return static_cast<R>(result);
        } else {
            return result;
        }
    }
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
