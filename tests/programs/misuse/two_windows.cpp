// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a circuit breaker has one window, but is given two

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::CountWindow{5}, fluxgate::CountWindow{6}};
}
