// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a tracker needs counts_exception(const CaughtException&) const, counts_result(const R&)
// const, or both

#include <fluxgate/fluxgate.hpp>

struct Mine : fluxgate::tracker_base {
    bool count_exception(const fluxgate::CaughtException&) const { return false; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Mine{} | fluxgate::TypeOf<int>{}};
}
