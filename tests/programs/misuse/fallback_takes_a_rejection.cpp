// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: nothing throws a Rejection: a fallback for rejections takes a const CallNotPermittedError&

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker;
    breaker.call_with_fallback([] { return 1; }, [](const fluxgate::Rejection&) { return 2; });
}
