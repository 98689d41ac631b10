// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: ~Neutral{f} says nothing: negate what f says

#include <fluxgate/fluxgate.hpp>

fluxgate::CircuitBreaker breaker{~fluxgate::Neutral{[](int code) { return code == 1; }}};
