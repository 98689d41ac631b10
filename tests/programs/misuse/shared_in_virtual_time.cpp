// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a breaker in testing::Virtual time does not join a fleet, which lives in real time

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>
#include <fluxgate/testing.hpp>

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{fluxgate::testing::Virtual{time}, fluxgate::Name{"payments"},
                                     fluxgate::Totals{}};
    const auto membership = fleet.join(breaker, fluxgate::share::Commands{});
}
