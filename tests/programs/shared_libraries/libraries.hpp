// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <memory>

/// What the libraries of this folder show of themselves.
#define FLUXGATE_SHOWN __attribute__((visibility("default")))

using CountingBreaker =
    fluxgate::CircuitBreaker<fluxgate::CountWindow, fluxgate::trackers::All,
                             fluxgate::FailureStreak, fluxgate::Cooldown, fluxgate::RampUp,
                             fluxgate::Threaded, fluxgate::BreakerOptions<fluxgate::Totals>>;

/// Destroys a breaker in the library that made it.
struct FLUXGATE_SHOWN EndOfBreaker {
    FLUXGATE_SHOWN void operator()(CountingBreaker* breaker) const;
};
using BreakerPointer = std::unique_ptr<CountingBreaker, EndOfBreaker>;

/// Makes a breaker, in one library.
FLUXGATE_SHOWN BreakerPointer make_breaker();

/// Calls a breaker, in the other one.
FLUXGATE_SHOWN void call_elsewhere(CountingBreaker& breaker);

/// Listens to a breaker, in the other one, and counts what is heard.
FLUXGATE_SHOWN fluxgate::Subscription listen_elsewhere(CountingBreaker& breaker, int& heard);
