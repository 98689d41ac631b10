// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// testing::Virtual: a breaker in virtual time, for tests without a sleep.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

int main() {
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}, fluxgate::Cooldown{10s},
                                     fluxgate::Random{0.3}, fluxgate::testing::Virtual{time}};
    breaker.try_acquire()->failed();
    time.advance(10s);
    time.draws(0.2);  // Random{0.3} admits below 0.3
    breaker.try_acquire()->succeeded();
    std::cout << breaker.info().state << '\n';
}
// closed
