// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/name.hpp>

#include <memory>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {
class CallLog;
class OpenBudgetState;
}  // namespace fluxgate::inline v0_1::detail

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

class FleetEntry;
class RegistryLink;

/// What a breaker's arguments attach to it: its name, and the other ends of the machine's ports.
struct Attachments {
    SharedName name{};
    /// Null where it is in none.
    std::shared_ptr<RegistryLink> registry{};
    /// Null where it is shared with no fleet.
    std::shared_ptr<FleetEntry> fleet{};
    /// Null where it may always open.
    std::shared_ptr<OpenBudgetState> budget{};
    /// Null where no calls are logged.
    std::shared_ptr<CallLog> log{};

    /// Returns whether the breaker is something to others.
    [[nodiscard]] bool has_relations() const noexcept {
        return !name.empty() || registry != nullptr || fleet != nullptr || budget != nullptr;
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
