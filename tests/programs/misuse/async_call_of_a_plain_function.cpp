// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: call needs a function that returns a coroutine type

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    breaker.call([] { return 1; });
}
