// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: an AnyCircuitBreaker has its window, tripper, retry, permit, Overdue and preset from its Policies: say there what it is to have

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

fluxgate::AnyCircuitBreaker breaker{fluxgate::Policies{}, fluxgate::FailureStreak{5}};
