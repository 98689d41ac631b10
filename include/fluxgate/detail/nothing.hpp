// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Stands for a member that is not needed.
struct Nothing {};

}  // namespace fluxgate::inline v0_1::detail
