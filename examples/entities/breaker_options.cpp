// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// BreakerOptions: the optional parts, in the type of a member.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/totals.hpp>

#include <chrono>
#include <iostream>

class Client {
public:
    [[nodiscard]] int calls() {
        breaker_.call([] {});
        return static_cast<int>(breaker_.info().totals->succeeded);
    }

private:
    fluxgate::CircuitBreaker<fluxgate::CountWindow, fluxgate::trackers::All,
                             fluxgate::FailureStreak, fluxgate::Cooldown, fluxgate::RampUp,
                             fluxgate::Threaded,
                             fluxgate::BreakerOptions<fluxgate::Overdue, fluxgate::Totals>>
        breaker_{fluxgate::FailureStreak{5}, fluxgate::Overdue{std::chrono::seconds{2}},
                 fluxgate::Totals{}};
};

int main() {
    std::cout << Client{}.calls() << '\n';
}
// 1
