// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cstddef>
#include <cstdint>

// Time, cut into slices that are numbered, for what is counted in the latest of them.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The number of a slice of time. It wraps around: two are compared by their difference.
using Slice = std::uint32_t;

/// Returns whether `slice` comes after `other`, as it does where another thread was faster: by less
/// than a million slices. One that is further off is left of an earlier turn.
[[nodiscard]] constexpr bool is_later(Slice slice, Slice other) noexcept {
    const Slice ahead = slice - other;
    return ahead != 0 && ahead < (Slice{1} << 20);
}

/// Returns in how many cells the latest `slices` have a place each: a power of two, so that a
/// slice's place is the same when the numbers wrap around, with at least one to spare.
[[nodiscard]] constexpr std::size_t cells_for(std::size_t slices) noexcept {
    std::size_t cells = 2;
    while (cells <= slices) {
        cells *= 2;
    }
    return cells;
}

}  // namespace fluxgate::inline v0_1::detail
