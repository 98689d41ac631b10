// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the predicate of Neutral would be asked about a conversion of the result

#include <fluxgate/fluxgate.hpp>

fluxgate::CircuitBreaker breaker{fluxgate::Neutral{[](int code) { return code == 1; }}};
const long result = breaker.call([] { return 1L; });
