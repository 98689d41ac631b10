// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the function returns a reference, so the fallback returns one too

#include <fluxgate/fluxgate.hpp>

int main() {
    static int value = 1;
    fluxgate::CircuitBreaker breaker;
    return breaker.call_with_fallback([]() -> const int& { return value; }, [] { return 2; });
}
