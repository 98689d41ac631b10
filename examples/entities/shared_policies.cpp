// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// SharedPolicies: one text for many breakers, exchanged for all of them.

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/keyed_breakers.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/shared_policies.hpp>

#include <iostream>
#include <string_view>

int main() {
    fluxgate::SharedPolicies policies{fluxgate::parse_policies("trip = failure_streak(5)")};
    const fluxgate::AnyCircuitBreaker payments{policies};
    fluxgate::KeyedBreakers hosts{[&](std::string_view host) {
        return fluxgate::AnyCircuitBreaker{policies, fluxgate::Name{host}};
    }};
    hosts.call("example.com", [] {});

    policies.exchange(fluxgate::parse_policies("trip = failure_streak(3)"));
    std::cout << "payments: " << to_string(payments.policies()) << '\n';
    hosts.for_each([](std::string_view host, auto& breaker) {
        std::cout << host << ": " << to_string(breaker.policies()) << '\n';
    });
}
// payments: trip = failure_streak(3)
// example.com: trip = failure_streak(3)
