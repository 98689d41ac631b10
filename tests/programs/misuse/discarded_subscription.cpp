// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a subscription that is dropped at once takes the listener away

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker;
    breaker.listen([](const fluxgate::Signal&) {});
}
