// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: an environment names its Mutex

#include <fluxgate/fluxgate.hpp>

#include <chrono>

struct Mine : fluxgate::environment_base {
    static std::chrono::steady_clock::time_point now() { return {}; }
    static std::chrono::system_clock::time_point wall_clock() { return {}; }
    static double uniform() { return 0.5; }
};

int main() {
    fluxgate::CircuitBreaker breaker{Mine{}};
}
