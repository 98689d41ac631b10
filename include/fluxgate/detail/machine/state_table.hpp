// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/state.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

// The state machine in one table: for each state, what it does with a call and with an outcome,
// where it goes by itself, and what entering it does.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// What a state does with a call.
enum class Admitting : std::uint8_t {
    always,      ///< grants it
    after_wait,  ///< rejects it until the wait is over, then goes on to the next state
    by_permit,   ///< grants it as a trial, if the permit says so
    never,       ///< rejects it
};

/// What a state does with an outcome.
enum class Settling : std::uint8_t {
    ignores,        ///< nothing
    records,        ///< records it
    may_trip,       ///< records it, then trips if the tripper says so
    decides_trial,  ///< records it; a failure trips if the tripper says so, a success goes on if
                    ///< not
};

/// What entering a state does, beside beginning a period with an empty window.
struct OnEntry {
    /// Draws how long calls are rejected.
    bool starts_wait = false;
    /// Notes the moment, from which the permit counts.
    bool starts_trials = false;
    bool clears_streak = false;
    bool clears_reopens = false;
};

/// What one state does. `tripped` is where its tripper leads; `next` where it goes on by itself,
/// when the wait is over or a trial succeeded. Neither is used by a state that cannot go there.
struct StateRow {
    State state;
    Admitting admitting;
    Settling settling;
    State tripped;
    State next;
    OnEntry on_entry;
};

// clang-format off
inline constexpr std::array state_table{
    //        state                 a call                  its outcome              tripped              next                  entering it
    StateRow{ State::closed,        Admitting::always,      Settling::may_trip,      State::open,         State::closed,        {.clears_streak = true, .clears_reopens = true} },
    StateRow{ State::open,          Admitting::after_wait,  Settling::ignores,       State::open,         State::half_open,     {.starts_wait = true}                           },
    StateRow{ State::half_open,     Admitting::by_permit,   Settling::decides_trial, State::open,         State::closed,        {.starts_trials = true, .clears_streak = true}  },
    StateRow{ State::metrics_only,  Admitting::always,      Settling::records,       State::metrics_only, State::metrics_only,  {}                                              },
    StateRow{ State::disabled,      Admitting::always,      Settling::ignores,       State::disabled,     State::disabled,      {}                                              },
    StateRow{ State::forced_open,   Admitting::never,       Settling::ignores,       State::forced_open,  State::forced_open,   {}                                              },
};
// clang-format on

static_assert(
    [] {
        for (std::size_t i = 0; i != state_table.size(); ++i) {
            if (state_table[i].state != static_cast<State>(i)) {
                return false;
            }
        }
        return to_string(static_cast<State>(state_table.size())) == "unknown";
    }(),
    "every state has exactly one row, in the order of the enumerators");

constexpr const StateRow& row_of(State state) noexcept {
    return state_table[static_cast<std::size_t>(state)];
}

/// Returns whether a state of this row is one of those between a trip and the recovery.
constexpr bool is_outage(const StateRow& row) noexcept {
    return row.admitting == Admitting::after_wait || row.admitting == Admitting::by_permit;
}

/// The row by which a tripper is asked where outcomes are only recorded, to count when it would
/// trip.
inline constexpr const StateRow& row_that_may_trip = row_of(State::closed);

}  // namespace fluxgate::inline v0_1::detail
