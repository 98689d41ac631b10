// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Awaited calls of breakers whose policies come from a text.

#include "catch.hpp"
#include "door.hpp"
#include "spawn.hpp"

#include <fluxgate/any_async_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

using Breaker = AnyAsyncCircuitBreaker<trackers::All, Virtual>;

Task<int> twice(int value) {
    co_return 2 * value;
}
Task<int> fail() {
    throw std::runtime_error{"down"};
    co_return 0;
}

Task<int> guarded_twice(Breaker& breaker) {
    auto call = breaker.guarded(twice, 21);
    const int result = co_await std::move(call);
    co_return result;
}

Task<> pass(std::reference_wrapper<Door> door) {
    auto pass = door.get().pass();
    co_await pass;
}

/// Calls through the breaker and writes down what came of it.
Task<> caller(Breaker& breaker, Door& door, std::string& result) {
    result = "waiting";
    try {
        Task<> call = breaker.call(pass, std::ref(door));
        co_await std::move(call);
        result = "ok";
    } catch (const CallNotPermittedError&) {
        result = "rejected";
    }
}

constexpr std::string_view any_trial =
    "trip = failure_streak(1); wait = cooldown(1s); permit = all";
constexpr std::string_view one_trial =
    "trip = failure_streak(1); wait = cooldown(1s); permit = single_trial(1h)";

void turn_half_open(Breaker& breaker, VirtualTime& time) {
    breaker.open_for(1s);
    time.advance(1s);
}

}  // namespace

TEST_CASE("an awaited call by a breaker from a text") {
    VirtualTime time;
    Breaker breaker{parse_policies("trip = failure_streak(2); wait = cooldown(5s)"), Virtual{time}};
    CHECK(sync_wait(breaker.call(twice, 21)) == 42);
    CHECK_THROWS_AS(sync_wait(breaker.call(fail)), std::runtime_error);
    CHECK_THROWS_AS(sync_wait(breaker.call(fail)), std::runtime_error);
    const auto rejected = sync_wait(breaker.try_call(twice, 21));
    CHECK(rejected.error().retry_after == 5s);
    breaker.reconfigure(parse_policies("trip = failure_streak(3); state = disabled"));
    CHECK(breaker.info().state == State::disabled);
    CHECK(sync_wait(guarded_twice(breaker)) == 42);
    CHECK(breaker.policies() == parse_policies("trip = failure_streak(3); state = disabled"));
}

TEST_CASE("trials wait for a slot where the text's permit leaves their number open") {
    VirtualTime time;
    Breaker breaker{parse_policies(any_trial), Virtual{time}, MaxHalfOpenCalls{1}};
    turn_half_open(breaker, time);
    auto trial = breaker.acquire();
    Door door;
    std::string result;
    const Spawned waiting{caller(breaker, door, result)};
    CHECK(result == "waiting");
    CHECK(door.waiting.empty());
    trial.neutral();
    CHECK(door.waiting.size() == 1);
    door.open();
    CHECK(result == "ok");
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("as many trials as by default run at once, and the next one waits") {
    VirtualTime time;
    Breaker breaker{parse_policies(any_trial), Virtual{time}};
    turn_half_open(breaker, time);
    std::vector<Breaker::Permission> trials;
    while (auto trial = breaker.try_acquire()) {
        trials.push_back(std::move(*trial));
    }
    CHECK(trials.size() == 10);
    Door door;
    std::string result;
    const Spawned waiting{caller(breaker, door, result)};
    CHECK(result == "waiting");
    trials.clear();
    CHECK(door.waiting.size() == 1);
    door.open();
    CHECK(result == "ok");
}

TEST_CASE("no trial waits where the text's permit says how many there may be") {
    VirtualTime time;
    Breaker breaker{parse_policies(one_trial), Virtual{time}};
    turn_half_open(breaker, time);
    const auto trial = breaker.acquire();
    Door door;
    std::string result;
    const Spawned called{caller(breaker, door, result)};
    CHECK(result == "rejected");
}

TEST_CASE("calls wait for a slot while the permit is exchanged") {
    VirtualTime time;
    Breaker breaker{parse_policies(any_trial), Virtual{time}, MaxHalfOpenCalls{1}};
    turn_half_open(breaker, time);
    auto trial = breaker.acquire();
    Door door;
    std::string waited;
    const Spawned waiting{caller(breaker, door, waited)};
    breaker.reconfigure(parse_policies(one_trial));
    CHECK(waited == "waiting");
    std::string late;
    const Spawned coming{caller(breaker, door, late)};
    CHECK(late == "rejected");
    SECTION("the trial ends, and the next is one") {
        trial.neutral();
        CHECK(door.waiting.size() == 1);
        door.open();
        CHECK(waited == "ok");
        CHECK(breaker.info().state == State::closed);
    }
    SECTION("the trial fails, and nobody waits any more") {
        trial.failed();
        CHECK(waited == "rejected");
        CHECK(breaker.info().state == State::open);
    }
}

TEST_CASE("a call that waits is dropped, and the slot goes to the next") {
    VirtualTime time;
    Breaker breaker{parse_policies(any_trial), Virtual{time}, MaxHalfOpenCalls{1}, Totals{}};
    turn_half_open(breaker, time);
    auto trial = breaker.acquire();
    Door door;
    std::string first;
    std::string second;
    {
        const Spawned dropped{caller(breaker, door, first)};
    }
    const Spawned waiting{caller(breaker, door, second)};
    trial.neutral();
    CHECK(first == "waiting");
    CHECK(door.waiting.size() == 1);
    door.open();
    CHECK(second == "ok");
    CHECK(breaker.info().totals->rejected == 0);
}

TEST_CASE("listeners that are coroutines hear of the state of a text with the next awaited call") {
    std::vector<State> heard;
    const auto listener = [&](const Signal& signal) -> Task<> {
        heard.push_back(signal.new_state);
        co_return;
    };
    AnyAsyncCircuitBreaker breaker{parse_policies(""), Listeners{listener}};
    breaker.reconfigure(parse_policies("state = metrics_only"));
    CHECK(breaker.info().state == State::metrics_only);
    CHECK(heard.empty());
    CHECK(sync_wait(breaker.call(twice, 1)) == 2);
    CHECK(heard == std::vector{State::metrics_only});
}

TEST_CASE("awaited calls by keys share one text") {
    SharedPolicies policies{parse_policies("trip = failure_streak(1); wait = cooldown(1h)")};
    KeyedBreakers hosts{
        [&](std::string_view host) { return AnyAsyncCircuitBreaker{policies, Name{host}}; }};
    CHECK_THROWS_AS(sync_wait(hosts.call("a", fail)), std::runtime_error);
    CHECK_THROWS_AS(sync_wait(hosts.call("a", twice, 1)), CallNotPermittedError);
    policies.exchange(parse_policies("trip = failure_streak(2)"));
    CHECK_THROWS_AS(sync_wait(hosts.call("b", fail)), std::runtime_error);
    CHECK(sync_wait(hosts.call("b", twice, 1)) == 2);
}
