// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a function that returns a coroutine has done nothing yet when it returns

#include <fluxgate/fluxgate.hpp>

fluxgate::Task<int> fetch() {
    co_return 1;
}

int main() {
    fluxgate::CircuitBreaker breaker;
    auto wrapped = breaker.wrap(fetch, [](std::exception_ptr) { return fetch(); });
    static_cast<void>(fluxgate::sync_wait(wrapped()));
}
