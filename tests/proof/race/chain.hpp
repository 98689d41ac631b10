// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "catch.hpp"

#include <fluxgate/signal.hpp>

#include <vector>

/// The state in which a chain of signals ends that begins in closed, each signal where the one
/// before it ended.
inline fluxgate::State end_of_chain(const std::vector<fluxgate::Signal>& signals) {
    fluxgate::State state = fluxgate::State::closed;
    for (const fluxgate::Signal& signal : signals) {
        REQUIRE(signal.old_state == state);
        state = signal.new_state;
    }
    return state;
}
