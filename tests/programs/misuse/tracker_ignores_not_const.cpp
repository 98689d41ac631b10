// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a tracker's ignores_result takes a const R&, is const and returns a bool

#include <fluxgate/fluxgate.hpp>

struct Tracker : fluxgate::tracker_base {
    bool ignores_result(const int& code) { return code == 1; }
};

fluxgate::CircuitBreaker breaker{Tracker{}};
