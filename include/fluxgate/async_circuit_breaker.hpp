// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#ifndef __cpp_exceptions
#error \
    "fluxgate: AsyncCircuitBreaker needs exceptions; without them, use try_acquire of CircuitBreaker in your coroutines"
#include <fluxgate/stops_here_without_exceptions>
#endif

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/calls/async_call.hpp>
#include <fluxgate/detail/calls/async_tell.hpp>
#include <fluxgate/detail/calls/breaker.hpp>
#include <fluxgate/detail/calls/in_place.hpp>
#include <fluxgate/detail/calls/in_place_fallback.hpp>
#include <fluxgate/detail/calls/results.hpp>
#include <fluxgate/detail/calls/run.hpp>
#include <fluxgate/detail/calls/trial_slots.hpp>
#include <fluxgate/detail/calls/way_in.hpp>
#include <fluxgate/detail/calls/wrapped.hpp>
#include <fluxgate/detail/policies/arguments.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/task.hpp>
#include <fluxgate/trial_limits.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Stands for an argument that only an asynchronous breaker takes, also in a preset.
template <class T>
struct CommonArgument {
    using type = T;
};
template <>
struct CommonArgument<MaxHalfOpenWaiters> {
    using type = OtherArgument;
};
template <class... Parts>
struct CommonArgument<Preset<Parts...>> {
    using type = Preset<typename CommonArgument<Parts>::type...>;
};
template <class T>
using common_argument_t = typename CommonArgument<T>::type;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// A circuit breaker for coroutines: `CircuitBreaker` over the same policies and the same machine,
/// whose calls suspend rather than block.
///
///     fluxgate::AsyncCircuitBreaker breaker{fluxgate::FailureStreak{5}};
///     Receipt receipt = co_await breaker.call(charge, order);
///
/// `call` returns the callee's own coroutine type, so its executor and its cancellation hold. In
/// half-open, `MaxHalfOpenCalls` trial calls are under way at once; further callers, up to
/// `MaxHalfOpenWaiters`, wait in their order, and when half-open ends all of them are woken and
/// handled by the state that they find. A trial that never comes back holds its slot for ever, and
/// ten of them half-open, unless it has a lease: by `MaxHalfOpenCalls`, the permit or `Overdue`.
///
/// A call that is cancelled, by its family's own exception or by destroying its frame, is neither
/// success nor failure: nothing is recorded, and its slot is free again.
///
/// Thread-safe in the environment `Threaded`, which is the default. It outlives its calls.
template <WindowPolicy Window = detail::WindowFamily::Default,
          TrackerPolicy Tracker = detail::TrackerFamily::Default,
          TripperPolicy Tripper = detail::TripperFamily::Default,
          RetryPolicy Retry = detail::RetryFamily::Default,
          PermitPolicy Permit = detail::PermitFamily::Default,
          EnvironmentPolicy Environment = detail::EnvironmentFamily::Default,
          class Listening = Listeners<>, class Options = BreakerOptions<>>
class AsyncCircuitBreaker
    : public BreakerBase<Window, Tracker, Tripper, Retry, Permit, Environment, Listening,
                         detail::TrialSlots<typename Environment::Mutex>, Options> {
    using Base = BreakerBase<Window, Tracker, Tripper, Retry, Permit, Environment, Listening,
                             detail::TrialSlots<typename Environment::Mutex>, Options>;

public:
    /// What `try_acquire` gives.
    using Permission = typename Base::Permission;

    /// Takes policies, an environment, `Listeners`, `Overdue`, `MaxHalfOpenCalls`,
    /// `MaxHalfOpenWaiters`, `Totals`, `Name`, `Registered`, `Restored`, `Recorder` and a preset,
    /// in any order; see `CircuitBreaker`. Throws what that throws.
    template <class... Args>
        requires(!detail::contains<AsyncCircuitBreaker, Args...>)
    explicit(sizeof...(Args) == 1) AsyncCircuitBreaker(Args... args)
        : Base{detail::unpack(std::move(args)...)} {
        static_assert((0 + ... + (std::same_as<MaxHalfOpenWaiters, Args> ? 1 : 0)) <= 1,
                      "fluxgate: a circuit breaker has one MaxHalfOpenWaiters, but is given two");
        static_assert(detail::check_arguments<detail::common_argument_t<Args>...>());
    }

    /// Says why a breaker is not copied, where a compiler would only say that it is not.
    template <std::same_as<AsyncCircuitBreaker> Self>
    AsyncCircuitBreaker(Self&) : AsyncCircuitBreaker{detail::NotCopied<Self>{}} {}
    /// Says why it is not moved, as into a `std::vector`.
    template <std::same_as<AsyncCircuitBreaker> Self>
    explicit AsyncCircuitBreaker(Self&&) : AsyncCircuitBreaker{detail::NotCopied<Self>{}} {}

    /// Returns what to await for what `f(args...)` is awaited for, or for its exception, or for
    /// `CallNotPermittedError`. Copies `f` and the arguments, as `std::thread` does; pass
    /// references with `std::ref`. What `f(args...)` returns is a coroutine type.
    template <class F, class... Args>
    detail::result_t<std::decay_t<F>, std::decay_t<Args>...> call(F&& f, Args&&... args) {
        using R = detail::result_t<std::decay_t<F>, std::decay_t<Args>...>;
        static_assert(detail::CoroutineType<R>,
                      "fluxgate: call needs a function that returns a coroutine type: for other "
                      "awaitables say which one to return, as in call_as<Task<int>>(f)");
        return call_as<R>(std::forward<F>(f), std::forward<Args>(args)...);
    }

    /// Calls a function that returns an awaitable of no coroutine type. Returns a coroutine of type
    /// `R`.
    template <detail::CoroutineType R, class F, class... Args>
    R call_as(F&& f, Args&&... args) {
        return detail::async_call<R>(this->core(), this->tracker(), detail::NoFallback{},
                                     std::forward<F>(f), std::forward<Args>(args)...);
    }

    /// Returns what to await, once, for what `call` is awaited for: the callee is awaited in the
    /// caller's own coroutine, without a coroutine of this call round it. All are copied, as by
    /// `call`, and nothing is done before it is awaited.
    ///
    /// A call that needs a slot, which is in half-open alone, waits in a coroutine of the callee's
    /// type; so are calls of a breaker whose listeners are coroutines made. It is `call` where the
    /// callee's family takes no awaiter of others as it is, as Asio's, stdexec's and folly's, or
    /// needs to look whether it was cancelled. A coroutine of another family may await it where that
    /// takes awaiters of others, and may await the callee, for the same type.
    template <class F, class... Args>
    [[nodiscard]] auto guarded(F&& f, Args&&... args) {
        using R = detail::result_t<std::decay_t<F>, std::decay_t<Args>...>;
        static_assert(detail::CoroutineType<R>,
                      "fluxgate: guarded needs a function that returns a coroutine type: for other "
                      "awaitables say which one to return, as in call_as<Task<int>>(f)");
        if constexpr (detail::AwaitedInPlace<R>) {
            return detail::CallInPlace<R, typename Base::Core, Tracker, std::decay_t<F>,
                                       std::decay_t<Args>...>{
                this->core(), this->tracker(), std::forward<F>(f), std::forward<Args>(args)...};
        } else {
            return call(std::forward<F>(f), std::forward<Args>(args)...);
        }
    }

    /// Returns what to await, once, for what `guarded` is awaited for, or for the fallback's answer
    /// where that throws or is rejected.
    ///
    /// The fallback takes what that of `call_with_fallback` takes, and answers at once: it is no
    /// coroutine, nor returns an awaitable. It may throw. A cancellation is not given to it.
    template <class F, class Fallback, class... Args>
    [[nodiscard]] auto guarded_with_fallback(F&& f, Fallback&& fallback, Args&&... args) {
        using R = detail::result_t<std::decay_t<F>, std::decay_t<Args>...>;
        using Answers = std::decay_t<Fallback>;
        static_assert(detail::CoroutineType<R>,
                      "fluxgate: guarded_with_fallback needs a function that returns a coroutine "
                      "type: make one that awaits what yours returns");
        static_assert(detail::check_async_fallback<R, Answers>());
        static_assert(
            !detail::answer_is_awaited<R, Answers>,
            "fluxgate: the fallback of guarded_with_fallback answers at once: one that is "
            "awaited needs a coroutine, as call_with_fallback has it");
        if constexpr (detail::AwaitedInPlace<R>) {
            using Call = detail::CallInPlace<R, typename Base::Core, Tracker, std::decay_t<F>,
                                             std::decay_t<Args>...>;
            return detail::AnsweredInPlace<R, Call, Answers>{
                Call{this->core(), this->tracker(), std::forward<F>(f),
                     std::forward<Args>(args)...},
                std::forward<Fallback>(fallback)};
        } else {
            return call_with_fallback(std::forward<F>(f), std::forward<Fallback>(fallback),
                                      std::forward<Args>(args)...);
        }
    }

    /// Returns what to await for what `f(args...)` is awaited for, or for the fallback's answer
    /// where that throws or is rejected.
    ///
    /// The fallback takes what that of `CircuitBreaker::call_with_fallback` takes; its answer, or
    /// what its answer is awaited for, converts to the result of `f`. It may throw. A cancellation
    /// is not given to it. All are copied, as by `call`.
    template <class F, class Fallback, class... Args>
    detail::result_t<std::decay_t<F>, std::decay_t<Args>...> call_with_fallback(F&& f,
                                                                                Fallback&& fallback,
                                                                                Args&&... args) {
        using R = detail::result_t<std::decay_t<F>, std::decay_t<Args>...>;
        static_assert(
            detail::CoroutineType<R>,
            "fluxgate: call_with_fallback needs a function that returns a coroutine type: "
            "make one that awaits what yours returns");
        static_assert(detail::check_async_fallback<R, std::decay_t<Fallback>>());
        return detail::async_call<R>(this->core(), this->tracker(),
                                     std::forward<Fallback>(fallback), std::forward<F>(f),
                                     std::forward<Args>(args)...);
    }

    /// Returns what to await for an `expected<T, Rejection>`, where `f(args...)` is awaited for a
    /// `T`: its result, or why it was not called. Throws what `f` throws, and never a rejection.
    /// All are copied, as by `call`.
    ///
    /// It is the coroutine type of the same family: for a `Task<int>` a
    /// `Task<expected<int, Rejection>>`.
    template <class F, class... Args>
    [[nodiscard]] detail::try_result_t<detail::result_t<std::decay_t<F>, std::decay_t<Args>...>>
    try_call(F&& f, Args&&... args) {
        using R = detail::result_t<std::decay_t<F>, std::decay_t<Args>...>;
        return try_call_as<detail::try_result_t<R>>(std::forward<F>(f),
                                                    std::forward<Args>(args)...);
    }

    /// Calls like `try_call`, in a coroutine of type `Q`, which is awaited for the `expected`: for
    /// families whose coroutine types have other template arguments.
    template <detail::CoroutineType Q, class F, class... Args>
    [[nodiscard]] Q try_call_as(F&& f, Args&&... args) {
        using R = detail::result_t<std::decay_t<F>, std::decay_t<Args>...>;
        static_assert(detail::CoroutineType<R>,
                      "fluxgate: try_call needs a function that returns a coroutine type");
        return detail::async_try_call<Q, R>(this->core(), this->tracker(), std::forward<F>(f),
                                            std::forward<Args>(args)...);
    }

    /// Returns a callable that holds `f` and calls it as `call` does.
    template <class F>
    [[nodiscard]] detail::AsyncWrapped<AsyncCircuitBreaker, std::decay_t<F>> wrap(F&& f) {
        return {*this, std::forward<F>(f)};
    }

    /// Returns a callable that holds `f` and the fallback and calls them as `call_with_fallback`
    /// does.
    template <class F, class Fallback>
    [[nodiscard]] detail::AsyncWrappedWithFallback<AsyncCircuitBreaker, std::decay_t<F>,
                                                   std::decay_t<Fallback>>
    wrap(F&& f, Fallback&& fallback) {
        return {*this, std::forward<F>(f), std::forward<Fallback>(fallback)};
    }

    /// Returns permission for one call that you make and settle yourself, without waiting; empty
    /// when the circuit says no, or in half-open when no slot is free.
    ///
    /// Listeners that are coroutines are told of what this and its permission do by the next call
    /// or command that is awaited.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] std::optional<Permission>
    try_acquire() {
        return acquire_or([this](const Admission&) { this->core().count_rejection(); });
    }

    /// Returns permission as `try_acquire()` does; where it is empty, `why` says why, else it is
    /// left as it was.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] std::optional<Permission>
    try_acquire(Rejection& why) {
        return acquire_or(
            [&](const Admission& admission) { why = this->core().reject(admission); });
    }

    /// Returns permission as `try_acquire()` does, without waiting, or throws
    /// `CallNotPermittedError`.
    [[nodiscard(
        "fluxgate: a permission that is dropped at once is neutral: keep it, make the call, and "
        "settle it with its outcome")]] Permission
    acquire() {
        return acquire_or([this](const Admission& admission) {
                   throw detail::error_of_rejection(this->core(), admission);
               })
            .value();
    }

    /// Returns a coroutine of type `R`, which is awaited for permission for one call that you make
    /// and settle yourself, as `R` is `Task<Permission>`: one that waits for its slot where the
    /// circuit is half-open, as `call` does. Throws `CallNotPermittedError` then.
    ///
    /// `R` may be awaited for another type, which `finish` makes of the permission: such as one that
    /// keeps it beside the request. `finish` is copied, and called in the thread that is let in.
    ///
    /// Listeners that are coroutines are told of what the permission does by the next call or
    /// command that is awaited; so are they of half-open, where a caller that had waited began it.
    template <detail::CoroutineType R, class Finish = std::identity>
    [[nodiscard(
        "fluxgate: a permission is asked for when this is awaited: co_await it, and keep the "
        "permission")]] R
    acquire_as(Finish finish = {}) {
        static_assert(std::is_invocable_r_v<detail::await_result_t<R, R>, Finish&, Permission>,
                      "fluxgate: acquire_as<R>() needs a coroutine type R that is awaited for the "
                      "breaker's Permission, as Task<Permission>, or for what the given function "
                      "makes of it");
        if constexpr (std::is_invocable_v<Finish&, Permission>) {
            using Made = std::invoke_result_t<Finish&, Permission>;
            using Awaited = detail::await_result_t<R, R>;
            static_assert(
                std::is_same_v<Made, Awaited> || !std::is_base_of_v<Awaited, Made>,
                "fluxgate: acquire_as<R>() of a key needs a coroutine type R that is "
                "awaited for the Permission of the KeyedBreakers, which owns its breaker");
        }
        return detail::acquire_async<R, Permission>(this->core(), this->tracker(),
                                                    std::move(finish));
    }

    /// Enters `closed`. Returns a coroutine of type `R`, which makes the command and awaits the
    /// listeners. Throws `std::bad_alloc`, and the cancellation of a listener.
    template <detail::CoroutineType R>
    R reset_as() {
        return detail::run_command<R>(this->core(), State::closed);
    }
    /// Enters `disabled`. Returns a coroutine of type `R`, which makes the command and awaits the
    /// listeners. Throws `std::bad_alloc`, and the cancellation of a listener.
    template <detail::CoroutineType R>
    R disable_as() {
        return detail::run_command<R>(this->core(), State::disabled);
    }
    /// Enters `metrics_only`. Returns a coroutine of type `R`, which makes the command and awaits the
    /// listeners. Throws `std::bad_alloc`, and the cancellation of a listener.
    template <detail::CoroutineType R>
    R metrics_only_as() {
        return detail::run_command<R>(this->core(), State::metrics_only);
    }
    /// Enters `forced_open`. Returns a coroutine of type `R`, which makes the command and awaits the
    /// listeners. Throws `std::bad_alloc`, and the cancellation of a listener.
    template <detail::CoroutineType R>
    R force_open_as() {
        return detail::run_command<R>(this->core(), State::forced_open);
    }
    /// Enters `open`. Returns a coroutine of type `R`, which makes the command and awaits the
    /// listeners. Throws `std::bad_alloc`, and the cancellation of a listener.
    /// Throws `std::invalid_argument`, at once, unless `duration` is above zero.
    template <detail::CoroutineType R>
    R open_for_as(detail::Duration duration) {
        return detail::run_command<R>(this->core(), State::open,
                                      duration.checked("open_for_as's duration"));
    }

protected:
    /// Begins a breaker that makes its policies itself.
    template <class... Args>
    AsyncCircuitBreaker(detail::Unpacked, std::tuple<Args...> args) : Base{std::move(args)} {}

private:
    using Admission = typename Base::Admission;

    /// Returns permission without waiting; empty, after `rejected(admission)`, when the circuit says
    /// no, or no slot is free.
    template <class Rejected>
    std::optional<Permission> acquire_or(Rejected rejected) {
        detail::WayIn<typename Base::Core> way{this->core()};
        static_cast<void>(way.needs_slot());  // then it is not admitted either
        if (!way.admission()) {
            rejected(way.admission());
            return std::nullopt;
        }
        detail::Call<typename Base::Core> call = way.begin();
        return Permission{std::move(call), this->tracker(), way.take_slot()};
    }
};

template <class... Args>
    requires(detail::check_arguments<detail::common_argument_t<Args>...>())
AsyncCircuitBreaker(Args...) -> AsyncCircuitBreaker<
    detail::chosen_t<detail::WindowFamily, detail::unpacked_t<Args...>>,
    detail::chosen_t<detail::TrackerFamily, detail::unpacked_t<Args...>>,
    detail::chosen_t<detail::TripperFamily, detail::unpacked_t<Args...>>,
    detail::chosen_t<detail::RetryFamily, detail::unpacked_t<Args...>>,
    detail::chosen_t<detail::PermitFamily, detail::unpacked_t<Args...>>,
    detail::chosen_t<detail::EnvironmentFamily, detail::unpacked_t<Args...>>,
    detail::chosen_listeners_t<detail::unpacked_t<Args...>>,
    detail::chosen_options_t<detail::AsyncParts, detail::unpacked_t<Args...>>>;

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
