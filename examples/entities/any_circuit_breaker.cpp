// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// AnyCircuitBreaker: policies from a text, exchanged while the circuit is open.

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/print.hpp>

#include <iostream>

int main() {
    fluxgate::AnyCircuitBreaker breaker{fluxgate::parse_policies("trip = failure_streak(1)")};
    breaker.try_acquire()->failed();
    breaker.reconfigure(fluxgate::parse_policies("trip = failure_streak(3); wait = never"));
    std::cout << breaker.info().state << '\n' << to_string(breaker.policies()) << '\n';
}
// open
// trip = failure_streak(3); wait = never
