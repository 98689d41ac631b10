// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Compiled without exceptions, for units that have them.

#include "shared.hpp"

fluxgate::Signal first_signal() {
    fluxgate::Signal first;
    fluxgate::CircuitBreaker breaker{
        fluxgate::Listeners{[&](const fluxgate::Signal& signal) { first = signal; }}};
    breaker.force_open();
    return first;
}

fluxgate::Rejection rejection() {
    fluxgate::CircuitBreaker breaker{streak()};
    breaker.force_open();
    return breaker.try_call([] {}).error();
}

fluxgate::FailureStreak streak() {
    return fluxgate::FailureStreak{5};
}
