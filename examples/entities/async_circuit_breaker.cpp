// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// AsyncCircuitBreaker: calls that are coroutines.

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/task.hpp>

#include <iostream>
#include <utility>

fluxgate::Task<int> fetch() {
    co_return 42;
}

fluxgate::Task<> client() {
    fluxgate::AsyncCircuitBreaker breaker{fluxgate::FailureStreak{2}};
    fluxgate::Task<int> call = breaker.call(fetch);
    std::cout << co_await std::move(call) << '\n';

    breaker.force_open();
    auto attempt = breaker.try_call(fetch);
    const auto answer = co_await std::move(attempt);
    std::cout << (answer ? "ran" : "rejected") << '\n';
}

int main() {
    fluxgate::sync_wait(client());
}
// 42
// rejected
