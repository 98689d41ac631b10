// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Registry: the breakers of a process, looked at and steered by name.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/registry.hpp>

#include <iostream>

int main() {
    fluxgate::Registry registry;
    fluxgate::CircuitBreaker payments{fluxgate::Name{"payments"}, fluxgate::Registered{registry}};
    fluxgate::CircuitBreaker search{fluxgate::Name{"search"}, fluxgate::Registered{registry}};

    if (const auto found = registry.find("search")) {
        found->force_open();
    }
    registry.for_each([](const fluxgate::BreakerView& view) { std::cout << view.info() << '\n'; });
}
// payments: closed: 0 calls, 0 failures
// search: forced_open: 0 calls, 0 failures
