// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/detail/calls/breaker_access.hpp>
#include <fluxgate/detail/exporters/transition_counts.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::nanoseconds no_wait{0};

template <class Breaker>
auto& core_of(Breaker& breaker) {
    return detail::BreakerAccess::core(breaker);
}
template <class Breaker>
std::uint64_t period_of(Breaker& breaker) {
    return core_of(breaker).observe().period;
}

template <class Breaker>
void fail(Breaker& breaker, int times = 1) {
    for (; times != 0; --times) {
        if (auto permission = breaker.try_acquire()) {
            permission->failed();
        }
    }
}
template <class Breaker>
void succeed(Breaker& breaker, int times = 1) {
    for (; times != 0; --times) {
        if (auto permission = breaker.try_acquire()) {
            permission->succeeded();
        }
    }
}

Metrics calls(std::uint64_t total, std::uint64_t failed) {
    Metrics metrics;
    metrics.total_count = total;
    metrics.failure_count = failed;
    return metrics;
}

auto make_breaker(testing::VirtualTime& time, std::vector<Signal>& signals) {
    return CircuitBreaker{CountWindow{10},
                          MinRequests{10} & FailureRate{0.5},
                          Backoff{10s, 2.0, 100s},
                          permits::All{},
                          testing::Virtual{time},
                          Listeners{[&](const Signal& signal) { signals.push_back(signal); }},
                          Name{"shared"},
                          Totals{}};
}

/// A breaker that opens where half of ten calls fail, and what its listener was told.
struct Circuit {
    testing::VirtualTime time;
    std::vector<Signal> signals;
    using Breaker = decltype(make_breaker(time, signals));
    Breaker breaker = make_breaker(time, signals);
};

}  // namespace

TEST_CASE("an observation has all that there is to share") {
    Circuit circuit;
    auto& breaker = circuit.breaker;
    const detail::Observation closed = core_of(breaker).observe();
    CHECK(closed.state == State::closed);
    CHECK(closed.entered == closed.period);
    CHECK(!closed.reason);
    CHECK(closed.commanded.count == 0);
    fail(breaker, 3);
    succeed(breaker, 2);
    const detail::Observation busy = core_of(breaker).observe();
    CHECK(busy.period == closed.period);
    CHECK(busy.metrics.total_count == 5);
    CHECK(busy.metrics.failure_count == 3);
    REQUIRE(busy.totals);
    CHECK(busy.totals->failed == 3);

    fail(breaker, 5);
    const detail::Observation open = core_of(breaker).observe();
    CHECK(open.state == State::open);
    CHECK(open.period != closed.period);
    CHECK(open.reason == Reason::tripped);
    CHECK(open.end_of_wait - open.now == 10s);
    CHECK(open.metrics.total_count == 0);
}

TEST_CASE("to observe changes nothing for the calls that follow") {
    Circuit observed;
    Circuit other;
    for (int i = 0; i != 200; ++i) {
        i % 7 == 3 ? fail(observed.breaker) : succeed(observed.breaker);
        i % 7 == 3 ? fail(other.breaker) : succeed(other.breaker);
        static_cast<void>(core_of(observed.breaker).observe());
        CHECK(observed.breaker.info().metrics.failure_count ==
              other.breaker.info().metrics.failure_count);
    }
    CHECK(observed.breaker.info().totals->succeeded == other.breaker.info().totals->succeeded);
}

TEST_CASE("commands are numbered, and only they") {
    Circuit circuit;
    auto& breaker = circuit.breaker;
    const auto commanded = [&] { return core_of(breaker).observe().commanded; };
    fail(breaker, 10);
    CHECK(breaker.info().state == State::open);
    CHECK(commanded().count == 0);
    breaker.force_open();
    CHECK(commanded().count == 1);
    CHECK(commanded().state == State::forced_open);
    breaker.open_for(3s);
    CHECK(commanded().count == 2);
    CHECK(commanded().state == State::open);
    CHECK(commanded().until == circuit.time.now() + 3s);
    breaker.reset();
    breaker.reset();
    CHECK(commanded().count == 4);
    CHECK(commanded().state == State::closed);
    CHECK(core_of(breaker).impose(period_of(breaker), State::disabled, no_wait, 0));
    CHECK(commanded().count == 4);
}

TEST_CASE("a state that others are in is entered with what they say of it") {
    Circuit circuit;
    auto& breaker = circuit.breaker;
    const std::uint64_t seen = period_of(breaker);
    const std::optional<std::uint64_t> begun = core_of(breaker).impose(seen, State::open, 7s, 5);
    REQUIRE(begun);
    CHECK(*begun == period_of(breaker));
    CircuitBreakerInfo info = breaker.info();
    CHECK(info.state == State::open);
    CHECK(info.reopens == 5);
    CHECK(info.last_reason == Reason::shared);
    CHECK(info.retry_after == 7s);
    REQUIRE(circuit.signals.size() == 1);
    CHECK(circuit.signals[0].reason == Reason::shared);
    CHECK(info.totals->opened == 1);

    // What the circuit draws next goes on from these reopens: the longest wait.
    circuit.time.advance(7s);
    fail(breaker, 10);
    info = breaker.info();
    CHECK(info.reopens == 6);
    CHECK(info.retry_after == 100s);

    CHECK(core_of(breaker).impose(period_of(breaker), State::closed, no_wait, 0));
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().reopens == 0);
}

TEST_CASE("nothing is done in another period than the one that was seen") {
    Circuit circuit;
    auto& breaker = circuit.breaker;
    const std::uint64_t seen = period_of(breaker);
    breaker.reset();
    circuit.signals.clear();
    CHECK(!core_of(breaker).impose(seen, State::open, 7s, 1));
    CHECK(!core_of(breaker).judge(seen, calls(10, 10)));
    CHECK(breaker.info().state == State::closed);
    fail(breaker, 10);
    circuit.signals.clear();
    const std::uint64_t open = period_of(breaker);
    circuit.time.advance(10s);
    fail(breaker, 10);
    REQUIRE(breaker.info().state == State::open);
    const auto wait = breaker.info().retry_after;
    CHECK(!core_of(breaker).hold(open, circuit.time.now() + 1h));
    CHECK(breaker.info().retry_after == wait);
}

TEST_CASE("a wait is held for longer, for shorter, and for ever, which is no transition") {
    Circuit circuit;
    auto& breaker = circuit.breaker;
    CHECK(!core_of(breaker).hold(period_of(breaker), circuit.time.now() + 1s));  // it is closed
    fail(breaker, 10);
    circuit.signals.clear();
    const std::uint64_t seen = period_of(breaker);
    CHECK(core_of(breaker).hold(seen, circuit.time.now() + 1h));
    CHECK(breaker.info().retry_after == 1h);
    circuit.time.advance(10s);
    CHECK(!breaker.try_acquire());
    CHECK(breaker.try_call([] { return 1; }).error().retry_after == 1h - 10s);

    CHECK(core_of(breaker).hold(seen, (std::chrono::steady_clock::time_point::max)()));
    CHECK(!breaker.info().retry_after);
    CHECK(!breaker.try_call([] { return 1; }).error().retry_after);

    CHECK(core_of(breaker).hold(seen, circuit.time.now()));
    CHECK(breaker.info().retry_after == 0s);
    CHECK(circuit.signals.empty());
    CHECK(breaker.try_acquire());
    CHECK(breaker.info().state == State::half_open);
}

TEST_CASE("the tripper judges the calls of all") {
    Circuit circuit;
    auto& breaker = circuit.breaker;
    fail(breaker, 4);
    const std::uint64_t seen = period_of(breaker);
    CHECK(!core_of(breaker).judge(seen, calls(100, 49)));
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().metrics.total_count == 4);
    const auto begun = core_of(breaker).judge(seen, calls(100, 50));
    REQUIRE(begun);
    CHECK(*begun == period_of(breaker));
    CHECK(breaker.info().state == State::open);
    CHECK(breaker.info().last_reason == Reason::shared);
    CHECK(breaker.info().retry_after == 10s);  // of its own retry
    CHECK(!core_of(breaker).judge(*begun, calls(100, 100)));
    CHECK(circuit.signals.size() == 1);

    breaker.metrics_only();
    CHECK(!core_of(breaker).judge(period_of(breaker), calls(100, 100)));
    CHECK(breaker.info().state == State::metrics_only);
}

TEST_CASE("a call that began before a state was imposed does not count in it") {
    Circuit circuit;
    auto& breaker = circuit.breaker;
    auto early = breaker.try_acquire();
    REQUIRE(early);
    CHECK(core_of(breaker).impose(period_of(breaker), State::open, 1s, 0));
    early->succeeded();
    CHECK(breaker.info().state == State::open);
    CHECK(breaker.info().totals->succeeded == 1);

    circuit.time.advance(1s);
    auto trial = breaker.try_acquire();
    REQUIRE(trial);
    CHECK(core_of(breaker).impose(period_of(breaker), State::open, 1s, 0));
    trial->succeeded();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("who waits for a trial's slot finds the state that was imposed") {
    testing::VirtualTime time;
    AsyncCircuitBreaker breaker{FailureStreak{1},       Cooldown{1s},        permits::All{},
                                testing::Virtual{time}, MaxHalfOpenCalls{1}, Name{"shared"}};
    fail(breaker);
    time.advance(1s);
    auto trial = breaker.try_acquire();
    REQUIRE(trial);
    CHECK(core_of(breaker).impose(period_of(breaker), State::closed, no_wait, 0));
    CHECK(breaker.try_acquire());
    trial->failed();
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("a breaker whose policies are exchanged is shared like any other") {
    testing::VirtualTime time;
    AnyCircuitBreaker breaker{
        parse_policies("trip = failure_streak(2); window = time_window(10s, 1s)"),
        testing::Virtual{time}, Name{"shared"}};
    const detail::Observation before = core_of(breaker).observe();
    breaker.reconfigure(parse_policies("trip = failure_rate(0.5)"));
    const detail::Observation after = core_of(breaker).observe();
    CHECK(after.period != before.period);
    CHECK(after.entered == before.entered);
    CHECK(!core_of(breaker).impose(before.period, State::open, 1s, 0));
    CHECK(core_of(breaker).judge(after.period, calls(2, 1)));
    const detail::Observation open = core_of(breaker).observe();
    CHECK(open.entered == open.period);
    breaker.reconfigure(parse_policies("trip = failure_rate(0.6)"));
    CHECK(core_of(breaker).observe().entered == open.entered);
    CHECK(core_of(breaker).hold(period_of(breaker), time.now() + 1h));
    CHECK(breaker.info().retry_after == 1h);
}

TEST_CASE("what a tripper throws about the calls of all is reported, and opens nothing") {
    struct Throws : tripper_base {
        bool operator()(const CallContext& context) const {
            if (context.metric.total_count > 50) {
                throw std::runtime_error{"no"};
            }
            return false;
        }
    };
    int reported = 0;
    CircuitBreaker breaker{CountWindow{10}, Throws{},
                           Listeners{}.on_error([&](const std::exception_ptr&) { ++reported; })};
    CHECK(!core_of(breaker).judge(period_of(breaker), calls(100, 0)));
    CHECK(reported == 1);
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("an opening that the calls of all ask for needs its place in the budget of open ones") {
    KeyedBreakers hosts{[](std::string_view, OpenBudget budget) {
                            return CircuitBreaker{MinRequests{10} & FailureRate{0.5}, Cooldown{1h},
                                                  std::move(budget)};
                        },
                        MaxOpen{0.5}};
    const auto judge = [&](const char* key) {
        auto& breaker = *hosts[key];
        return core_of(breaker).judge(period_of(breaker), calls(10, 10)).has_value();
    };
    CHECK(judge("a"));
    CHECK_FALSE(judge("b"));
    CHECK(hosts["b"]->info().state == State::closed);
    CHECK(hosts.statistics().refused_openings == 1);
}

TEST_CASE("transitions of shared circuits are counted") {
    Registry registry;
    const detail::TransitionCounts counts{registry};
    CircuitBreaker breaker{Name{"shared"}, Registered{registry}};
    for (const State state : {State::open, State::closed, State::disabled, State::metrics_only,
                              State::forced_open, State::closed}) {
        CHECK(core_of(breaker).impose(period_of(breaker), state, 1s, 0));
    }
    const auto found = registry.find("shared");
    REQUIRE(found);
    const auto of_breaker = counts.of(*found);
    CHECK(std::accumulate(of_breaker.begin(), of_breaker.end(), std::uint64_t{0}) == 6);
}
