// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the predicate of Result takes const R&, returns a bool and can be called when const

#include <fluxgate/fluxgate.hpp>

struct Response {};

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Result{[](Response&) { return true; }}};
}
