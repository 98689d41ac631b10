// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/breaker.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/policies/arguments.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// What owns a breaker of KeyedBreakers beside something that refers to it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// True if all these are of the types in the tuple.
template <class Tuple, class... T>
inline constexpr bool are_only = false;
template <class... Allowed, class... T>
inline constexpr bool are_only<std::tuple<Allowed...>, T...> = (contains<T, Allowed...> && ...);

/// The type of the breakers that a factory makes.
template <class Factory, class Budget, bool TakesBudget>
struct MadeBy {
    using type = std::invoke_result_t<Factory&, std::string_view, Budget>;
};
template <class Factory, class Budget>
struct MadeBy<Factory, Budget, false> {
    using type = std::invoke_result_t<Factory&, std::string_view>;
};

/// True if the calls of this breaker are awaited.
template <WindowPolicy Window, TrackerPolicy Tracker, TripperPolicy Tripper, RetryPolicy Retry,
          PermitPolicy Permit, EnvironmentPolicy Environment, class Listening, class Waiters,
          class Options>
consteval bool are_calls_awaited(const BreakerBase<Window, Tracker, Tripper, Retry, Permit,
                                                   Environment, Listening, Waiters, Options>*) {
    return !std::same_as<Waiters, NoWaiters>;
}
template <class Breaker>
inline constexpr bool is_awaited_breaker = are_calls_awaited(static_cast<Breaker*>(nullptr));

/// A function, and the breaker that calls it: for a call that goes on when the one who made it has
/// returned. One that was moved from owns the breaker still, as the coroutine in whose frame it is
/// may have yet to look at that.
template <class Breaker, class F>
class Owning {
public:
    template <class G>
    Owning(std::shared_ptr<Breaker> breaker, G&& f)
        : breaker_{std::move(breaker)}, f_(std::forward<G>(f)) {}
    Owning(const Owning&) = default;
    Owning(Owning&& other) noexcept(std::is_nothrow_move_constructible_v<F>)
        : breaker_{other.breaker_}, f_(std::move(other.f_)) {}

    template <class... Args>
        requires std::invocable<F&, Args...>
    decltype(auto) operator()(Args&&... args) & {
        return std::invoke(f_, std::forward<Args>(args)...);
    }
    template <class... Args>
        requires std::invocable<const F&, Args...>
    decltype(auto) operator()(Args&&... args) const& {
        return std::invoke(f_, std::forward<Args>(args)...);
    }
    template <class... Args>
        requires std::invocable<F, Args...>
    decltype(auto) operator()(Args&&... args) && {
        return std::invoke(std::move(f_), std::forward<Args>(args)...);
    }

private:
    std::shared_ptr<Breaker> breaker_;
    F f_;
};

/// Owns a breaker, as a base that is destroyed behind another one.
template <class Breaker>
struct BreakerOwner {
    std::shared_ptr<Breaker> breaker_;
};

/// A permission, and the breaker that gave it.
template <class Breaker>
class [[nodiscard]] OwningPermission : BreakerOwner<Breaker>, public Breaker::Permission {
    using Owner = BreakerOwner<Breaker>;
    using Permission = typename Breaker::Permission;

public:
    OwningPermission(std::shared_ptr<Breaker> breaker, Permission permission) noexcept
        : Owner{std::move(breaker)}, Permission{std::move(permission)} {}

    OwningPermission(OwningPermission&&) noexcept = default;
    OwningPermission& operator=(OwningPermission&& other) noexcept {
        // The call that this was for ends before its breaker does.
        Permission::operator=(std::move(static_cast<Permission&>(other)));
        Owner::operator=(std::move(static_cast<Owner&>(other)));
        return *this;
    }
    ~OwningPermission() = default;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
