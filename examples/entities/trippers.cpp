// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Trippers: when the circuit opens, composed by & and |.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/print.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

int main() {
    const auto tripper =
        fluxgate::FailureStreak{5} |
        (fluxgate::MinRequests{20} & (fluxgate::FailureRate{0.5} | fluxgate::SlowRate{0.3, 1s}));
    std::cout << tripper << '\n';

    fluxgate::CircuitBreaker breaker{tripper};
    for (int i = 0; i != 5; ++i) {
        breaker.try_acquire()->failed();
    }
    std::cout << breaker.info().state << '\n';
}
// FailureStreak{5} | (MinRequests{20} & (FailureRate{0.5} | SlowRate{0.3, 1s}))
// open
