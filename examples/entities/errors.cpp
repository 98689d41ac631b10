// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// CallNotPermittedError and Rejection: why a call was not made.

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/print.hpp>

#include <chrono>
#include <iostream>

int main() {
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"}};
    breaker.open_for(std::chrono::seconds{30});
    try {
        breaker.call([] {});
    } catch (const fluxgate::CallNotPermittedError& error) {
        std::cout << error.what() << '\n';
    }
    const auto answer = breaker.try_call([] { return 42; });
    const fluxgate::Rejection& rejection = answer.error();
    std::cout << rejection.state << ", " << rejection.name.view()
              << ", knows the time left: " << rejection.retry_after.has_value() << '\n';
}
// call not permitted by "payments": the circuit is open
// open, payments, knows the time left: 1
