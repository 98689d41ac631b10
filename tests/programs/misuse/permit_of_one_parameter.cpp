// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a permit needs bool operator()(std::chrono::nanoseconds since_half_open, double u) const

#include <fluxgate/fluxgate.hpp>

#include <chrono>

struct Mine : fluxgate::permit_base {
    bool operator()(std::chrono::nanoseconds) const { return true; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Mine{}};
}
