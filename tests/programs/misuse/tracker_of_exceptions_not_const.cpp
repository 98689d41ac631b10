// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a tracker's counts_exception takes a const CaughtException&, is const and returns a bool

#include <fluxgate/fluxgate.hpp>

struct Mine : fluxgate::tracker_base {
    bool counts_exception(const fluxgate::CaughtException&) { return false; }
};

int main() {
    fluxgate::CircuitBreaker breaker{~Mine{}};
}
