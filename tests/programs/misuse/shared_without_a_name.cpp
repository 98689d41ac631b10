// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a breaker that is Shared needs a Name, by which its fleet knows it: write Name{"payments"} beside it

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::CircuitBreaker breaker{fluxgate::Shared{fleet, fluxgate::share::Commands{}}};
}
