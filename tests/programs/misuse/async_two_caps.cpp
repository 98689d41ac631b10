// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a circuit breaker has one MaxHalfOpenCalls, but is given two

#include <fluxgate/async_circuit_breaker.hpp>

int main() {
    fluxgate::AsyncCircuitBreaker breaker{fluxgate::MaxHalfOpenCalls{1},
                                          fluxgate::MaxHalfOpenCalls{2}};
}
