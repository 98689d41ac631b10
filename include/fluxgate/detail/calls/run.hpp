// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
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
#include <tuple>
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

/// Says in a sentence what is wrong with what a function returns.
template <class R>
consteval bool check_result() {
    static_assert(
        !FutureType<R>,
        "fluxgate: a future is ready before its call has ended, and would always count as "
        "a success: settle a Permission when the result is there, or have the function "
        "return the result of its get()");
    static_assert(!CoroutineType<R>,
                  "fluxgate: a function that returns a coroutine has done nothing yet when it "
                  "returns, and would always count as a success: use AsyncCircuitBreaker");
    return true;
}

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

#ifdef __cpp_exceptions
/// The types of exceptions that a tracker counts, where it names them.
template <class Tracker>
struct CountedTypes {};
template <class... E>
struct CountedTypes<trackers::TypeOf<E...>> {
    using Named = std::type_identity<std::tuple<E...>>;
};

/// True if a tracker counts the exceptions of types that it names, and no unwinding has to be told
/// from these: then others are caught nowhere, which spares them to be thrown again.
template <class Core, class Tracker>
inline constexpr bool catches_by_type = std::same_as<typename Core::Unwinding, unwinding_types<>> &&
                                        requires { typename CountedTypes<Tracker>::Named; };

/// Returns `f()`. An exception of one of the types fails the call, and goes on; all others go on as
/// they come.
template <class R, class Core, class F>
inline R run_by_type(Call<Core>&, std::type_identity<std::tuple<>>, F& f) {
    return f();
}
template <class R, class Core, class F, class First, class... Others>
inline R run_by_type(Call<Core>& call, std::type_identity<std::tuple<First, Others...>>, F& f) {
    try {
        return run_by_type<R>(call, std::type_identity<std::tuple<Others...>>{}, f);
    } catch (const First&) {
        const CancellationDeferred deferred;
        call.settle(false);
        throw;
    }
}
#endif

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
        const auto invoked = [&]() -> R {
            return detail::invoke(std::forward<F>(f), std::forward<Args>(args)...);
        };
#ifdef __cpp_exceptions
        if constexpr (catches_by_type<Core, Tracker>) {
            return run_by_type<R>(call, typename CountedTypes<Tracker>::Named{}, invoked);
        }
#endif
        return run_judged<Core>(tracker, invoked, [&] { return std::move(call); });
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
        static_assert(!looks_at_results<Tracker, R>,
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
