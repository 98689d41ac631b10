// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// replay: what a breaker would have done to recorded calls.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/replay.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <iostream>
#include <sstream>

int main() {
    std::istringstream file{"time_s,latency_ms,ok\n0,20,1\n1,1000,0\n2,1000,0\n3,20,1\n"};
    fluxgate::CallReader calls{file};
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{2}, fluxgate::testing::Virtual{time}};

    const fluxgate::ReplayResult result = fluxgate::replay(calls, time, breaker);
    std::cout << result.bad_let_by << " bad calls let by, " << result.good_lost
              << " good call lost\n";
}
// 2 bad calls let by, 1 good call lost
