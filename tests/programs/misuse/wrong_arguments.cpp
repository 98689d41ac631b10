// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the function cannot be called with these arguments

#include <fluxgate/fluxgate.hpp>

#include <string>

int length(const std::string& text) {
    return static_cast<int>(text.size());
}

int main() {
    fluxgate::CircuitBreaker breaker;
    return breaker.call(length, 5);
}
