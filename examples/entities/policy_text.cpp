// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// parse_policies: policies from a configuration file, with errors that name the column.

#include <fluxgate/policy_text.hpp>

#include <iostream>

int main() {
    const fluxgate::Policies policies = fluxgate::parse_policies(
        "trip = failure_streak(5) | failure_rate(0.5); wait = backoff(1s)");
    std::cout << to_string(policies) << '\n';
    try {
        static_cast<void>(fluxgate::parse_policies("wait = cooldown(10)"));
    } catch (const fluxgate::PolicyError& error) {
        std::cout << error.what() << '\n';
    }
}
// trip = failure_streak(5) | failure_rate(0.5); wait = backoff(1s, 2, 5min, 0)
// fluxgate: column 17: expected a duration with its unit: ns, us, ms, s, min or h
