// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the function cannot be called with these arguments

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker;
    breaker.call_with_fallback([](int) {}, [] {});
}
