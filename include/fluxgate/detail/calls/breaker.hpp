// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/attached/subscribed_listeners.hpp>
#include <fluxgate/detail/calls/call.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/machine/core.hpp>
#include <fluxgate/detail/machine/core_types.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/policies/arguments.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/permission.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/subscription.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

struct BreakerAccess;

/// Listeners none of which is a coroutine, so that a plain function can tell them.
template <class Listening>
concept PlainListeners = !Listening::are_awaited;

/// Returns the permit. Throws `std::invalid_argument` if it has a lease in which nothing can be
/// done.
template <class Permit>
Permit checked_permit(Permit permit) {
    if constexpr (LeasesTrials<Permit>) {
        const std::chrono::nanoseconds lease = permit.lease();
        static_cast<void>(Duration{lease}.checked("a permit's lease"));
    }
    return permit;
}

/// Returns what the arguments of a breaker say about its trials. `CallsWait` says whether calls may
/// wait for a slot.
template <bool CallsWait, class Permit, class Options, class... Args>
TrialLimits limits_of(const std::tuple<Args...>& args) {
    TrialLimits limits;
    const MaxHalfOpenCalls calls = given_or(MaxHalfOpenCalls{}, args);
    constexpr bool are_named = contains<MaxHalfOpenCalls, Args...>;
    if constexpr (CallsWait) {
        limits.slot_count = calls.count();
        if constexpr (contains<MaxHalfOpenWaiters, Args...>) {
            limits.waiter_count = argument<MaxHalfOpenWaiters>(args).count();
        }
        if (calls.rejects()) {
            limits.waiter_count = 0;
        }
        if constexpr (are_named && AdmitsTrials<Permit>) {
            limits.trial_count = calls.count();
        }
    } else {
        constexpr bool may_be_named = Options::template have<MaxHalfOpenCalls>;
        static_assert(may_be_named || !are_named,
                      "fluxgate: MaxHalfOpenCalls is not among the BreakerOptions of the circuit "
                      "breaker's template arguments: name it there, as in "
                      "BreakerOptions<MaxHalfOpenCalls>");
        // What a text does not say, no default says either.
        if constexpr (may_be_named &&
                      (are_named || !Options::template have<ExchangeablePolicies>)) {
            limits.trial_count = calls.count();
        }
    }
    limits.lease = calls.lease();
    return limits;
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// What `CircuitBreaker` and `AsyncCircuitBreaker` have in common: what they are made of, how they
/// are looked at, and an operator's commands. Users name one of the two.
///
/// Each command begins anew, also in the state that it enters: the window is empty, and outcomes of
/// calls under way do not count. They throw `std::bad_alloc` at most, and then nothing has changed.
/// Where listeners are coroutines, those below do not compile, and an `AsyncCircuitBreaker` has
/// others that are awaited.
template <WindowPolicy Window, TrackerPolicy Tracker, TripperPolicy Tripper, RetryPolicy Retry,
          PermitPolicy Permit, EnvironmentPolicy Environment, class Listening, class Waiters,
          class Options>
class BreakerBase {
protected:
    /// The machine under the breaker.
    using Core =
        detail::Core<Window, Tripper, Retry, Permit, Environment, Listening, Waiters, Options>;
    /// What the machine answers to a call.
    using Admission = typename Core::Admission;

public:
    /// What `try_acquire` gives.
    using Permission = fluxgate::Permission<Core, Tracker>;

    BreakerBase(const BreakerBase&) = delete;
    BreakerBase& operator=(const BreakerBase&) = delete;

    /// Returns state, counts and all else at this moment, from one look. Before that it records
    /// calls that are overdue and trials whose lease is over, which may make a transition. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] CircuitBreakerInfo info() const { return core_.info(); }

    /// Returns what is worth keeping of the circuit over a restart, to be given to another breaker
    /// by `Restored`. Before that it looks as `info()` does. Throws `std::bad_alloc`. Thread-safe
    /// where the breaker is.
    [[nodiscard]] Snapshot save() const { return core_.save(); }

    /// Adds a listener, a plain function, which hears the transitions that are made after this
    /// returned, behind the listeners that came with the breaker; see `Listeners`. What is returned
    /// takes it away. Throws `std::bad_alloc`. Thread-safe where the breaker is.
    template <detail::Listener F>
    Subscription listen(F listener) {
        return detail::subscribe(
            core_.late_listeners(std::make_shared<detail::SubscribedListeners>()),
            std::move(listener));
    }

    /// Closes the circuit.
    void reset()
        requires detail::PlainListeners<Listening>
    {
        core_.command(State::closed);
    }
    /// Lets every call run and records nothing.
    void disable()
        requires detail::PlainListeners<Listening>
    {
        core_.command(State::disabled);
    }
    /// Lets every call run and records it, but never opens.
    void metrics_only()
        requires detail::PlainListeners<Listening>
    {
        core_.command(State::metrics_only);
    }
    /// Rejects every call.
    void force_open()
        requires detail::PlainListeners<Listening>
    {
        core_.command(State::forced_open);
    }
    /// Opens the circuit for so long, whatever its retry says: a server said when to come back
    /// (`Retry-After`). The openings in a row, by which a retry may wait longer, stay as they are.
    /// Throws `std::invalid_argument` unless `duration` is above zero.
    void open_for(detail::Duration duration)
        requires detail::PlainListeners<Listening>
    {
        core_.command(State::open, duration.checked("open_for's duration"));
    }

protected:
    /// Takes the policies and the listeners out of the arguments.
    template <class... Args>
    explicit BreakerBase(std::tuple<Args...> args)
        : core_{detail::take<detail::WindowFamily, Window>(args),
                detail::take<detail::TripperFamily, Tripper>(args),
                detail::take<detail::RetryFamily, Retry>(args),
                detail::checked_permit(detail::take<detail::PermitFamily, Permit>(args)),
                detail::take<detail::EnvironmentFamily, Environment>(args),
                detail::take_listeners<Listening>(args),
                detail::attachments_of<Core, Options>(args),
                detail::take_threshold<typename Core::Threshold>(args),
                detail::limits_of<!std::same_as<Waiters, detail::NoWaiters>, Permit, Options>(args),
                detail::restored_of(args)},
          tracker_{detail::take<detail::TrackerFamily, Tracker>(args)} {}

    ~BreakerBase() = default;

    /// Begins a call that was admitted.
    [[nodiscard]] detail::Call<Core> begin(const Admission& admission) {
        return {core_, admission};
    }
    /// Begins a call that was admitted with this slot, which the machine may take.
    [[nodiscard]] detail::Call<Core> begin(const Admission& admission, typename Core::Slot& slot) {
        return {core_, admission, slot};
    }

    /// Returns the machine, which guards itself.
    [[nodiscard]] Core& core() const noexcept { return core_; }
    /// Returns the tracker.
    [[nodiscard]] const Tracker& tracker() const noexcept { return tracker_; }

private:
    friend detail::BreakerAccess;

    /// Mutable, since to look at a window moves pending successes into it, and makes one of time
    /// forget. It guards itself.
    FLUXGATE_NO_UNIQUE_ADDRESS mutable Core core_;
    FLUXGATE_NO_UNIQUE_ADDRESS Tracker tracker_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
