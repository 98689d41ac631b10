// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "other.hpp"

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1}};
    fail_once(breaker);
    return breaker.info().state == fluxgate::State::open ? 0 : 1;
}
