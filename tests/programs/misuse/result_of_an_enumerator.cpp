// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the predicate of Result would be asked about a conversion of the result

#include <fluxgate/fluxgate.hpp>

enum Code { ok, timed_out = 28 };

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Result{[](int code) { return code != 0; }}};
    breaker.call([] { return timed_out; });
}
