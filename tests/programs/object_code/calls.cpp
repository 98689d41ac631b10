// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls whose machine code check.cmake looks at.

#include <fluxgate/circuit_breaker.hpp>

int work(int value);

using Shared = fluxgate::CircuitBreaker<>;
using Single = decltype(fluxgate::CircuitBreaker{fluxgate::SingleThreaded{}});

extern "C" int call_of_many_threads(Shared& breaker, int value);
extern "C" int call_of_many_threads(Shared& breaker, int value) {
    return breaker.call(work, value);
}

extern "C" int call_of_one_thread(Single& breaker, int value);
extern "C" int call_of_one_thread(Single& breaker, int value) {
    return breaker.call(work, value);
}
