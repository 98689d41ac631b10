// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a macro named Always is in force
#define Always 2
#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker<> breaker;
    return breaker.call([] { return 0; });
}
