// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Recorder: writes down calls, to be replayed.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/recorder.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <iostream>
#include <sstream>

int main() {
    std::ostringstream file;
    {
        fluxgate::testing::VirtualTime time;
        fluxgate::Recorder recorder{file};
        fluxgate::CircuitBreaker breaker{recorder, fluxgate::testing::Virtual{time}};
        breaker.call([&] { time.advance(std::chrono::milliseconds{20}); });
    }
    std::cout << file.str();
}
// time_s,latency_ms,ok
// 1000000,20,1
