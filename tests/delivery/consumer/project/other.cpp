// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "other.hpp"

#include <stdexcept>

void fail_once(Breaker& breaker) {
    breaker.call_with_fallback([] { throw std::runtime_error{"down"}; }, [] {});
}
