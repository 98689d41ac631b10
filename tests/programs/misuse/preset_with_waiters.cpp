// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: each argument of a circuit breaker is a policy

#include <fluxgate/fluxgate.hpp>

// Only an AsyncCircuitBreaker has calls that wait.
int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Preset{fluxgate::MaxHalfOpenWaiters{1}}};
}
