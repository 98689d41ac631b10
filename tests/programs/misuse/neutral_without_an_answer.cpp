// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the predicate of Neutral takes const R&, a result or an exception, returns a bool

#include <fluxgate/fluxgate.hpp>

#include <stdexcept>

fluxgate::CircuitBreaker breaker{fluxgate::Neutral{[](const std::runtime_error&) {}}};
