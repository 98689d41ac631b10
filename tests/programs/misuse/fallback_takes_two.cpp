// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a fallback takes a std::exception_ptr, or const E& of a named type E, or nothing

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker;
    return breaker.call_with_fallback([] { return 1; }, [](int, int) { return 2; });
}
