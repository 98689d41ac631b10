// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Destroys a breaker while a call waits for its turn; an assertion is to say so.

#include "spawn.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <coroutine>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace {

fluxgate::Task<> hang() {
    std::suspend_always forever;
    co_await forever;
}

auto make_breaker() {
    return std::make_unique<fluxgate::AsyncCircuitBreaker<
        fluxgate::CountWindow, fluxgate::trackers::All, fluxgate::FailureStreak, fluxgate::Cooldown,
        fluxgate::permits::All>>(fluxgate::FailureStreak{1},
                                 fluxgate::Cooldown{std::chrono::nanoseconds{1}},
                                 fluxgate::MaxHalfOpenCalls{1});
}

}  // namespace

int main() {
    // An abort would be a failure to CTest, whatever was printed.
    std::signal(SIGABRT, [](int) { std::_Exit(EXIT_FAILURE); });
    auto breaker = make_breaker();
    breaker->try_acquire().value().failed();
    const Spawned trial{breaker->call(hang)};
    const Spawned waiter{breaker->call(hang)};
    breaker.reset();
}
