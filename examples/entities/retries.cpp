// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Cooldown, Backoff and SquareRootWait: how long the circuit stays open.

#include <fluxgate/retries.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>

using namespace std::chrono_literals;

int main() {
    const fluxgate::Backoff backoff{1s, 2.0, 8s};
    for (std::uint32_t reopens = 0; reopens != 5; ++reopens) {
        std::cout << backoff.wait(reopens, 0.5) / 1s << ' ';
    }
    std::cout << "s\n";

    // Grows with the outage, and the more slowly the more calls there are.
    const fluxgate::SquareRootWait wait{500ms, 30s, 0.0};
    for (const auto outage : {0s, 100s, 1000s}) {
        std::cout << wait.wait({.u = 0.5, .since_opened = outage, .calls_per_second = 10.0}) / 1ms
                  << ' ';
    }
    std::cout << "ms\n";
}
// 1 2 4 8 8 s
// 500 3162 10000 ms
