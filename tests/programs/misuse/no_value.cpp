// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: has no default: pass a value of it to the constructor

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker<fluxgate::CountWindow, fluxgate::trackers::All,
                             fluxgate::FailureStreak>
        breaker;
}
