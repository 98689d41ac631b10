// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a listener that is a coroutine needs an AsyncCircuitBreaker

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{
        fluxgate::Listeners{[](const fluxgate::Signal&) -> fluxgate::Task<> { co_return; }}};
}
