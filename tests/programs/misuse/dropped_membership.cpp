// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a membership that is dropped at once ends at once: keep it as long as the breaker is to be shared

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"}, fluxgate::Totals{}};
    fleet.join(breaker, fluxgate::share::Commands{});
}
