// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a circuit breaker is neither copied nor moved: hold it by reference or by pointer

#include <fluxgate/fluxgate.hpp>

#include <vector>

auto make() {
    return fluxgate::CircuitBreaker{fluxgate::FailureStreak{5}};
}

int main() {
    std::vector<decltype(make())> breakers;
    breakers.push_back(make());
}
