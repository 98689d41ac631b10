// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "libraries.hpp"

void call_elsewhere(CountingBreaker& breaker) {
    breaker.call([] {});
}

fluxgate::Subscription listen_elsewhere(CountingBreaker& breaker, int& heard) {
    return breaker.listen([&heard](const fluxgate::Signal&) { ++heard; });
}
