// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <cstdint>
#include <type_traits>

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

/// The answer of a core that keeps account of calls under way. One that is granted must begin,
/// since it has a place among them.
struct TrackedAdmission : Admission {
    /// Of a trial, or the mark of a call that may be overdue; else zero.
    Ticket ticket = 0;
    /// When the call began, where it may be overdue.
    TimePoint began{};
};

/// A call that runs, granted in the period of `word`.
template <bool IsTimed, bool IsTracked>
struct Grant {
    struct NoTime {};
    struct NoTicket {};

    Word word;
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<IsTimed, TimePoint, NoTime> started;
    /// That of its admission.
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<IsTracked, Ticket, NoTicket> ticket;
};

}  // namespace fluxgate::inline v0_1::detail
