// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Permission: the way to call for callbacks, settled by its outcome.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/permission.hpp>
#include <fluxgate/print.hpp>

#include <iostream>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{3}};
    {
        auto permission = breaker.try_acquire();
        permission->failed();
    }
    {
        auto dropped = breaker.acquire();  // neutral; it throws where the circuit says no
    }
    std::cout << breaker.info() << '\n';

    breaker.force_open();
    fluxgate::Rejection why;
    if (!breaker.try_acquire(why)) {
        std::cout << "rejected: " << why.state << '\n';
    }
}
// closed: 1 call, 1 failure (100%)
// rejected: forced_open
