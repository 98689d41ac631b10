// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: share::Pool needs a tripper of counts, rates and means: a FailureScore, which presets::request_response has, cannot be added up

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/fleet.hpp>

#include <chrono>

using namespace std::chrono_literals;

void misuse(fluxgate::Fleet& fleet) {
    fluxgate::CircuitBreaker breaker{fluxgate::presets::request_response(1s),
                                     fluxgate::Name{"payments"}, fluxgate::Totals{}};
    const auto membership = fleet.join(breaker, fluxgate::share::Pool{});
}
