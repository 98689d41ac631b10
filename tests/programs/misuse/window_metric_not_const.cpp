// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a window needs a member function metric() const

#include <fluxgate/fluxgate.hpp>

struct Mine : fluxgate::window_base {
    void record(const fluxgate::Record&) {}
    fluxgate::MetricView metric() { return {}; }
    void reset() {}
};

int main() {
    fluxgate::CircuitBreaker breaker{Mine{}};
}
