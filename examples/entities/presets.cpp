// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// presets::request_response: policies that fit together, as one argument.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/presets.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

int main() {
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{fluxgate::presets::request_response(500ms),
                                     fluxgate::Cooldown{5s},  // in place of the preset's own wait
                                     fluxgate::testing::Virtual{time}};
    int failures = 0;
    while (auto permission = breaker.try_acquire()) {
        permission->failed();
        ++failures;
    }
    std::cout << failures << " failures, " << breaker.info().retry_after.value() / 1s << " s\n";
}
// 7 failures, 5 s
