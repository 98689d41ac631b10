// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a tracker's counts_result takes a const R&, is const and returns a bool

#include <fluxgate/fluxgate.hpp>

struct Mine : fluxgate::tracker_base {
    bool counts_result(int status) { return status >= 500; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Mine{}};
}
