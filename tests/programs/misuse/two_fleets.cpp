// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a circuit breaker is in one fleet, but is given two Shared

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"},
                                     fluxgate::Shared{fleet, fluxgate::share::Commands{}},
                                     fluxgate::Shared{fleet, fluxgate::share::Commands{}}};
}
