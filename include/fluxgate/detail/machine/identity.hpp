// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/open_budget_state.hpp>
#include <fluxgate/detail/machine/registration.hpp>
#include <fluxgate/name.hpp>

#include <memory>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What a breaker's arguments say of what it is to others, beside its listeners.
struct Identity {
    SharedName name{};
    /// Null where it is in none.
    std::shared_ptr<RegistryLink> registry{};
    /// Null where it may always open.
    std::shared_ptr<OpenBudgetState> budget{};

    [[nodiscard]] bool is_default() const noexcept {
        return name.empty() && registry == nullptr && budget == nullptr;
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
