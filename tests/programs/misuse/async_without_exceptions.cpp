// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: AsyncCircuitBreaker needs exceptions
// flags: -fno-exceptions

#include <fluxgate/fluxgate.hpp>

#include <fluxgate/async_circuit_breaker.hpp>

int main() {}
