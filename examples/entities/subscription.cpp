// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Subscription: a listener that comes later, and goes before the breaker.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/subscription.hpp>

#include <iostream>

int main() {
    fluxgate::CircuitBreaker breaker;
    int heard = 0;
    {
        const fluxgate::Subscription subscription =
            breaker.listen([&heard](const fluxgate::Signal&) { ++heard; });
        breaker.disable();
    }  // from here on, the listener never runs again
    breaker.reset();
    std::cout << heard << '\n';
}
// 1
