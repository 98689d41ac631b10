// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a tripper needs bool operator()(const CallContext&) const

#include <fluxgate/fluxgate.hpp>

struct Mine : fluxgate::tripper_base {
    bool operator()(const fluxgate::CallContext&) { return true; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Mine{}};
}
