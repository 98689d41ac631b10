// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: each argument of a circuit breaker is a policy

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::CountWindow{5}, 7};
}
