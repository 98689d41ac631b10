// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Destroys a registry before its breaker; an assertion is to say so.

#include <fluxgate/fluxgate.hpp>

#include <csignal>
#include <cstdlib>
#include <optional>

int main() {
    // An abort would be a failure to CTest, whatever was printed.
    std::signal(SIGABRT, [](int) { std::_Exit(EXIT_FAILURE); });
    std::optional<fluxgate::Registry> registry{std::in_place};
    const fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"},
                                           fluxgate::Registered{*registry}};
    registry.reset();
}
