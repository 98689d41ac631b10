// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Snapshot and Restored: what a circuit knows, kept over a restart as a text.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/snapshot_text.hpp>

#include <iostream>
#include <string>

int main() {
    std::string kept;
    {
        fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}};
        breaker.try_acquire()->failed();
        kept = to_string(breaker.save());
    }
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1},
                                     fluxgate::Restored{fluxgate::parse_snapshot(kept)}};
    std::cout << breaker.info().state << '\n';
}
// open
