// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/time_point.hpp>
#include <fluxgate/detail/machine/word.hpp>

#include <cstdint>

// What the machine answers to a call that asks to be let through, and what the call holds then.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The answer to a call that asks to be let through.
enum class Decision : std::uint8_t { granted, rejected, needs_slot };

/// The answer with what the call found.
struct Admission {
    Word word;
    Decision decision;

    [[nodiscard]] explicit operator bool() const noexcept { return decision == Decision::granted; }

    /// Returns whether the call is a trial, which keeps its slot until it is settled.
    [[nodiscard]] constexpr bool is_trial() const noexcept {
        return row_of(word.state()).admitting == Admitting::by_permit;
    }
};

/// A call that runs, granted in the period of `word`.
template <bool IsTimed>
struct Grant {
    Word word;
};
template <>
struct Grant<true> {
    Word word;
    TimePoint started;
};

/// The calls that wait for a slot in half-open: none, where trial calls are not capped.
struct NoWaiters {
    explicit NoWaiters(std::uint32_t) noexcept {}

    /// What a trial call holds.
    struct Slot {};
    static void wake_all() noexcept {}
};

}  // namespace fluxgate::inline v0_1::detail
