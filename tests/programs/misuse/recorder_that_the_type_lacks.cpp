// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: Recorder is not among the BreakerOptions of the circuit

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/recorder.hpp>

#include <iostream>

int main() {
    fluxgate::CircuitBreaker<> breaker{fluxgate::Recorder{std::cout}};
}
