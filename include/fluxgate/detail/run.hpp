// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/core.hpp>
#include <fluxgate/detail/verdict.hpp>
#include <fluxgate/errors.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

// Running a granted call and settling it by what it did, whatever it returns or throws. What runs
// in every call says `inline`, without which GCC thinks less of inlining a template.

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

/// Settles a call as failed when an exception leaves the scope. Cheaper than a handler, which would
/// have to throw the exception once more.
template <class Core>
class FailureGuard {
public:
    FailureGuard(Core& core, const typename Core::Grant& grant) noexcept
        : core_{core}, grant_{grant} {}
    FailureGuard(const FailureGuard&) = delete;
    FailureGuard& operator=(const FailureGuard&) = delete;

    ~FailureGuard() {
        if (armed_) {
            core_.settle(grant_, false);
        }
    }

    void dismiss() noexcept { armed_ = false; }

private:
    Core& core_;
    const typename Core::Grant& grant_;
    bool armed_ = true;
};

/// Settles a call at the end of the scope: the one place left where the result can be neither held
/// nor moved, being built in the caller's place already.
template <class Core, bool SettlesFailures>
class ScopeGuard {
public:
    ScopeGuard(Core& core, const typename Core::Grant& grant) noexcept
        : core_{core}, grant_{grant} {}
    ScopeGuard(const ScopeGuard&) = delete;
    ScopeGuard& operator=(const ScopeGuard&) = delete;

    ~ScopeGuard() {
        const bool success = std::uncaught_exceptions() == exceptions_before_;
        if (success || SettlesFailures) {
            core_.settle(grant_, success);
        }
    }

private:
    Core& core_;
    const typename Core::Grant& grant_;
    int exceptions_before_ = std::uncaught_exceptions();
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

/// `f(args...)`, with an exception settled by the tracker's verdict.
template <class Core, class Tracker, class F, class... Args>
std::invoke_result_t<F, Args...> run_judged(Core& core, const Tracker& tracker,
                                            const typename Core::Grant& grant, F&& f,
                                            Args&&... args) {
#ifdef __cpp_exceptions
    try {
        return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    } catch (const std::exception& caught) {
        settle_exception(core, tracker, grant, CaughtException{caught});
        throw;
    } catch (...) {
        settle_exception(core, tracker, grant, CaughtException{});
        throw;
    }
#else
    static_cast<void>(core);
    static_cast<void>(tracker);
    static_cast<void>(grant);
    return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
#endif
}

/// `f(args...)`, with an exception settled as the tracker wants it.
template <class Core, class Tracker, class F, class... Args>
inline std::invoke_result_t<F, Args...> run_unsettled(Core& core, const Tracker& tracker,
                                                      const typename Core::Grant& grant, F&& f,
                                                      Args&&... args) {
    if constexpr (!counts_every_exception<Tracker>) {
        return run_judged(core, tracker, grant, std::forward<F>(f), std::forward<Args>(args)...);
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
        if constexpr (counts_every_exception<Tracker>) {
            const ScopeGuard<Core, true> guard{core, grant};
            return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
        } else {
            const ScopeGuard<Core, false> guard{core, grant};
            return run_judged(core, tracker, grant, std::forward<F>(f),
                              std::forward<Args>(args)...);
        }
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
