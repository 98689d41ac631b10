// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Listeners and Signal: who is told of transitions.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/print.hpp>

#include <iostream>

int main() {
    fluxgate::CircuitBreaker breaker{
        fluxgate::FailureStreak{1},
        fluxgate::Listeners{[](const fluxgate::Signal& signal) { std::cout << signal << '\n'; }}};
    breaker.try_acquire()->failed();
    breaker.reset();
}
// closed -> open (tripped): 1 call, 1 failure (100%)
// open -> closed (command): 0 calls, 0 failures
