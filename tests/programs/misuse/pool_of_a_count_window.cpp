// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: share::Pool needs a TimeWindow: in another window old failures of a node without calls would count for ever

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::CircuitBreaker breaker{fluxgate::CountWindow{100}, fluxgate::Name{"payments"},
                                     fluxgate::Shared{fleet, fluxgate::share::Pool{}}};
}
