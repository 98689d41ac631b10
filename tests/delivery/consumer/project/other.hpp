// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

using Breaker = fluxgate::CircuitBreaker<fluxgate::CountWindow, fluxgate::trackers::All,
                                         fluxgate::FailureStreak>;

void fail_once(Breaker& breaker);
