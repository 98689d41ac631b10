// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// CircuitBreaker: five failures in a row open the circuit.

#include <fluxgate/circuit_breaker.hpp>

#include <iostream>
#include <stdexcept>

std::string fetch() {
    throw std::runtime_error{"connection refused"};
}

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{2}};

    for (int i = 0; i != 3; ++i) {
        std::cout << breaker.call_with_fallback(fetch, [](const std::exception& error) {
            return std::string{error.what()};
        }) << '\n';
    }
    breaker.reset();
    std::cout << breaker.call([] { return "an answer"; }) << '\n';
}
// connection refused
// connection refused
// call not permitted: the circuit is open
// an answer
