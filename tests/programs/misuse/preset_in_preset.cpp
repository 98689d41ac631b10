// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: a preset holds no other preset

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{
        fluxgate::Preset{fluxgate::FailureStreak{1}, fluxgate::presets::request_response()}};
}
