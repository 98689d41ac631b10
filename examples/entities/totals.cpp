// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Totals: counts that only grow.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/totals.hpp>

#include <iostream>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Totals{}, fluxgate::FailureStreak{1}};
    breaker.call([] {});
    breaker.try_acquire()->failed();
    if (const auto permission = breaker.try_acquire(); !permission) {
        const fluxgate::TotalCounts totals = breaker.info().totals.value();
        std::cout << totals.succeeded << " succeeded, " << totals.failed << " failed, "
                  << totals.rejected << " rejected, opened " << totals.opened << " time\n";
    }
}
// 1 succeeded, 1 failed, 1 rejected, opened 1 time
