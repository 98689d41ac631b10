// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <cstdint>
#include <optional>

// What those see of a circuit who share it with others.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The latest of the operators' commands to a circuit.
struct Commanded {
    /// How many there were so far.
    std::uint64_t count = 0;
    State state = State::closed;
    /// When an opening ends; the end of time where it never does.
    TimePoint until{};
};

/// A circuit at one moment.
struct Observation {
    /// What is done by this observation is done only while this period lasts.
    std::uint64_t period = 0;
    /// The period that began with the latest transition; others of the same state began as policies
    /// were exchanged.
    std::uint64_t entered = 0;
    State state = State::closed;
    /// Why it is in this state; empty where there was no transition.
    std::optional<Reason> reason{};
    /// When the wait of an open circuit ends; the end of time where it never does.
    TimePoint end_of_wait{};
    /// The moment.
    TimePoint now{};
    std::uint32_t reopens = 0;
    Commanded commanded{};
    Metrics metrics{};
    /// True where the window forgets with time and the tripper judges by no score, so that what it
    /// holds can be added to what others hold.
    bool can_be_pooled = false;
    std::optional<TotalCounts> totals{};
};

}  // namespace fluxgate::inline v0_1::detail
