// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Compiled without exceptions: does not find a breaker of units that have them.

#include "shared.hpp"

int sharing() {
    return payments().try_call(fetch_code).has_value() ? 0 : 1;
}
