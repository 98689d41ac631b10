// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/breaker.hpp>
#include <fluxgate/detail/config.hpp>

#include <memory>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The way to what breakers show to no user.
struct BreakerAccess {
    template <class Breaker>
    [[nodiscard]] static auto& core(const Breaker& breaker) noexcept {
        return breaker.core();
    }
    template <class Breaker>
    [[nodiscard]] static const auto& tracker(const Breaker& breaker) noexcept {
        return breaker.tracker();
    }
    template <class Breaker>
    [[nodiscard]] static bool is_closed(const Breaker& breaker) noexcept {
        return breaker.core().is_closed();
    }
    template <class Breaker>
    static void share_owner(Breaker& breaker, const std::shared_ptr<void>& owner) {
        breaker.core().relations().share_owner(owner);
        if constexpr (requires { breaker.share_policies(owner); }) {
            breaker.share_policies(owner);
        }
    }
    template <class Breaker>
    static void give_up_name(Breaker& breaker) noexcept {
        breaker.core().relations().give_up_name();
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
