// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a breaker that is Registered needs a Name

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::Registry registry;
    fluxgate::CircuitBreaker breaker{fluxgate::Registered{registry}};
}
