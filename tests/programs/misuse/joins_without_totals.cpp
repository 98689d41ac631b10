// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a breaker that joins a fleet keeps Totals, by which the fleet sees whether calls come: write Totals{} beside its Name

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"}};
    const auto membership = fleet.join(breaker, fluxgate::share::Commands{});
}
