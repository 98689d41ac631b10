// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: what the fallback returns converts to what the function returns

#include <fluxgate/fluxgate.hpp>

#include <exception>
#include <string>

int main() {
    fluxgate::CircuitBreaker breaker;
    return breaker.call_with_fallback([] { return 1; },
                                      [](std::exception_ptr) { return std::string{"one"}; });
}
