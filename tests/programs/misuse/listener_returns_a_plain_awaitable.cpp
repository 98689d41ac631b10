// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a listener returns an awaitable that is no coroutine type

#include <fluxgate/fluxgate.hpp>

#include <coroutine>

int main() {
    fluxgate::AsyncCircuitBreaker breaker{
        fluxgate::Listeners{[](const fluxgate::Signal&) { return std::suspend_never{}; }}};
}
