// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Name: what signals, rejections and info() call a breaker.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/print.hpp>

#include <iostream>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"}};
    std::cout << breaker.info() << '\n';
}
// payments: closed: 0 calls, 0 failures
