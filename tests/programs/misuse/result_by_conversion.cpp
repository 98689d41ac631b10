// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the predicate of Result would be asked about a conversion of the result

#include <fluxgate/fluxgate.hpp>

#include <optional>

int main() {
    fluxgate::CircuitBreaker breaker{
        fluxgate::Result{[](const std::optional<int>& found) { return !found; }}};
    breaker.call([] { return 1; });
}
