// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a future is ready before its call has ended, and would always count as a success

#include <fluxgate/fluxgate.hpp>

#include <future>

fluxgate::CircuitBreaker breaker;
auto result = breaker.call([] { return std::async([] { return 1; }); });
