// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// KeyedBreakers: a breaker for each host.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/keyed_breakers.hpp>

#include <iostream>
#include <string_view>

int main() {
    fluxgate::KeyedBreakers hosts{
        [](std::string_view) { return fluxgate::CircuitBreaker{fluxgate::FailureStreak{1}}; }};
    hosts["down.example.com"]->force_open();

    std::cout << hosts.call("up.example.com", [] { return "an answer\n"; });
    std::cout << (hosts.try_call("down.example.com", [] {}) ? "ran" : "rejected") << ", "
              << hosts.size() << " breakers\n";
}
// an answer
// rejected, 2 breakers
