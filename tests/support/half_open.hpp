// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>

/// A half-open circuit with one slot for trial calls.
struct HalfOpen {
    fluxgate::testing::VirtualTime time;
    fluxgate::AsyncCircuitBreaker<fluxgate::CountWindow, fluxgate::trackers::All,
                                  fluxgate::FailureStreak, fluxgate::Cooldown,
                                  fluxgate::permits::All, fluxgate::testing::Virtual>
        breaker{fluxgate::FailureStreak{1}, fluxgate::Cooldown{std::chrono::seconds{1}},
                fluxgate::testing::Virtual{time}, fluxgate::MaxHalfOpenCalls{1}};

    HalfOpen() {
        breaker.try_acquire().value().failed();
        time.advance(std::chrono::seconds{1});
    }
};
