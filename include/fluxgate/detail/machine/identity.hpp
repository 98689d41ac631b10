// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/name.hpp>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// What a breaker's arguments say of what it is to others, beside its listeners.
struct Identity {
    SharedName name{};

    [[nodiscard]] bool is_default() const noexcept { return name.empty(); }
};

}  // namespace fluxgate::inline v0_1::detail
