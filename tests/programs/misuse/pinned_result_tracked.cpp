// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the tracker judges a result that cannot be moved

#include <fluxgate/fluxgate.hpp>

struct Pinned {
    Pinned() = default;
    Pinned(const Pinned&) = delete;
};

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Result{[](const Pinned&) { return true; }}};
    breaker.call([] { return Pinned{}; });
}
