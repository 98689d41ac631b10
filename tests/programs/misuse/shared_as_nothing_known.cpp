// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: what a breaker shares with a fleet is share::Commands{}, share::Votes{quorum} or share::Pool{}

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"}, fluxgate::Shared{fleet, 2}};
}
