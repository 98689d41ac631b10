// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "libraries.hpp"

void EndOfBreaker::operator()(CountingBreaker* breaker) const {
    delete breaker;
}

BreakerPointer make_breaker() {
    return BreakerPointer{new CountingBreaker{fluxgate::FailureStreak{5}}};
}
