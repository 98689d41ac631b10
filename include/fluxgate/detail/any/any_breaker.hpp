// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/any/any_permit.hpp>
#include <fluxgate/detail/any/any_recorder.hpp>
#include <fluxgate/detail/any/any_retry.hpp>
#include <fluxgate/detail/any/any_tripper.hpp>
#include <fluxgate/detail/any/made_policies.hpp>
#include <fluxgate/detail/any/policy_source.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/core_types.hpp>
#include <fluxgate/detail/policies/arguments.hpp>
#include <fluxgate/detail/policies/families.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/shared_policies.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

struct BreakerAccess;

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

/// What `AnyCircuitBreaker` and `AnyAsyncCircuitBreaker` have in common: policies that are known at
/// run time alone, and may be exchanged. Users name one of the two.
///
/// `Base` is a breaker that holds any policies which a text can say.
template <class Base>
class AnyBreakerBase : public Base {
public:
    AnyBreakerBase(const AnyBreakerBase&) = delete;
    AnyBreakerBase& operator=(const AnyBreakerBase&) = delete;

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
    /// calls go on meanwhile. A breaker of `SharedPolicies` has others than those until their next
    /// exchange.
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

protected:
    /// Begins with these policies alone.
    template <class... Args>
    explicit AnyBreakerBase(Policies policies, Args... args)
        : Base{detail::Unpacked{}, detail::with_policies(policies, std::move(args)...)},
          policies_{detail::shared_policies(std::move(policies))} {}

    /// Begins with those of a source, and takes them from it for as long as it lives.
    template <class... Args>
    explicit AnyBreakerBase(const SharedPolicies& policies, Args... args)
        : AnyBreakerBase{policies.source(), policies.source()->current(), std::move(args)...} {}

    ~AnyBreakerBase() = default;

private:
    friend detail::BreakerAccess;

    template <class... Args>
    AnyBreakerBase(const std::shared_ptr<detail::PolicySource>& source,
                   const std::shared_ptr<const detail::NumberedPolicies>& current, Args... args)
        : Base{detail::Unpacked{}, detail::with_policies(current->policies, std::move(args)...)},
          policies_{detail::shared_policies(current->policies)},
          following_{source, this, &apply, current->number} {}

    static void apply(void* self, const Policies& policies) {
        static_cast<AnyBreakerBase*>(self)->reconfigure(policies);
    }

    /// Has an exchange that is going on share in what owns the breaker.
    void share_policies(const std::shared_ptr<void>& owner) { following_.share(owner); }

    /// Never null. Guarded by the breaker's lock.
    std::shared_ptr<const Policies> policies_;
    /// Follows nobody where the policies are the breaker's own. Last, so that it ends first.
    detail::PolicyFollowing following_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
