// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a circuit breaker has one preset, but is given two

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::presets::request_response(),
                                     fluxgate::presets::request_response()};
}
