// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: MaxHalfOpenCalls is not among the BreakerOptions of the circuit

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker<> breaker{fluxgate::MaxHalfOpenCalls{5}};
}
