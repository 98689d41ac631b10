// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a listener that comes later is a plain function

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::AsyncCircuitBreaker breaker;
    const fluxgate::Subscription subscription =
        breaker.listen([](fluxgate::Signal) -> fluxgate::Task<> { co_return; });
}
