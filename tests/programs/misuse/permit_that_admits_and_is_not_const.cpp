// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a permit's admits takes a const TrialContext&, is const and returns a bool

#include <fluxgate/fluxgate.hpp>

// The call operator alone would do, and `admits` would never be asked.
struct Permit : fluxgate::permit_base {
    bool operator()(std::chrono::nanoseconds, double) const { return true; }
    bool admits(const fluxgate::TrialContext&) { return false; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Permit{}};
}
