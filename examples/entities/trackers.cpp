// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// TypeOf, AsSuccess, Custom, Result and Neutral: what counts as a failure.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/print.hpp>

#include <iostream>
#include <stdexcept>
#include <string>

struct NetworkError : std::runtime_error {
    NetworkError() : std::runtime_error{"connection reset"} {}
};
struct NotFound : std::runtime_error {
    NotFound() : std::runtime_error{"no such order"} {}
};

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::AsSuccess<NotFound>{} |
                                     fluxgate::TypeOf<NetworkError>{} |
                                     fluxgate::Result{[](int status) { return status >= 500; }} |
                                     fluxgate::Neutral{[](int status) { return status == 499; }}};
    const auto ignore = [] { return 0; };

    breaker.call_with_fallback([]() -> int { throw NetworkError{}; }, ignore);  // a failure
    breaker.call_with_fallback([]() -> int { throw NotFound{}; }, ignore);      // a success
    breaker.call_with_fallback([]() -> int { throw std::logic_error{"bug"}; }, ignore);  // neutral
    breaker.call([] { return 503; });  // a failure
    breaker.call([] { return 499; });  // neutral
    std::cout << breaker.info() << '\n';
}
// closed: 3 calls, 2 failures (66.7%)
