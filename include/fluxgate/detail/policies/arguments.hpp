// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/families.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/policies/requirements.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/trial_limits.hpp>

#include <concepts>
#include <tuple>
#include <utility>

// Which of a breaker's arguments is which policy, and what stands in for those that are not named.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The first of `Args` that belongs to the family, else the family's default.
template <class Family, class... Args>
struct Chosen {
    using type = typename Family::Default;
};
template <class Family, class First, class... Rest>
struct Chosen<Family, First, Rest...> : Chosen<Family, Rest...> {};
template <class Family, class First, class... Rest>
    requires of_family<Family, First>
struct Chosen<Family, First, Rest...> {
    using type = First;
};
template <class Family, class... Args>
using chosen_t = typename Chosen<Family, Args...>::type;

template <class T, class... Args>
inline constexpr bool contains = (std::same_as<T, Args> || ...);

/// Returns the `T` among the arguments; `by_default` if there is none.
template <class T, class... Args>
constexpr T given_or(T by_default, const Args&... args) {
    if constexpr (contains<T, Args...>) {
        return std::get<const T&>(std::tie(args...));
    } else {
        return by_default;
    }
}

/// The `BreakerOptions` that these arguments are for a `CircuitBreaker`.
template <class... Args>
using chosen_options_t = std::conditional_t<contains<MaxHalfOpenCalls, Args...>,
                                            BreakerOptions<MaxHalfOpenCalls>, BreakerOptions<>>;

/// Stands for the breaker that another would be copied from, to say in a sentence that it is not.
template <class Breaker>
struct NotCopied {
    static_assert(
        always_false<Breaker>,
        "fluxgate: a circuit breaker is neither copied nor moved: hold it by reference or "
        "by pointer");
};

/// Takes the policy of this type out of the arguments, or makes the family's default.
template <class Family, class Policy, class... Args>
Policy take(std::tuple<Args...>& args) {
    if constexpr (contains<Policy, Args...>) {
        return std::get<Policy>(std::move(args));
    } else {
        static_assert(
            count_of<Family, Args...> == 0,
            "fluxgate: an argument of the circuit breaker is a policy of another type than "
            "the one that its template arguments say");
        if constexpr (std::same_as<Policy, typename Family::Default>) {
            return Family::make_default();
        } else {
            static_assert(std::default_initializable<Policy>,
                          "fluxgate: a policy in the circuit breaker's template arguments has no "
                          "default: pass a value of it to the constructor");
            return Policy{};
        }
    }
}

/// The type of the Listeners among Args; Listeners<>, which is empty, if there are none.
template <class... Args>
struct ChosenListeners {
    using type = Listeners<>;
};
template <class First, class... Rest>
struct ChosenListeners<First, Rest...> : ChosenListeners<Rest...> {};
template <class Coroutine, class... Rest>
struct ChosenListeners<Listeners<Coroutine>, Rest...> {
    using type = Listeners<Coroutine>;
};
template <class... Args>
using chosen_listeners_t = typename ChosenListeners<Args...>::type;

/// Takes the listeners of this type out of the arguments, or none where there are none.
template <class Chosen, class... Args>
Chosen take_listeners(std::tuple<Args...>& args) {
    if constexpr (contains<Chosen, Args...>) {
        return std::get<Chosen>(std::move(args));
    } else {
        static_assert(!(is_listeners<Args> || ...),
                      "fluxgate: a listener that is a coroutine needs an AsyncCircuitBreaker, "
                      "whose template arguments, where they are written, name its Listeners");
        return {};
    }
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
