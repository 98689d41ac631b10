// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: the fallback of guarded_with_fallback answers at once

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    const auto fetch = []() -> fluxgate::Task<int> { co_return 1; };
    const auto fallback = []() -> fluxgate::Task<int> { co_return 2; };
    static_cast<void>(breaker.guarded_with_fallback(fetch, fallback));
}
