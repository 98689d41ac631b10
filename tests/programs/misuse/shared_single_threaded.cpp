// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a breaker that is SingleThreaded does not join a fleet, whose thread looks at it: leave SingleThreaded out

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::CircuitBreaker breaker{fluxgate::SingleThreaded{}, fluxgate::Name{"payments"},
                                     fluxgate::Shared{fleet, fluxgate::share::Commands{}}};
}
