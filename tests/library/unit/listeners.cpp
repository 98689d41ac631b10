// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/listeners.hpp>
#include <fluxgate/print.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;

namespace {

std::string sentence_of(const std::exception_ptr& pointer) {
    try {
        std::rethrow_exception(pointer);
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("each listener is told, in order") {
    std::vector<std::string> told;
    const Listeners listeners{
        [&](const Signal& signal) { told.push_back("a " + to_string(signal)); },
        [&](Signal signal) { told.push_back("b " + to_string(signal)); }};
    listeners({.old_state = State::closed, .new_state = State::open, .reason = Reason::tripped});
    CHECK(told == std::vector<std::string>{"a closed -> open (tripped): 0 calls, 0 failures",
                                           "b closed -> open (tripped): 0 calls, 0 failures"});
}

TEST_CASE("listeners may be move-only and mutable") {
    auto count = std::make_unique<int>(0);
    int& counted = *count;
    const Listeners listeners{[count = std::move(count)](const Signal&) mutable { ++*count; }};
    listeners({});
    listeners({});
    CHECK(counted == 2);
}

TEST_CASE("a listener's error is reported and does not keep the others from being told") {
    std::vector<std::string> reported;
    int told = 0;
    const Listeners listeners = Listeners{
        [](const Signal&) { throw std::runtime_error{"disk full"}; },
        [&](const Signal&) {
            ++told;
        }}.on_error([&](const std::exception_ptr& e) { reported.push_back(sentence_of(e)); });
    listeners({});
    CHECK(told == 1);
    CHECK(reported == std::vector<std::string>{"disk full"});
}

TEST_CASE("an error handler that throws disturbs nobody") {
    int told = 0;
    const Listeners listeners =
        Listeners{[](const Signal&) { throw 42; }, [&](const Signal&) { ++told; }}.on_error(
            [](const std::exception_ptr&) { throw std::runtime_error{"expected on stderr"}; });
    listeners({});
    CHECK(told == 1);
}

TEST_CASE("what cannot be called with a signal is no listener") {
    static_assert(!std::is_constructible_v<Listeners<>, int>);
    static_assert(!std::is_constructible_v<Listeners<>, void (*)(int)>);
    static_assert(std::is_constructible_v<Listeners<>, void (*)(const Signal&)>);
    SUCCEED("at compile time");
}
