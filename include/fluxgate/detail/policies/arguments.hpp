// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/attachments.hpp>
#include <fluxgate/detail/policies/families.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/policies/requirements.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trial_limits.hpp>

#include <concepts>
#include <memory>
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
struct Chosen<Family, std::tuple<Args...>> : Chosen<Family, Args...> {};
/// That of these arguments, which may be a tuple of them.
template <class Family, class... Args>
using chosen_t = typename Chosen<Family, Args...>::type;

template <class T, class... Args>
inline constexpr bool contains = (std::same_as<T, Args> || ...);

/// True if two arguments answer the same question, so that one takes the other's place.
template <class One, class Other>
inline constexpr bool are_of_one_kind =
    std::same_as<One, Other> || (is_listeners<One> && is_listeners<Other>) ||
    (is_overdue<One> && is_overdue<Other>) ||
    (of_family<WindowFamily, One> && of_family<WindowFamily, Other>) ||
    (of_family<TrackerFamily, One> && of_family<TrackerFamily, Other>) ||
    (of_family<TripperFamily, One> && of_family<TripperFamily, Other>) ||
    (of_family<RetryFamily, One> && of_family<RetryFamily, Other>) ||
    (of_family<PermitFamily, One> && of_family<PermitFamily, Other>) ||
    (of_family<EnvironmentFamily, One> && of_family<EnvironmentFamily, Other>);

/// Returns a part of a preset, unless one of its kind is named beside it.
template <class... Named, class Part>
auto part_unless_named(Part part) {
    if constexpr ((are_of_one_kind<Part, Named> || ...)) {
        return std::tuple<>{};
    } else {
        return std::tuple<Part>{std::move(part)};
    }
}

/// Returns an argument as the arguments that it stands for: those of a preset that are not among
/// the named ones, else itself.
template <class... Named, class T>
auto unpacked(T argument) {
    if constexpr (is_preset<T>) {
        return std::apply(
            [](auto&&... part) {
                return std::tuple_cat(part_unless_named<Named...>(std::move(part))...);
            },
            std::move(argument).parts());
    } else {
        return std::tuple<T>{std::move(argument)};
    }
}

/// Says that arguments are policies already.
struct Unpacked {};

/// Returns all arguments, those of a preset among them.
template <class... Args>
auto unpack(Args... args) {
    if constexpr ((is_preset<Args> || ...)) {
        return std::tuple_cat(unpacked<Args...>(std::move(args))...);
    } else {
        return std::tuple<Args...>{std::move(args)...};
    }
}
template <class... Args>
using unpacked_t = decltype(unpack(std::declval<Args>()...));

/// Returns the first `T` among the arguments, of which one is. Unlike `std::get`, it has nothing to
/// say where there are two, which is said elsewhere in a sentence.
template <class T, class First, class... Rest>
consteval std::size_t place_of() {
    if constexpr (std::same_as<T, First>) {
        return 0;
    } else {
        return 1 + place_of<T, Rest...>();
    }
}
template <class T, class... Args>
constexpr T& argument(std::tuple<Args...>& args) {
    return std::get<place_of<T, Args...>()>(args);
}
template <class T, class... Args>
constexpr const T& argument(const std::tuple<Args...>& args) {
    return std::get<place_of<T, Args...>()>(args);
}

/// Returns the `T` among the arguments; `by_default` if there is none.
template <class T, class... Args>
constexpr T given_or(T by_default, const std::tuple<Args...>& args) {
    if constexpr (contains<T, Args...>) {
        return argument<T>(args);
    } else {
        return by_default;
    }
}

/// True if the arguments ask for a part of `BreakerOptions`.
template <class Part, class... Args>
inline constexpr bool asks_for =
    contains<Part, Args...> ||
    (std::same_as<Part, Totals> && (contains<Registered, Args...> || (is_shared<Args> || ...)));

/// `BreakerOptions` of those of the parts, in their order, that the arguments ask for.
template <class Parts, class... Args>
struct ChosenOptions;
template <class... Chosen, class... Args>
struct ChosenOptions<std::tuple<BreakerOptions<Chosen...>>, Args...> {
    using type = BreakerOptions<Chosen...>;
};
template <class... Chosen, class Part, class... Rest, class... Args>
struct ChosenOptions<std::tuple<BreakerOptions<Chosen...>, Part, Rest...>, Args...>
    : ChosenOptions<
          std::tuple<std::conditional_t<asks_for<Part, Args...>, BreakerOptions<Chosen..., Part>,
                                        BreakerOptions<Chosen...>>,
                     Rest...>,
          Args...> {};
template <class Parts, class Args>
struct ChosenOptionsOf;
template <class Parts, class... Args>
struct ChosenOptionsOf<Parts, std::tuple<Args...>> : ChosenOptions<Parts, Args...> {};
/// Those of a tuple of arguments.
template <class Parts, class Args>
using chosen_options_t = typename ChosenOptionsOf<Parts, Args>::type;

/// The parts that a `CircuitBreaker` may have, and those of an `AsyncCircuitBreaker`.
using SyncParts = std::tuple<BreakerOptions<>, Overdue, MaxHalfOpenCalls, Totals, Recorder>;
using AsyncParts = std::tuple<BreakerOptions<>, Overdue, Totals, Recorder>;

/// Returns the entry of a breaker with this machine in the fleet with which it is shared; null
/// where none is among the arguments.
template <class Core>
std::shared_ptr<FleetEntry> fleet_entry_of() noexcept {
    return nullptr;
}
template <class Core, class First, class... Rest>
std::shared_ptr<FleetEntry> fleet_entry_of(const First& first, const Rest&... rest) {
    if constexpr (is_shared<First>) {
        return first.template entry<Core>();
    } else {
        return fleet_entry_of<Core>(rest...);
    }
}

/// Returns what the arguments attach to a breaker with this machine.
template <class Core, class Options, class... Args>
Attachments attachments_of(const std::tuple<Args...>& args) {
    static_assert(Options::template have<Totals> || !asks_for<Totals, Args...>,
                  "fluxgate: Totals is not among the BreakerOptions of the circuit breaker's "
                  "template arguments, but it or Registered or Shared, which bring it, is an "
                  "argument: name "
                  "it there, as in BreakerOptions<Totals>");
    static_assert(Options::template have<Recorder> || !contains<Recorder, Args...>,
                  "fluxgate: Recorder is not among the BreakerOptions of the circuit breaker's "
                  "template arguments, but one is an argument: name it there, as in "
                  "BreakerOptions<Recorder>");
    static_assert(
        !contains<Registered, Args...> || contains<Name, Args...>,
        "fluxgate: a breaker that is Registered needs a Name, by which its registry knows "
        "it: write Name{\"payments\"} beside it");
    static_assert(
        !(is_shared<Args> || ...) || contains<Name, Args...>,
        "fluxgate: a breaker that is Shared needs a Name, by which its fleet knows it: write "
        "Name{\"payments\"} beside it");
    Attachments attachments;
    if constexpr (contains<Name, Args...>) {
        attachments.name = argument<Name>(args).shared();
    }
    if constexpr (contains<Registered, Args...>) {
        attachments.registry = argument<Registered>(args).link();
    }
    if constexpr ((is_shared<Args> || ...)) {
        attachments.fleet =
            std::apply([](const auto&... arg) { return fleet_entry_of<Core>(arg...); }, args);
    }
    if constexpr (contains<OpenBudget, Args...>) {
        attachments.budget = argument<OpenBudget>(args).state();
    }
    if constexpr (contains<Recorder, Args...>) {
        attachments.log = argument<Recorder>(args).log();
    }
    return attachments;
}

/// Returns what the breaker is to be restored from; null where it is not.
template <class... Args>
const Snapshot* restored_of([[maybe_unused]] const std::tuple<Args...>& args) noexcept {
    if constexpr (contains<Restored, Args...>) {
        return &argument<Restored>(args).snapshot();
    } else {
        return nullptr;
    }
}

/// Takes the threshold of overdue calls out of the arguments, where there is to be one.
template <class Threshold, class... Args>
Threshold take_threshold(std::tuple<Args...>& args) {
    if constexpr (contains<Threshold, Args...>) {
        return argument<Threshold>(args);
    } else {
        static_assert(!contains<Overdue, Args...> || !(is_sound<Args> && ...),
                      "fluxgate: Overdue is not among the BreakerOptions of the circuit breaker's "
                      "template arguments: name it there, as in BreakerOptions<Overdue>");
        static_assert(std::same_as<Threshold, NoOverdue>,
                      "fluxgate: the circuit breaker's template arguments name Overdue, whose "
                      "threshold has no default: pass one to the constructor");
        return {};
    }
}

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
        return std::move(argument<Policy>(args));
    } else {
        static_assert(
            count_of<Family, Args...> == 0 || !(is_sound<Args> && ...),
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
struct ChosenListeners<std::tuple<Args...>> : ChosenListeners<Args...> {};
template <class... Args>
using chosen_listeners_t = typename ChosenListeners<Args...>::type;

/// Takes the listeners of this type out of the arguments, or none where there are none.
template <class Chosen, class... Args>
Chosen take_listeners(std::tuple<Args...>& args) {
    if constexpr (contains<Chosen, Args...>) {
        return std::move(argument<Chosen>(args));
    } else {
        static_assert(!(is_listeners<Args> || ...),
                      "fluxgate: a listener that is a coroutine needs an AsyncCircuitBreaker, "
                      "whose template arguments, where they are written, name its Listeners");
        return {};
    }
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
