// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/detail/any/any_permit.hpp>
#include <fluxgate/detail/any/any_recorder.hpp>
#include <fluxgate/detail/any/any_retry.hpp>
#include <fluxgate/detail/any/any_tripper.hpp>
#include <fluxgate/detail/any/made_policies.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/core.hpp>
#include <fluxgate/detail/policies/arguments.hpp>
#include <fluxgate/detail/policies/families.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/trial_limits.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <tuple>
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

/// True if the argument says what the text of policies says.
template <class T>
inline constexpr bool is_in_text =
    of_family<WindowFamily, T> || of_family<TripperFamily, T> || of_family<RetryFamily, T> ||
    of_family<PermitFamily, T> || is_overdue<T> || is_preset<T>;

template <class... Args>
consteval bool check_arguments_beside_text() {
    static_assert(
        !(is_in_text<Args> || ...),
        "fluxgate: an AnyCircuitBreaker has its window, tripper, retry, permit, Overdue and "
        "preset from its Policies: say there what it is to have");
    return check_arguments<Args...>();
}

inline std::shared_ptr<const Policies> shared_policies(Policies policies) {
    return std::make_shared<const Policies>(std::move(policies));
}

inline std::shared_ptr<const std::string> shared_text(const Policies& policies) {
    return std::make_shared<const std::string>(to_string(policies));
}

/// Returns the arguments of a breaker with these policies.
template <class... Args>
auto with_policies(const Policies& policies, Args... args) {
    MadePolicies made = PolicyMaker{policies.clauses()}.make();
    AnyRecorder recorder{made.window, made.tripper.needs()};
    const OptionalParts parts{made.overdue, asks_for<Totals, Args...>, made.state,
                              shared_text(policies)};
    return std::tuple{std::move(recorder), std::move(made.tripper), made.retry, made.permit, parts,
                      std::move(args)...};
}

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
class AnyCircuitBreaker : public detail::CircuitBreakerOfAny<Tracker, Environment> {
    using Base = detail::CircuitBreakerOfAny<Tracker, Environment>;

public:
    /// Takes policies, and any of a tracker, an environment, `Listeners`, `MaxHalfOpenCalls`,
    /// `Totals`, `Name`, `Registered`, `Restored`, `Recorder` and `OpenBudget`. Throws
    /// `std::bad_alloc`, and `std::invalid_argument` where a snapshot cannot be restored. Begins in
    /// the `state` that the text names, if that is another than `closed`; else as it was saved,
    /// where it is `Restored`.
    template <class... Args>
    explicit AnyCircuitBreaker(Policies policies, Args... args)
        : Base{detail::Unpacked{}, detail::with_policies(policies, std::move(args)...)},
          policies_{detail::shared_policies(std::move(policies))} {
        static_assert(detail::check_arguments_beside_text<Args...>());
    }

    /// Says why a breaker is not copied, where a compiler would only say that it is not.
    template <std::same_as<AnyCircuitBreaker> Self>
    AnyCircuitBreaker(Self&) : AnyCircuitBreaker{Policies{}, detail::NotCopied<Self>{}} {}
    /// Says why it is not moved, as into a `std::vector`.
    template <std::same_as<AnyCircuitBreaker> Self>
    explicit AnyCircuitBreaker(Self&&) : AnyCircuitBreaker{Policies{}, detail::NotCopied<Self>{}} {}

    /// Returns the policies that are in force. Throws `std::bad_alloc`.
    [[nodiscard]] Policies policies() const {
        const auto current = this->core().under_lock([this] { return policies_; });
        return *current;
    }

    /// Exchanges the policies, in place: state, wait, openings in a row, streak, score and totals
    /// stay, and so do permissions, wrapped callables and calls under way, whose outcomes count. So
    /// does the window, where it is the same and the new policies ask for no threshold and no
    /// average that was not kept; else it is empty from now on. It is no transition: listeners are
    /// not told. The new tripper is asked at the next outcome. In half-open, another permit begins
    /// the trials anew: none has succeeded or failed yet, and those under way count for it.
    ///
    /// Where the text names another `state` than the one before, it makes the command that enters
    /// it; a text that names none says `closed`.
    ///
    /// A call under way that was not timed is taken to begin now, where the new policies time
    /// calls. It is not overdue by a threshold that it did not begin with.
    ///
    /// Throws `std::bad_alloc`, and nothing has changed then. Thread-safe where the breaker is:
    /// calls go on meanwhile.
    void reconfigure(Policies policies) {
        detail::MadePolicies made = detail::PolicyMaker{policies.clauses()}.make();
        detail::AnyRecorder recorder{made.window, made.tripper.needs()};
        auto text = detail::shared_text(policies);
        auto next = detail::shared_policies(std::move(policies));
        const auto other_state = [&]() -> std::optional<State> {
            const bool is_other = detail::PolicyMaker{policies_->clauses()}.state() != made.state;
            return is_other ? std::optional{made.state} : std::nullopt;
        };
        this->core().exchange({std::move(recorder), std::move(made.tripper), made.retry,
                               made.permit, made.overdue, std::move(text)},
                              other_state, [&] { policies_.swap(next); });
    }

private:
    /// Never null. Guarded by the breaker's lock.
    std::shared_ptr<const Policies> policies_;
};

template <class... Args>
AnyCircuitBreaker(Policies, Args...)
    -> AnyCircuitBreaker<detail::chosen_t<detail::TrackerFamily, Args...>,
                         detail::chosen_t<detail::EnvironmentFamily, Args...>>;

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
