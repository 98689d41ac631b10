// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// One text for many breakers.

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/any_async_circuit_breaker.hpp>
#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/shared_policies.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

Policies streak(int n) {
    return parse_policies("trip = failure_streak(" + std::to_string(n) + ")");
}

}  // namespace

TEST_CASE("breakers of one text have it exchanged at once") {
    SharedPolicies policies{streak(3)};
    AnyCircuitBreaker one{policies};
    AnyAsyncCircuitBreaker other{policies, Name{"other"}};
    AnyCircuitBreaker own{streak(3)};
    one.try_acquire()->failed();
    policies.exchange(streak(2));
    CHECK(policies.get() == streak(2));
    CHECK(one.policies() == streak(2));
    CHECK(other.policies() == streak(2));
    CHECK(own.policies() == streak(3));
    CHECK(one.info().metrics.failure_count == 1);
    one.try_acquire()->failed();
    CHECK(one.info().state == State::open);
    const AnyCircuitBreaker later{policies};
    CHECK(later.policies() == streak(2));
}

TEST_CASE("a copy of shared policies is the same, and breakers outlive all of them") {
    auto policies = std::make_unique<SharedPolicies>(streak(3));
    auto copy = std::make_unique<SharedPolicies>(*policies);
    AnyCircuitBreaker breaker{*policies};
    policies.reset();
    copy->exchange(streak(2));
    CHECK(breaker.policies() == streak(2));
    copy.reset();
    breaker.reconfigure(streak(1));
    breaker.try_acquire()->failed();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a breaker that is reconfigured by itself takes the next exchange") {
    SharedPolicies policies{streak(3)};
    AnyCircuitBreaker breaker{policies};
    breaker.reconfigure(streak(9));
    CHECK(breaker.policies() == streak(9));
    CHECK(policies.get() == streak(3));
    policies.exchange(streak(3));
    CHECK(breaker.policies() == streak(3));
}

TEST_CASE("an exchange reaches each breaker once") {
    SharedPolicies policies{parse_policies("")};
    int signals = 0;
    AnyCircuitBreaker breaker{policies, Listeners{[&](const Signal&) { ++signals; }}};
    policies.exchange(parse_policies("state = disabled"));
    CHECK(breaker.info().state == State::disabled);
    CHECK(signals == 1);
    breaker.reset();
    policies.exchange(parse_policies("state = disabled"));
    CHECK(breaker.info().state == State::closed);
    CHECK(signals == 2);
}

TEST_CASE("breakers of keys have one text, also those beyond the cap") {
    SharedPolicies policies{streak(3)};
    KeyedBreakers hosts{
        [&](std::string_view key) { return AnyCircuitBreaker{policies, Name{key}}; },
        MaxBreakers{2}};
    const std::vector held{hosts["a"], hosts["b"], hosts["c"]};
    policies.exchange(streak(2));
    int seen = 0;
    hosts.for_each([&](std::string_view key, auto& breaker) {
        CHECK(breaker.policies() == streak(2));
        CHECK(breaker.info().name == key);
        ++seen;
    });
    CHECK(seen == 3);
    CHECK(hosts["d"]->policies() == streak(2));
}

TEST_CASE("a listener may exchange what it is told of") {
    SharedPolicies policies{parse_policies("")};
    std::optional<AnyCircuitBreaker<>> second;
    AnyCircuitBreaker first{policies, Listeners{[&](const Signal& signal) {
                                if (signal.new_state == State::disabled) {
                                    policies.exchange(parse_policies("state = forced_open"));
                                    second.emplace(policies);
                                }
                            }}};
    policies.exchange(parse_policies("state = disabled"));
    CHECK(first.info().state == State::forced_open);
    CHECK(second->info().state == State::forced_open);
}

TEST_CASE("a listener may destroy another breaker of the same text") {
    SharedPolicies policies{parse_policies("")};
    std::optional<AnyCircuitBreaker<>> other;
    AnyCircuitBreaker first{policies, Listeners{[&](const Signal&) { other.reset(); }}};
    other.emplace(policies);
    policies.exchange(parse_policies("state = disabled"));
    CHECK_FALSE(other);
    CHECK(first.info().state == State::disabled);
}

TEST_CASE("breakers come and go, and two threads exchange") {
    SharedPolicies policies{streak(1)};
    KeyedBreakers hosts{
        [&](std::string_view key) { return AnyCircuitBreaker{policies, Name{key}}; },
        MaxBreakers{8}};
    const AnyCircuitBreaker lasting{policies};
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int t = 0; t != 2; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 2; i != 200; ++i) {
                policies.exchange(streak(i + t));
            }
            ++done;
        });
        threads.emplace_back([&, t] {
            for (int i = 0; done != 2; ++i) {
                hosts.call(std::to_string((i + t) % 32), [] {});
                const AnyCircuitBreaker local{policies};
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const Policies last = policies.get();
    CHECK(lasting.policies() == last);
    hosts.for_each(
        [&](std::string_view, const auto& breaker) { CHECK(breaker.policies() == last); });
    CHECK((last == streak(199) || last == streak(200)));
}

TEST_CASE("a breaker that is made during an exchange takes it") {
    SharedPolicies policies{streak(1)};
    for (int i = 2; i != 300; ++i) {
        std::thread exchanging{[&] { policies.exchange(streak(i)); }};
        AnyCircuitBreaker breaker{policies};
        exchanging.join();
        CHECK(breaker.policies() == streak(i));
    }
}

TEST_CASE("for_each sees each breaker, and may look up keys") {
    KeyedBreakers hosts{[](std::string_view key) { return CircuitBreaker{Name{key}}; },
                        MaxBreakers{3}};
    const auto held = hosts["a"];
    static_cast<void>(hosts["b"]);
    std::vector<std::string> keys;
    hosts.for_each([&](std::string_view key, auto& breaker) {
        keys.emplace_back(key);
        breaker.reset();
        static_cast<void>(hosts["b"]);
    });
    std::ranges::sort(keys);
    CHECK(keys == std::vector<std::string>{"a", "b"});
    std::vector<decltype(hosts)::Handle> handles;
    hosts.for_each([&](std::string_view, const decltype(hosts)::Handle& handle) {
        handles.push_back(handle);
    });
    CHECK(handles.size() == 2);
    hosts.for_each([](std::string_view, auto&) {});
}

TEST_CASE("for_each is no use of a breaker") {
    KeyedBreakers hosts{[](std::string_view key) { return CircuitBreaker{Name{key}}; },
                        MaxBreakers{2}};
    static_cast<void>(hosts["a"]);
    static_cast<void>(hosts["b"]);
    hosts.for_each([](std::string_view, auto& breaker) { static_cast<void>(breaker.info()); });
    static_cast<void>(hosts["b"]);
    static_cast<void>(hosts["c"]);
    std::vector<std::string> keys;
    hosts.for_each([&](std::string_view key, auto&) { keys.emplace_back(key); });
    std::ranges::sort(keys);
    CHECK(keys == std::vector<std::string>{"b", "c"});
}

TEST_CASE("two maps in one registry have prefixes, or a sentence that says so") {
    Registry registry;
    const auto unprefixed = [&](std::string_view key) {
        return CircuitBreaker{Name{key}, Registered{registry}};
    };
    KeyedBreakers one{unprefixed};
    KeyedBreakers other{unprefixed};
    KeyedBreakers third{[&](std::string_view key) {
        return CircuitBreaker{Name{"billing/", key}, Registered{registry}};
    }};
    one.call("example", [] {});
    const std::string sentence = error_of([&] { other.call("example", [] {}); });
    CHECK(sentence.find("\"example\", which another breaker has") != std::string::npos);
    CHECK(sentence.find("Name{\"billing/\", key}") != std::string::npos);
    third.call("example", [] {});
    CHECK(registry.find("billing/example"));
    CHECK(error_of([] { Name{"", "a"}; }) ==
          "fluxgate: Name's prefix must be at least one character long, but is empty");
    CHECK(error_of([] { Name{"a", ""}; }) ==
          "fluxgate: Name's text must be at least one character long, but is empty");
}
