// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/breaker.hpp>
#include <fluxgate/detail/calls/fallback.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/calls/run.hpp>
#include <fluxgate/detail/calls/wrapped.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/policies/arguments.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/expected.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/permission.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/trial_limits.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <concepts>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// A breaker, which stops calling a service that keeps failing, and tries it again after a while.
///
///     fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{5}, fluxgate::Cooldown{10s}};
///     Receipt receipt = breaker.call(charge, order);  // throws CallNotPermittedError while open
///
/// Each call of the service goes through the breaker, which records the outcome in its window, has
/// its tracker say what a failure is, and its tripper when to open. While open, calls are rejected
/// without being run. After the retry's wait the permit lets trial calls through, whose outcomes
/// close the circuit or open it again; see `State`.
///
/// Thread-safe in the environment `Threaded`, which is the default: calls run at the same time, as
/// no lock is held while they do. It is neither copied nor moved, and outlives its calls, its
/// permissions and what `wrap` returns. Functions, results and exceptions pass through untouched.
///
/// What is thrown by a permit that is asked to admit, by a tracker asked about a result, or by the
/// move of a result that is settled already, goes to the caller, or to a fallback that takes it.
/// What is thrown by all else, such as other policies, listeners, or a tracker asked about an
/// exception, is reported; see `Listeners::on_error`.
template <WindowPolicy Window = detail::WindowFamily::Default,
          TrackerPolicy Tracker = detail::TrackerFamily::Default,
          TripperPolicy Tripper = detail::TripperFamily::Default,
          RetryPolicy Retry = detail::RetryFamily::Default,
          PermitPolicy Permit = detail::PermitFamily::Default,
          EnvironmentPolicy Environment = detail::EnvironmentFamily::Default,
          class Options = BreakerOptions<>>
class CircuitBreaker : public BreakerBase<Window, Tracker, Tripper, Retry, Permit, Environment,
                                          Listeners<>, detail::NoWaiters, Options> {
    using Base = BreakerBase<Window, Tracker, Tripper, Retry, Permit, Environment, Listeners<>,
                             detail::NoWaiters, Options>;
    using Admission = typename Base::Admission;

public:
    /// What `try_acquire` gives.
    using Permission = typename Base::Permission;

    /// Takes policies, an environment, `Listeners`, `Overdue`, `MaxHalfOpenCalls`, `Totals`,
    /// `Name`, `Registered`, `Restored`, `Recorder` and a preset, in any order. What is not named
    /// is the default: the last 100 calls, every exception a failure, open from 100 calls of which
    /// half failed, for 60 seconds, then a share of calls that grows from a tenth to all within a
    /// minute.
    ///
    /// Throws `std::bad_alloc`, and `std::invalid_argument` where a permit's lease is not above
    /// zero, or a snapshot cannot be restored.
    template <class... Args>
        requires(!detail::contains<CircuitBreaker, Args...>)
    explicit(sizeof...(Args) == 1) CircuitBreaker(Args... args)
        : Base{detail::unpack(std::move(args)...)} {
        static_assert(detail::check_arguments<Args...>());
    }

    /// Says why a breaker is not copied, where a compiler would only say that it is not.
    template <std::same_as<CircuitBreaker> Self>
    CircuitBreaker(Self&) : CircuitBreaker{detail::NotCopied<Self>{}} {}
    /// Says why it is not moved, as into a `std::vector`.
    template <std::same_as<CircuitBreaker> Self>
    explicit CircuitBreaker(Self&&) : CircuitBreaker{detail::NotCopied<Self>{}} {}

#ifdef __cpp_exceptions
    /// Returns `f(args...)`, as `std::invoke` understands it, or throws what that throws.
    ///
    /// Throws `CallNotPermittedError`, in place of calling `f`, when the circuit says no.
    template <class F, class... Args>
    FLUXGATE_ALWAYS_INLINE detail::result_t<F, Args...> call(F&& f, Args&&... args) {
        if constexpr (Core::has_short_way) {
            typename Core::Grant grant;
            if (this->core().try_begin(grant)) [[likely]] {
                return run(detail::Call<Core>{this->core(), grant}, std::forward<F>(f),
                           std::forward<Args>(args)...);
            }
            return call_the_long_way(std::forward<F>(f), std::forward<Args>(args)...);
        } else {
            return call_if_admitted(std::forward<F>(f), std::forward<Args>(args)...);
        }
    }
#endif

    /// Returns `f(args...)`, or the fallback's answer where that throws or is rejected.
    ///
    /// The fallback takes a `std::exception_ptr`, or a `const E&` (then other exceptions go on), or
    /// nothing. Its answer converts to the result of `f`. It may throw. A rejection reaches it
    /// without being thrown.
    template <class F, class Fallback, class... Args>
    FLUXGATE_ALWAYS_INLINE detail::result_t<F, Args...> call_with_fallback(F&& f,
                                                                           Fallback&& fallback,
                                                                           Args&&... args) {
        using R = detail::result_t<F, Args...>;
        static_assert(detail::check_fallback<Fallback>());
        if constexpr (detail::answers_all<R, Fallback>) {
            static_assert(detail::check_result<R>());
            return answered<R>(fallback, std::forward<F>(f), std::forward<Args>(args)...);
        } else {
            return detail::with_fallback<R>(
                this->core(), fallback, [&](const Admission& admission) -> R {
                    return run(this->begin(admission), std::forward<F>(f),
                               std::forward<Args>(args)...);
                });
        }
    }

    /// Returns `f(args...)`, or why it was not called. Throws what `f` throws. A result that is a
    /// reference comes as a `std::reference_wrapper`.
    template <class F, class... Args>
    [[nodiscard]] expected<detail::stored_t<detail::result_t<F, Args...>>, Rejection> try_call(
        F&& f, Args&&... args) {
        using R = detail::result_t<F, Args...>;
        using Expected = expected<detail::stored_t<R>, Rejection>;
        const Admission admission = this->core().admit();
        if (!admission) [[unlikely]] {
            return Expected{unexpected{this->core().reject(admission)}};
        }
        if constexpr (std::is_void_v<R>) {
            run(this->begin(admission), std::forward<F>(f), std::forward<Args>(args)...);
            return Expected{};
        } else {
            static_assert(detail::can_be_held<R>,
                          "fluxgate: try_call cannot hand on a result that cannot be moved: use "
                          "call, or have the function return a pointer");
            return Expected{
                run(this->begin(admission), std::forward<F>(f), std::forward<Args>(args)...)};
        }
    }

#ifdef __cpp_exceptions
    /// Returns a callable that holds `f` and calls it as `call` does.
    template <class F>
    [[nodiscard]] detail::Wrapped<CircuitBreaker, std::decay_t<F>> wrap(F&& f) {
        return {*this, std::forward<F>(f)};
    }
#endif

    /// Returns a callable that holds `f` and the fallback and calls them as `call_with_fallback`
    /// does.
    template <class F, class Fallback>
    [[nodiscard]] detail::WrappedWithFallback<CircuitBreaker, std::decay_t<F>,
                                              std::decay_t<Fallback>>
    wrap(F&& f, Fallback&& fallback) {
        return {*this, std::forward<F>(f), std::forward<Fallback>(fallback)};
    }

    /// Returns permission for one call that you make and settle yourself; empty when the circuit
    /// says no.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] std::optional<Permission>
    try_acquire() {
        const Admission admission = this->core().admit();
        if (!admission) {
            this->core().count_rejection();
            return std::nullopt;
        }
        return Permission{this->begin(admission), this->tracker(), {}};
    }

    /// Returns permission as `try_acquire()` does; where it is empty, `why` says why, else it is
    /// left as it was.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] std::optional<Permission>
    try_acquire(Rejection& why) {
        const Admission admission = this->core().admit();
        if (!admission) {
            why = this->core().reject(admission);
            return std::nullopt;
        }
        return Permission{this->begin(admission), this->tracker(), {}};
    }

#ifdef __cpp_exceptions
    /// Returns permission for one call, or throws `CallNotPermittedError`, as `call` does.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] Permission
    acquire() {
        const Admission admission = this->core().admit();
        if (!admission) [[unlikely]] {
            throw detail::error_of_rejection(this->core(), admission);
        }
        return Permission{this->begin(admission), this->tracker(), {}};
    }
#endif

protected:
    /// Begins a breaker that makes its policies itself.
    template <class... Args>
    CircuitBreaker(detail::Unpacked, std::tuple<Args...> args) : Base{std::move(args)} {}

private:
    using Core = typename Base::Core;

#ifdef __cpp_exceptions
    template <class F, class... Args>
    FLUXGATE_NOINLINE detail::result_t<F, Args...> call_the_long_way(F&& f, Args&&... args) {
        return call_if_admitted(std::forward<F>(f), std::forward<Args>(args)...);
    }
    template <class F, class... Args>
    FLUXGATE_ALWAYS_INLINE detail::result_t<F, Args...> call_if_admitted(F&& f, Args&&... args) {
        const Admission admission = this->core().admit();
        if (!admission) [[unlikely]] {
            throw detail::error_of_rejection(this->core(), admission);
        }
        return run(this->begin(admission), std::forward<F>(f), std::forward<Args>(args)...);
    }
#endif

#ifdef __cpp_exceptions
    template <class R, class Fallback, class F, class... Args>
    FLUXGATE_ALWAYS_INLINE R answered(Fallback& fallback, F&& f, Args&&... args) {
        if constexpr (Core::has_short_way) {
            typename Core::Grant grant;
            if (this->core().try_begin(grant)) [[likely]] {
                return detail::run_or_answer<R>(detail::Call<Core>{this->core(), grant},
                                                this->tracker(), fallback, std::forward<F>(f),
                                                std::forward<Args>(args)...);
            }
            return answered_the_long_way<R>(fallback, std::forward<F>(f),
                                            std::forward<Args>(args)...);
        } else {
            return detail::admit_or_answer<R>(this->core(), this->tracker(), fallback,
                                              std::forward<F>(f), std::forward<Args>(args)...);
        }
    }
    template <class R, class Fallback, class F, class... Args>
    FLUXGATE_NOINLINE R answered_the_long_way(Fallback& fallback, F&& f, Args&&... args) {
        return detail::admit_or_answer<R>(this->core(), this->tracker(), fallback,
                                          std::forward<F>(f), std::forward<Args>(args)...);
    }
#endif

    template <class F, class... Args>
    FLUXGATE_ALWAYS_INLINE detail::result_t<F, Args...> run(detail::Call<Core>&& call, F&& f,
                                                            Args&&... args) {
        static_assert(detail::check_result<detail::result_t<F, Args...>>());
        return detail::run(std::move(call), this->tracker(), std::forward<F>(f),
                           std::forward<Args>(args)...);
    }
};

template <class... Args>
    requires(detail::check_arguments<Args...>())
CircuitBreaker(Args...)
    -> CircuitBreaker<detail::chosen_t<detail::WindowFamily, detail::unpacked_t<Args...>>,
                      detail::chosen_t<detail::TrackerFamily, detail::unpacked_t<Args...>>,
                      detail::chosen_t<detail::TripperFamily, detail::unpacked_t<Args...>>,
                      detail::chosen_t<detail::RetryFamily, detail::unpacked_t<Args...>>,
                      detail::chosen_t<detail::PermitFamily, detail::unpacked_t<Args...>>,
                      detail::chosen_t<detail::EnvironmentFamily, detail::unpacked_t<Args...>>,
                      detail::chosen_options_t<detail::SyncParts, detail::unpacked_t<Args...>>>;

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
