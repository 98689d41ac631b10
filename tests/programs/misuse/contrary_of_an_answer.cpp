// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: ~AsSuccess<E>{} says nothing: write TypeOf<E>{} where these exceptions are failures

#include <fluxgate/fluxgate.hpp>

#include <stdexcept>

fluxgate::CircuitBreaker breaker{~fluxgate::AsSuccess<std::out_of_range>{}};
