// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "guard.hpp"

#include <vector>

namespace protection {

/// Returns the omniscient system, to which all are compared.
[[nodiscard]] System omniscient();

/// Returns the systems: no breaker, those of others, and Fluxgate's.
[[nodiscard]] std::vector<System> systems();

}  // namespace protection
