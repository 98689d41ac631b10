// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// All that a breaker for one thread does.

#include <fluxgate/circuit_breaker.hpp>

#include <chrono>

int work(int value);

using Breaker = decltype(fluxgate::CircuitBreaker{
    fluxgate::SingleThreaded{}, fluxgate::TimeWindow{std::chrono::seconds{10}},
    fluxgate::FailureStreak{5} | fluxgate::SlowRate{0.5, std::chrono::seconds{1}},
    fluxgate::Listeners{[](const fluxgate::Signal&) {}}});

int use(Breaker& breaker);
int use(Breaker& breaker) {
    breaker.reset();
    if (auto permission = breaker.try_acquire()) {
        permission->failed();
    }
    const int result = breaker.call(work, 1);
    return result + static_cast<int>(breaker.info().metrics.total_count);
}
