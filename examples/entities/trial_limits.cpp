// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// MaxHalfOpenCalls: a limit for permits that have none.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/testing.hpp>
#include <fluxgate/trial_limits.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

int main() {
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}, fluxgate::Cooldown{10s},
                                     fluxgate::permits::All{}, fluxgate::MaxHalfOpenCalls{2},
                                     fluxgate::testing::Virtual{time}};
    breaker.try_acquire()->failed();
    time.advance(10s);
    const auto first = breaker.try_acquire();
    const auto second = breaker.try_acquire();
    std::cout << first.has_value() << second.has_value() << breaker.try_acquire().has_value()
              << '\n';
}
// 110
