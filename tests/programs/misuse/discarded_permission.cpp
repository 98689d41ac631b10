// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a permission that is dropped at once is neutral

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker;
    breaker.try_acquire();
}
