// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a function is no policy: write Custom{f} or Result{f} for a tracker, Listeners{f} for a listener

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Preset{[](const fluxgate::Signal&) {}}};
}
