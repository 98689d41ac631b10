// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a function is no policy: write Custom{f} or Result{f} for a tracker

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{[](const fluxgate::CallContext&) { return true; }};
}
