// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/call.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/cancellation.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

// Running a granted call, and settling it by what it did, whatever it returns or throws.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

#ifdef __cpp_exceptions
/// Counts a rejection, and returns what is to be thrown of it. Whoever was rejected throws it: each
/// function between that and the handler makes it dearer.
template <class Core>
[[nodiscard]] FLUXGATE_NOINLINE CallNotPermittedError error_of_rejection(Core& core,
                                                                         Admission admission) {
    return CallNotPermittedError{core.reject(admission)};
}
#endif

/// What the end of a scope means for the call in it.
enum class ScopeEnd : std::uint8_t {
    /// A failure, where an exception ends the scope; what unwinds it by force is no exception, and
    /// leaves the call neutral. Cheaper than a handler, which would have to throw the exception
    /// once more.
    fails_by_exception,
    /// A success. For results that cannot be moved: they are constructed in the caller's storage,
    /// so nothing can run between the return and the destructors.
    succeeds
};

/// A call that the end of its scope settles, unless that is dismissed before.
template <class Core, ScopeEnd end>
class ScopedCall {
public:
    explicit ScopedCall(Call<Core>& call) noexcept : call_{&call} {}
    ScopedCall(const ScopedCall&) = delete;
    ScopedCall& operator=(const ScopedCall&) = delete;

    FLUXGATE_ALWAYS_INLINE ~ScopedCall() {
        constexpr bool succeeds = end == ScopeEnd::succeeds;
        if (call_ != nullptr && (succeeds || std::uncaught_exceptions() != 0)) {
            const CancellationDeferred deferred;
            call_->settle(succeeds);
        }
    }

    /// Leaves the call to its owner.
    void dismiss() noexcept { call_ = nullptr; }

private:
    Call<Core>* call_;
};

/// Returns `f()`. An exception settles the call that `take_call()` gives, by the tracker's verdict,
/// and goes on.
template <class Core, class Tracker, class F, class TakeCall>
std::invoke_result_t<F> run_judged([[maybe_unused]] const Tracker& tracker, F f,
                                   [[maybe_unused]] TakeCall take_call) {
#ifdef __cpp_exceptions
    using Unwinding = typename Core::Unwinding;
    try {
        return f();
    } catch (const std::exception& caught) {
        Call<Core> call = take_call();
        pass_named_unwinding<Unwinding>();
        call.settle_by_exception(tracker, CaughtException{caught});
        throw;
    } catch (...) {
        Call<Core> call = take_call();
        pass_unwinding<Unwinding>();
        call.settle_by_exception(tracker, CaughtException{});
        throw;
    }
#else
    return f();
#endif
}

/// True if a call that throws can be settled without a look at the exception.
template <class Core, class Tracker>
inline constexpr bool settles_unseen =
    counts_every_exception<Tracker> && std::same_as<typename Core::Unwinding, unwinding_types<>>;

/// Returns `f(args...)`, for a result that is still to be settled by. An exception is settled as
/// the tracker wants it.
template <class Core, class Tracker, class F, class... Args>
inline std::invoke_result_t<F, Args...> run_unsettled(Call<Core>& call, const Tracker& tracker,
                                                      F&& f, Args&&... args) {
    using R = std::invoke_result_t<F, Args...>;
    if constexpr (!settles_unseen<Core, Tracker>) {
        return run_judged<Core>(
            tracker,
            [&]() -> R { return detail::invoke(std::forward<F>(f), std::forward<Args>(args)...); },
            [&] { return std::move(call); });
    } else if constexpr (std::is_void_v<R>) {
        ScopedCall<Core, ScopeEnd::fails_by_exception> scoped{call};
        detail::invoke(std::forward<F>(f), std::forward<Args>(args)...);
        scoped.dismiss();
    } else {
        ScopedCall<Core, ScopeEnd::fails_by_exception> scoped{call};
        R result = detail::invoke(std::forward<F>(f), std::forward<Args>(args)...);
        scoped.dismiss();
        if constexpr (std::is_reference_v<R>) {
            return static_cast<R>(result);
        } else {
            return result;
        }
    }
}

/// Returns `f(args...)` as a granted call, settled before it returns.
template <class Core, class Tracker, class F, class... Args>
inline std::invoke_result_t<F, Args...> run(Call<Core>&& call, const Tracker& tracker, F&& f,
                                            Args&&... args) {
    using R = std::invoke_result_t<F, Args...>;
    if constexpr (!can_be_held<R>) {
        static_assert(!tracks_results<Tracker, R>,
                      "fluxgate: the tracker judges a result that cannot be moved, and is built in "
                      "its caller's place before anyone can look at it: return a pointer to it, or "
                      "settle a Permission");
        ScopedCall<Core, ScopeEnd::succeeds> scoped{call};
        return run_judged<Core>(
            tracker,
            [&]() -> R { return detail::invoke(std::forward<F>(f), std::forward<Args>(args)...); },
            [&] {
                scoped.dismiss();
                return std::move(call);
            });
    } else if constexpr (std::is_void_v<R>) {
        run_unsettled(call, tracker, std::forward<F>(f), std::forward<Args>(args)...);
        call.settle(true);
    } else {
        R result = run_unsettled(call, tracker, std::forward<F>(f), std::forward<Args>(args)...);
        call.settle_by_result(tracker, result);
        if constexpr (std::is_reference_v<R>) {
            return static_cast<R>(result);
        } else {
            return result;
        }
    }
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
