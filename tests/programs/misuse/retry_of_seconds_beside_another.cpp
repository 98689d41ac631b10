// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a retry's wait returns std::chrono::nanoseconds, and no other duration

#include <fluxgate/fluxgate.hpp>

// The other form alone would do, and this one would never be asked.
struct Retry : fluxgate::retry_base {
    std::chrono::seconds wait(const fluxgate::RetryContext&) const {
        return std::chrono::seconds{1};
    }
    std::chrono::nanoseconds wait(std::uint32_t, double) const { return std::chrono::seconds{9}; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Retry{}};
}
