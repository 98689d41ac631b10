// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/any/any_breaker.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/core_types.hpp>
#include <fluxgate/detail/policies/arguments.hpp>
#include <fluxgate/detail/policies/families.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/shared_policies.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The parts that a breaker of awaited calls has whose policies are known at run time alone.
using AnyAsyncOptions = BreakerOptions<ExchangeablePolicies, Overdue, Totals, Recorder>;

/// A breaker of awaited calls that holds any policies which a text can say.
template <class Tracker, class Environment, class Listening>
using AsyncCircuitBreakerOfAny =
    AsyncCircuitBreaker<AnyRecorder, Tracker, AnyTripper, AnyRetry, AnyPermit, Environment,
                        Listening, AnyAsyncOptions>;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// An `AsyncCircuitBreaker` whose policies come from a text, and may be exchanged while it is used.
///
///     fluxgate::AnyAsyncCircuitBreaker breaker{fluxgate::parse_policies(config.breaker)};
///     Receipt receipt = co_await breaker.call(charge, order);
///     breaker.reconfigure(fluxgate::parse_policies(changed.breaker));
///
/// It has all that an `AsyncCircuitBreaker` has, and is one; see `AnyCircuitBreaker`. Where the
/// permit of the text says itself how many trials there may be, no call waits for one; where it
/// does not, they wait for the slots of `MaxHalfOpenCalls`, as they do where the permit is a type.
/// An exchange of permits leaves those waiting that wait for a slot.
///
/// Listeners that are coroutines hear of a transition to the `state` of a text with the next call
/// or command that is awaited.
template <TrackerPolicy Tracker = detail::TrackerFamily::Default,
          EnvironmentPolicy Environment = detail::EnvironmentFamily::Default,
          class Listening = Listeners<>>
class AnyAsyncCircuitBreaker
    : public AnyBreakerBase<detail::AsyncCircuitBreakerOfAny<Tracker, Environment, Listening>> {
    using Base = AnyBreakerBase<detail::AsyncCircuitBreakerOfAny<Tracker, Environment, Listening>>;

public:
    /// Takes policies, and any of a tracker, an environment, `Listeners`, `MaxHalfOpenCalls`,
    /// `MaxHalfOpenWaiters`, `Totals`, `Name`, `Registered`, `Restored`, `Recorder` and
    /// `OpenBudget`; see `AnyCircuitBreaker`. Throws what that throws.
    template <class... Args>
    explicit AnyAsyncCircuitBreaker(Policies policies, Args... args)
        : Base{std::move(policies), std::move(args)...} {
        static_assert(detail::check_arguments_beside_text<detail::common_argument_t<Args>...>());
    }
    /// Takes the policies that it shares with other breakers, and else the same.
    template <class... Args>
    explicit AnyAsyncCircuitBreaker(const SharedPolicies& policies, Args... args)
        : Base{policies, std::move(args)...} {
        static_assert(detail::check_arguments_beside_text<detail::common_argument_t<Args>...>());
    }

    /// Says why a breaker is not copied, where a compiler would only say that it is not.
    template <std::same_as<AnyAsyncCircuitBreaker> Self>
    AnyAsyncCircuitBreaker(Self&) : AnyAsyncCircuitBreaker{Policies{}, detail::NotCopied<Self>{}} {}
    /// Says why it is not moved, as into a `std::vector`.
    template <std::same_as<AnyAsyncCircuitBreaker> Self>
    explicit AnyAsyncCircuitBreaker(Self&&)
        : AnyAsyncCircuitBreaker{Policies{}, detail::NotCopied<Self>{}} {}
};

template <class... Args>
AnyAsyncCircuitBreaker(Policies, Args...)
    -> AnyAsyncCircuitBreaker<detail::chosen_t<detail::TrackerFamily, Args...>,
                              detail::chosen_t<detail::EnvironmentFamily, Args...>,
                              detail::chosen_listeners_t<Args...>>;
template <class... Args>
AnyAsyncCircuitBreaker(SharedPolicies, Args...)
    -> AnyAsyncCircuitBreaker<detail::chosen_t<detail::TrackerFamily, Args...>,
                              detail::chosen_t<detail::EnvironmentFamily, Args...>,
                              detail::chosen_listeners_t<Args...>>;

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
