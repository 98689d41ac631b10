// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a circuit breaker has one Name, but is given two

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"a"}, fluxgate::Name{"b"}};
}
