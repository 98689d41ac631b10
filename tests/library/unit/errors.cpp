// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/errors.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;
using fluxgate::CallNotPermittedError;
using fluxgate::Rejection;
using fluxgate::State;

TEST_CASE("a rejection says the state, and the wait where it is known") {
    const CallNotPermittedError open{Rejection{State::open, 5s}};
    CHECK(open.state() == State::open);
    CHECK(open.retry_after() == 5s);
    CHECK(open.rejection() == Rejection{State::open, 5s});
    CHECK(std::string{open.what()} == "call not permitted: the circuit is open");

    const CallNotPermittedError forced{Rejection{State::forced_open}};
    CHECK_FALSE(forced.retry_after());
    CHECK(std::string{forced.what()} == "call not permitted: the circuit is forced open");
}

TEST_CASE("a rejected trial call is told apart from an open circuit") {
    const CallNotPermittedError error{Rejection{State::half_open}};
    CHECK(std::string{error.what()}.find("half-open") != std::string::npos);
}

TEST_CASE("a rejection is caught as a runtime error") {
    const auto reject = [] { throw CallNotPermittedError{Rejection{}}; };
    CHECK_THROWS_AS(reject(), std::runtime_error);
}
