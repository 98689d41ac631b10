// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: a circuit breaker has one tripper, but is given two: combine them with & or |

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::MinRequests{5}, fluxgate::FailureRate{0.5}};
}
