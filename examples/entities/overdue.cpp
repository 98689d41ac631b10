// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Overdue: a call that does not come back fails once the threshold has passed.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

int main() {
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}, fluxgate::Overdue{2s},
                                     fluxgate::testing::Virtual{time}};
    auto hanging = breaker.try_acquire();
    time.advance(3s);
    std::cout << breaker.info().state << '\n';
    hanging->succeeded();  // counts no more
    std::cout << breaker.info().state << '\n';
}
// open
// open
