// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: try_call_as<Q>(f) needs a coroutine type Q that is awaited for an

#include <fluxgate/async_circuit_breaker.hpp>

fluxgate::Task<int> work() {
    co_return 1;
}

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    static_cast<void>(breaker.try_call_as<fluxgate::Task<int>>(work));
}
