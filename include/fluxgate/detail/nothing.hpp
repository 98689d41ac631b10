// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <type_traits>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Stands for a member that is not needed.
struct Nothing {};

/// Stands for a member that is in another place. A number tells the places apart: two empty members
/// of one type would need an address each.
template <int Place>
struct NothingAt {};

/// The type of a member that may be in this place.
template <bool IsHere, class T, int Place>
using Placed = std::conditional_t<IsHere, T, NothingAt<Place>>;

}  // namespace fluxgate::inline v0_1::detail
