// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: guarded needs a function that returns a coroutine type

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    static_cast<void>(breaker.guarded([] { return 1; }));
}
