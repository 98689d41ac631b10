// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: nothing throws a Rejection: a fallback for rejections takes a const CallNotPermittedError&

#include <fluxgate/fluxgate.hpp>

fluxgate::Task<int> one() {
    co_return 1;
}

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    static_cast<void>(
        breaker.call_with_fallback(one, [](const fluxgate::Rejection&) { return 2; }));
}
