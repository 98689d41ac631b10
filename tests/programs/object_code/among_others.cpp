// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A call in a unit with more of the library in it than calls.cpp has: how much a compiler inlines depends on what
// else there is.

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/totals.hpp>

int work(int value);

extern "C" int call_among_others(fluxgate::CircuitBreaker<>& breaker, int value);
extern "C" int call_among_others(fluxgate::CircuitBreaker<>& breaker, int value) {
    return breaker.call(work, value);
}
