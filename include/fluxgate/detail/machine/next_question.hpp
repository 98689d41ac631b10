// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/trippers.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <tuple>

// When a tripper that said no is to be asked again, though nothing but quick successes came.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// More successes than there will ever be.
inline constexpr std::uint64_t all_successes = (std::numeric_limits<std::uint64_t>::max)();

/// Returns how many quick successes a tripper need not hear of, one of those that are deferrable,
/// which said no to a window of `total` calls: its answer may change with the next one at the
/// earliest. Of a shipped tripper each `MinRequests` changes its mind once, and all else only goes
/// from yes to no; of others it is known that they wait for `min_requests()`.
template <class Tripper>
[[nodiscard]] constexpr std::uint64_t successes_until_question(const Tripper& tripper,
                                                               std::uint64_t total) noexcept {
    if constexpr (requires { tripper.successes_until_question(total); }) {
        return tripper.successes_until_question(total);
    } else if constexpr (requires { tripper.operands(); }) {
        return std::apply(
            [&](const auto&... operand) {
                return (std::min)({all_successes, successes_until_question(operand, total)...});
            },
            tripper.operands());
    } else if constexpr (std::same_as<Tripper, trippers::MinRequests>) {
        return total < tripper.count() ? tripper.count() - total - 1 : all_successes;
    } else {
        return total < tripper.min_requests() ? 0 : all_successes;
    }
}

}  // namespace fluxgate::inline v0_1::detail
