// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a retry's wait returns std::chrono::nanoseconds, and no other duration

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>

struct Mine : fluxgate::retry_base {
    std::chrono::seconds wait(std::uint32_t, double) const { return std::chrono::seconds{1}; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Mine{}};
}
