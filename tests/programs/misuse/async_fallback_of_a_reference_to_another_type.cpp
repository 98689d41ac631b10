// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the function returns a reference, so the fallback returns one to the same type

#include <fluxgate/fluxgate.hpp>

#include <string>

fluxgate::Task<const std::string&> read(const std::string& value) {
    co_return value;
}

int main() {
    static const std::string value;
    static const char* const other = "other";
    fluxgate::AsyncCircuitBreaker breaker;
    static_cast<void>(breaker.call_with_fallback([] { return read(value); },
                                                 []() -> const char* const& { return other; }));
}
