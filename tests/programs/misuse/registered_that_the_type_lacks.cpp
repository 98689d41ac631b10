// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: it or Registered or Shared, which bring it, is an argument

#include <fluxgate/fluxgate.hpp>

int main() {
    fluxgate::Registry registry;
    fluxgate::CircuitBreaker<> breaker{fluxgate::Name{"payments"}, fluxgate::Registered{registry}};
}
