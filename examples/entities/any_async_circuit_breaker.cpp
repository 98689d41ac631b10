// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// AnyAsyncCircuitBreaker: calls that are awaited, by policies from a text.

#include <fluxgate/any_async_circuit_breaker.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/task.hpp>

#include <iostream>

fluxgate::Task<int> price() {
    co_return 995;
}

int main() {
    fluxgate::AnyAsyncCircuitBreaker breaker{fluxgate::parse_policies("trip = failure_streak(1)")};
    std::cout << fluxgate::sync_wait(breaker.call(price)) << '\n';
    breaker.reconfigure(fluxgate::parse_policies("state = disabled"));
    std::cout << breaker.info().state << '\n';
}
// 995
// disabled
