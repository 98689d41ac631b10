// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: acquire_as<R>() needs a coroutine type R that is awaited for the breaker's

#include <fluxgate/async_circuit_breaker.hpp>

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    static_cast<void>(breaker.acquire_as<fluxgate::Task<int>>([](int) { return 1; }));
}
