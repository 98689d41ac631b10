// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: with MaxOpen, the factory takes an OpenBudget as its second

#include <fluxgate/fluxgate.hpp>

#include <string_view>

int main() {
    fluxgate::KeyedBreakers hosts{[](std::string_view) { return fluxgate::CircuitBreaker{}; },
                                  fluxgate::MaxOpen{0.1}};
}
