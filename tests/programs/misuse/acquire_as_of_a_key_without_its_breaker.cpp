// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: fluxgate: acquire_as<R>() of a key needs a coroutine type R that is

#include <fluxgate/fluxgate.hpp>

#include <string_view>

int main() {
    fluxgate::KeyedBreakers hosts{[](std::string_view) { return fluxgate::AsyncCircuitBreaker{}; }};
    using Permission = decltype(hosts)::Breaker::Permission;
    static_cast<void>(hosts.acquire_as<fluxgate::Task<Permission>>("www.example.com"));
}
