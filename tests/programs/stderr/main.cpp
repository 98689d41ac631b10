// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// reports WHAT: what is written to stderr where nobody else can be told of an error.

#include <fluxgate/fluxgate.hpp>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string_view>

using namespace fluxgate;

namespace {

struct NoVerdict : tripper_base {
    static constexpr bool uses_durations = false;
    bool operator()(const CallContext&) const { throw std::runtime_error{"no verdict"}; }
};

void fail_in_a_listener() {
    CircuitBreaker breaker{Listeners{[](const Signal&) { throw std::runtime_error{"disk full"}; }}};
    breaker.force_open();
}

void throw_a_number() {
    CircuitBreaker breaker{Listeners{[](const Signal&) { throw 42; }}};
    breaker.force_open();
}

void fail_in_the_handler() {
    CircuitBreaker breaker{Listeners{[](const Signal&) { throw 42; }}.on_error(
        [](const std::exception_ptr&) { throw std::runtime_error{"disk full, too"}; })};
    breaker.force_open();
}

void fail_without_listeners() {
    CircuitBreaker breaker{NoVerdict{}};
    breaker.try_acquire().value().failed();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc == 2 ? argv[1] : "";
    if (what == "listener") {
        fail_in_a_listener();
    } else if (what == "number") {
        throw_a_number();
    } else if (what == "handler") {
        fail_in_the_handler();
    } else if (what == "tripper") {
        fail_without_listeners();
    } else {
        std::fprintf(stderr, "usage: reports listener|number|handler|tripper\n");
        return 2;
    }
    return 0;
}
