// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/detail/any/any_breaker.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/core_types.hpp>
#include <fluxgate/detail/policies/arguments.hpp>
#include <fluxgate/detail/policies/families.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/shared_policies.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/trial_limits.hpp>

#include <concepts>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The parts that a breaker has whose policies are known at run time alone.
using AnyOptions =
    BreakerOptions<ExchangeablePolicies, Overdue, MaxHalfOpenCalls, Totals, Recorder>;

/// A breaker that holds any policies which a text can say.
template <class Tracker, class Environment>
using CircuitBreakerOfAny =
    CircuitBreaker<AnyRecorder, Tracker, AnyTripper, AnyRetry, AnyPermit, Environment, AnyOptions>;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// A `CircuitBreaker` whose policies come from a text, and may be exchanged while it is used.
///
///     fluxgate::AnyCircuitBreaker breaker{fluxgate::parse_policies(config.breaker)};
///     Receipt receipt = breaker.call(charge, order);
///     breaker.reconfigure(fluxgate::parse_policies(changed.breaker));
///
/// It has all that a `CircuitBreaker` has, and is one; its type does not tell of the policies, so
/// it can be a member of a class that does not know them. The tracker stays code. Thread-safe in
/// the environment `Threaded`, which is the default. A healthy call costs a little more than one of
/// a breaker that has the same policies in its type; what the policies do not ask for costs
/// nothing.
template <TrackerPolicy Tracker = detail::TrackerFamily::Default,
          EnvironmentPolicy Environment = detail::EnvironmentFamily::Default>
class AnyCircuitBreaker : public AnyBreakerBase<detail::CircuitBreakerOfAny<Tracker, Environment>> {
    using Base = AnyBreakerBase<detail::CircuitBreakerOfAny<Tracker, Environment>>;

public:
    /// Takes policies, and any of a tracker, an environment, `Listeners`, `MaxHalfOpenCalls`,
    /// `Totals`, `Name`, `Registered`, `Restored`, `Recorder` and `OpenBudget`. Throws
    /// `std::bad_alloc`, and `std::invalid_argument` where a snapshot cannot be restored. Begins in
    /// the `state` that the text names, if that is another than `closed`; else as it was saved,
    /// where it is `Restored`.
    template <class... Args>
    explicit AnyCircuitBreaker(Policies policies, Args... args)
        : Base{std::move(policies), std::move(args)...} {
        static_assert(detail::check_arguments_beside_text<Args...>());
    }
    /// Takes the policies that it shares with other breakers, and else the same.
    template <class... Args>
    explicit AnyCircuitBreaker(const SharedPolicies& policies, Args... args)
        : Base{policies, std::move(args)...} {
        static_assert(detail::check_arguments_beside_text<Args...>());
    }

    /// Says why a breaker is not copied, where a compiler would only say that it is not.
    template <std::same_as<AnyCircuitBreaker> Self>
    AnyCircuitBreaker(Self&) : AnyCircuitBreaker{Policies{}, detail::NotCopied<Self>{}} {}
    /// Says why it is not moved, as into a `std::vector`.
    template <std::same_as<AnyCircuitBreaker> Self>
    explicit AnyCircuitBreaker(Self&&) : AnyCircuitBreaker{Policies{}, detail::NotCopied<Self>{}} {}
};

template <class... Args>
AnyCircuitBreaker(Policies, Args...)
    -> AnyCircuitBreaker<detail::chosen_t<detail::TrackerFamily, Args...>,
                         detail::chosen_t<detail::EnvironmentFamily, Args...>>;
template <class... Args>
AnyCircuitBreaker(SharedPolicies, Args...)
    -> AnyCircuitBreaker<detail::chosen_t<detail::TrackerFamily, Args...>,
                         detail::chosen_t<detail::EnvironmentFamily, Args...>>;

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
