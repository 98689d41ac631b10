// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the function returns a reference, so the fallback returns one to the same type

#include <fluxgate/fluxgate.hpp>

#include <string>

int main() {
    static const std::string value;
    static const char* const other = "other";
    fluxgate::CircuitBreaker breaker;
    breaker.call_with_fallback([]() -> const std::string& { return value; },
                               []() -> const char* const& { return other; });
}
