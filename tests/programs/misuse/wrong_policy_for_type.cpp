// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: an argument of the circuit breaker is a policy of another type

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker<fluxgate::CountWindow> breaker{fluxgate::FailureStreak{5}};
}
