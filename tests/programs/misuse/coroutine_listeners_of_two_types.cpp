// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: listeners that are coroutines return one type

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::AsyncCircuitBreaker breaker{
        fluxgate::Listeners{[](const fluxgate::Signal&) -> fluxgate::Task<> { co_return; },
                            [](const fluxgate::Signal&) -> fluxgate::Task<int> { co_return 1; }}};
}
