// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// CountWindow and TimeWindow: what is remembered of recent calls.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

template <class Window>
void show(Window window) {
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{window, fluxgate::testing::Virtual{time}};
    for (int second = 0; second != 6; ++second) {
        breaker.try_acquire()->succeeded();
        time.advance(1s);
    }
    std::cout << breaker.info().metrics.total_count << '\n';
}

int main() {
    show(fluxgate::CountWindow{4});  // the last four calls
    show(fluxgate::TimeWindow{3s});  // the calls of this second and the two before
}
// 4
// 2
