// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <type_traits>

// Faults that are planted in the copy of the headers (mutants.cmake), to see that the explorer
// finds them. The environment variable FLUXGATE_MUTANT names the one that is switched on.

namespace explore {

/// The number of the mutant that is switched on; none has the number -1.
extern const int active_mutant;

constexpr bool is_mutant(int number) {
    return !std::is_constant_evaluated() && active_mutant == number;
}

/// Returns the order; relaxed, if the mutant is switched on.
inline std::memory_order order_unless(int number, std::memory_order order) {
    return is_mutant(number) ? std::memory_order_relaxed : order;
}

}  // namespace explore
