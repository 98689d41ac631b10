// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

/// Writes signals down.
auto into(Lines& lines) {
    return [&lines](const Signal& signal) { lines.push_back(to_string(signal)); };
}

void fail() {
    throw std::runtime_error{"down"};
}

template <class Breaker>
void failing_call(Breaker& breaker) {
    breaker.call_with_fallback(fail, [] {});
}

}  // namespace

TEST_CASE("each transition gives one signal, with its reason and what it discarded") {
    testing::VirtualTime time;
    Lines lines;
    std::vector<std::chrono::system_clock::time_point> timestamps;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{2}, Cooldown{10s}, permits::All{},
                           Listeners{into(lines), [&](const Signal& signal) {
                                         timestamps.push_back(signal.timestamp);
                                     }}};
    failing_call(breaker);
    failing_call(breaker);
    time.advance(10s);
    breaker.call([&] { time.advance(2s); });
    breaker.disable();
    breaker.disable();
    CHECK(lines == Lines{"closed -> open (tripped): 2 calls, 2 failures (100%)",
                         "open -> half_open (wait_over): 0 calls, 0 failures",
                         "half_open -> closed (recovered): 1 call, 0 failures (0%)",
                         "closed -> disabled (command): 0 calls, 0 failures",
                         "disabled -> disabled (command): 0 calls, 0 failures"});
    const std::chrono::system_clock::time_point start{1'000'000s};
    CHECK(timestamps == std::vector{start, start + 10s, start + 12s, start + 12s, start + 12s});
}

TEST_CASE("a signal carries what the window holds at that moment, not what it has forgotten") {
    testing::VirtualTime time;
    Lines lines;
    CircuitBreaker breaker{testing::Virtual{time}, TimeWindow{10s}, Listeners{into(lines)}};
    failing_call(breaker);
    time.advance(1h);
    breaker.force_open();
    CHECK(lines == Lines{"closed -> forced_open (command): 0 calls, 0 failures"});
}

TEST_CASE("a signal owns its slow counts") {
    std::vector<Signal> kept;
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, SlowRate{1.0, 1s} | SlowRate{0.5, 3s},
                           Listeners{[&](const Signal& signal) { kept.push_back(signal); }}};
    breaker.call([&] { time.advance(2s); });
    breaker.reset();
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].metrics.slow == std::vector{SlowCount{1s, 1}, SlowCount{3s, 0}});
}

TEST_CASE("a listener may call its breaker back, and its signals follow in order") {
    Lines first;
    Lines second;
    std::function<void(const Signal&)> react;
    CircuitBreaker breaker{FailureStreak{1},
                           Listeners{[&](const Signal& signal) { react(signal); }, into(first)},
                           Always{}, permits::All{}};
    react = [&](const Signal& signal) {
        second.push_back(to_string(signal));
        if (signal.new_state == State::open) {
            breaker.call([] {});  // half-open, then closed: two more signals
        }
    };
    failing_call(breaker);
    const Lines expected{"closed -> open (tripped): 1 call, 1 failure (100%)",
                         "open -> half_open (wait_over): 0 calls, 0 failures",
                         "half_open -> closed (recovered): 1 call, 0 failures (0%)"};
    CHECK(first == expected);
    CHECK(second == expected);
}

TEST_CASE("a call is handled by the state in which a listener leaves the circuit") {
    std::function<void()> react = [] {};
    CircuitBreaker breaker{FailureStreak{1}, Always{}, permits::All{},
                           Listeners{[&](const Signal& signal) {
                               if (signal.reason == Reason::wait_over) {
                                   react();
                               }
                           }}};
    failing_call(breaker);
    react = [&] { breaker.force_open(); };
    const auto rejected = breaker.try_call([] {});
    REQUIRE_FALSE(rejected);
    CHECK(rejected.error().state == State::forced_open);
}

TEST_CASE("a listener that throws disturbs neither the call nor the breaker") {
    int reported = 0;
    Lines lines;
    CircuitBreaker breaker{
        FailureStreak{1},
        Listeners{[](const Signal&) { throw std::logic_error{"bug"}; }, into(lines)}.on_error(
            [&](const std::exception_ptr&) { ++reported; })};
    CHECK_THROWS_AS(breaker.call(fail), std::runtime_error);
    CHECK(breaker.info().state == State::open);
    CHECK(lines.size() == 1);
    CHECK(reported == 1);
}
