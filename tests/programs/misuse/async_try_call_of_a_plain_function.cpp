// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: try_call needs a function that returns a coroutine type

#include <fluxgate/async_circuit_breaker.hpp>

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    static_cast<void>(breaker.try_call([] { return 1; }));
}
