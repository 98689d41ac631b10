// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Permits: which trial calls are admitted, and when there were enough.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

int main() {
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}, fluxgate::Cooldown{10s},
                                     fluxgate::Trials{2}, fluxgate::testing::Virtual{time}};
    breaker.try_acquire()->failed();
    time.advance(10s);

    auto first = breaker.try_acquire();
    auto second = breaker.try_acquire();
    std::cout << (breaker.try_acquire() ? "a third trial\n" : "no third trial\n");
    first->succeeded();
    second->succeeded();
    std::cout << breaker.info().state << '\n';
}
// no third trial
// closed
