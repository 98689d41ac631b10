// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a string is no argument of a circuit breaker: where it is a name, write Name

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{"payments", fluxgate::FailureStreak{5}};
}
