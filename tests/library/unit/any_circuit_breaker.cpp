// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A breaker whose policies come from a text, and are exchanged. That it does in each of them what a
// plain breaker does, is shown by fuzz/exchanges.cpp; here is what users rely on when they change.

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

using Any = AnyCircuitBreaker<trackers::All, Virtual>;

void fail(Any& breaker, int count = 1) {
    for (int i = 0; i != count; ++i) {
        breaker.try_acquire().value().failed();
    }
}
void succeed(Any& breaker, int count = 1) {
    for (int i = 0; i != count; ++i) {
        breaker.try_acquire().value().succeeded();
    }
}

std::uint64_t calls(const Any& breaker) {
    return breaker.info().metrics.total_count;
}
std::uint64_t failures(const Any& breaker) {
    return breaker.info().metrics.failure_count;
}

/// A class that holds a breaker whose policies it does not know.
struct Client {
    AnyCircuitBreaker<> breaker;
    std::string host;
};

}  // namespace

TEST_CASE("a breaker of a text is one, and can be a member without a word of its policies") {
    STATIC_REQUIRE(std::derived_from<AnyCircuitBreaker<>,
                                     detail::CircuitBreakerOfAny<trackers::All, Threaded>>);
    Client client{.breaker = AnyCircuitBreaker{parse_policies("trip = failure_streak(2)")},
                  .host = "example.org"};
    CHECK(client.breaker.call([] { return 42; }) == 42);
    CHECK(client.breaker.try_call([] { return 42; }).value() == 42);
    CHECK(client.breaker.wrap([](int number) { return number; })(42) == 42);
    const auto failing = [] { throw std::runtime_error{"failed"}; };
    auto guarded = client.breaker.wrap(
        [&]() -> int {
            failing();
            return 0;
        },
        [] { return 7; });
    CHECK(guarded() == 7);
    CHECK(guarded() == 7);
    CHECK_THROWS_AS(client.breaker.call([] {}), CallNotPermittedError);
    CHECK(client.breaker.info().state == State::open);
}

TEST_CASE("a text that says nothing gives the defaults") {
    VirtualTime time;
    Any breaker{Policies{}, Virtual{time}};
    succeed(breaker, 50);
    fail(breaker, 49);
    CHECK(breaker.info().state == State::closed);
    fail(breaker);
    CHECK(breaker.info().state == State::open);
    CHECK(breaker.info().retry_after == 60s);
}

TEST_CASE("a tracker and listeners stay code beside the text") {
    VirtualTime time;
    std::vector<Signal> signals;
    AnyCircuitBreaker breaker{parse_policies("trip = failure_streak(1)"), Virtual{time},
                              TypeOf<std::runtime_error>{}, Name{"orders"},
                              Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    CHECK_THROWS(breaker.call([] { throw std::logic_error{"not counted"}; }));
    CHECK(breaker.info().state == State::closed);
    CHECK_THROWS(breaker.call([] { throw std::runtime_error{"counted"}; }));
    REQUIRE(signals.size() == 1);
    CHECK(signals.front().name == "orders");
}

TEST_CASE("policies tells the text in force") {
    VirtualTime time;
    const Policies first = parse_policies("trip = failure_streak(2)");
    const Policies second = parse_policies("preset = request_response(2s); wait = always");
    Any breaker{first, Virtual{time}};
    CHECK(breaker.policies() == first);
    breaker.reconfigure(second);
    CHECK(breaker.policies() == second);
    CHECK(to_string(breaker.policies()) == "preset = request_response(2s); wait = always");
}

TEST_CASE("a text that is wrong changes nothing") {
    VirtualTime time;
    const Policies first = parse_policies("trip = failure_streak(2)");
    Any breaker{first, Virtual{time}};
    CHECK_THROWS_AS(breaker.reconfigure(parse_policies("trip = failure_streak(0)")), PolicyError);
    CHECK(breaker.policies() == first);
    fail(breaker, 2);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("an open circuit keeps its state, wait and reopens, and no signal tells of an exchange") {
    VirtualTime time;
    std::vector<Signal> signals;
    AnyCircuitBreaker breaker{
        parse_policies("trip = failure_streak(1); wait = backoff(1s, 2, 1h); permit = all"),
        Virtual{time}, Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    breaker.try_acquire().value().failed();
    time.advance(1s);
    breaker.try_acquire().value().failed();
    const CircuitBreakerInfo before = breaker.info();
    REQUIRE(before.state == State::open);
    REQUIRE(before.reopens == 1);
    time.advance(500ms);
    breaker.reconfigure(parse_policies("trip = failure_streak(9); wait = cooldown(1h)"));
    const CircuitBreakerInfo after = breaker.info();
    CHECK(after.state == State::open);
    CHECK(after.reopens == 1);
    CHECK(after.changed_at == before.changed_at);
    CHECK(after.last_reason == Reason::tripped);
    CHECK(after.retry_after == 1500ms);
    CHECK(signals.size() == 3);
}

TEST_CASE(
    "a window that stays the same keeps its counts, and the tripper is asked at the next outcome") {
    VirtualTime time;
    Any breaker{parse_policies("window = count_window(10); trip = failure_streak(9)"),
                Virtual{time}};
    fail(breaker, 4);
    breaker.reconfigure(parse_policies("window = count_window(10); trip = failure_streak(3)"));
    CHECK(calls(breaker) == 4);
    CHECK(breaker.info().state == State::closed);
    fail(breaker);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a window of another size, or with a threshold that was not kept, begins empty") {
    VirtualTime time;
    const auto text = GENERATE("window = count_window(11)", "window = time_window(10s)",
                               "window = count_window(10); trip = slow_rate(0.5, 1s)",
                               "window = count_window(10); trip = avg_latency(1s)",
                               "window = keep_durations(count_window(10))");
    Any breaker{parse_policies("window = count_window(10)"), Virtual{time}};
    succeed(breaker, 3);
    breaker.reconfigure(parse_policies(text));
    CHECK(calls(breaker) == 0);
    succeed(breaker, 2);
    CHECK(calls(breaker) == 2);
}

TEST_CASE("thresholds that are dropped leave the others as they were") {
    VirtualTime time;
    const auto window = GENERATE("window = count_window(70)", "window = time_window(1h, 1min)");
    const auto text = [&](const char* trip) { return window + std::string{"; trip = "} + trip; };
    Any breaker{parse_policies(text("slow_rate(1, 1s) | slow_rate(1, 2s) | avg_latency(1h)")),
                Virtual{time}};
    for (const auto duration : {0ms, 500ms, 1000ms, 1500ms, 2500ms}) {
        auto permission = breaker.try_acquire();
        time.advance(duration);
        permission->succeeded();
    }
    fail(breaker);
    breaker.reconfigure(parse_policies(text("slow_rate(1, 2s)")));
    CHECK(calls(breaker) == 6);
    CHECK(failures(breaker) == 1);
    CHECK(breaker.info().metrics.slow == std::vector<SlowCount>{{2s, 1}});
    CHECK(!breaker.info().metrics.total_duration);
    breaker.reconfigure(parse_policies(text("failure_streak(9)")));
    CHECK(calls(breaker) == 6);
    CHECK(breaker.info().metrics.slow.empty());
    breaker.reconfigure(parse_policies(text("slow_rate(1, 1s)")));  // kept no more
    CHECK(calls(breaker) == 0);
}

TEST_CASE("slow calls leave a window whose thresholds were dropped, in their turn") {
    VirtualTime time;
    Any breaker{
        parse_policies("window = count_window(3); trip = slow_rate(1, 2s) | slow_rate(1, 1s)"),
        Virtual{time}};
    auto slow = breaker.try_acquire();
    time.advance(2s);
    slow->failed();
    breaker.reset();
    auto again = breaker.try_acquire();
    time.advance(2s);
    succeed(breaker);
    again->succeeded();
    breaker.reconfigure(parse_policies("window = count_window(3); trip = slow_rate(1, 2s)"));
    CHECK(breaker.info().metrics.slow == std::vector<SlowCount>{{2s, 1}});
    succeed(breaker, 2);
    CHECK(breaker.info().metrics.slow == std::vector<SlowCount>{{2s, 1}});
    succeed(breaker);
    CHECK(breaker.info().metrics.slow == std::vector<SlowCount>{{2s, 0}});
}

TEST_CASE("the score goes on, where both look at it") {
    VirtualTime time;
    Any breaker{parse_policies("trip = failure_score(9, 0, 0.5)"), Virtual{time}};
    fail(breaker, 3);
    succeed(breaker);
    breaker.reconfigure(parse_policies("trip = failure_score(4, 0, 1)"));
    fail(breaker);
    CHECK(breaker.info().state == State::closed);  // 3.5
    fail(breaker);
    CHECK(breaker.info().state == State::open);

    breaker.reset();
    fail(breaker, 3);
    breaker.reconfigure(parse_policies("trip = failure_streak(100)"));
    breaker.reconfigure(parse_policies("trip = failure_score(4, 0, 1)"));
    fail(breaker, 3);
    CHECK(breaker.info().state == State::closed);  // it began anew
    fail(breaker);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("calls under way and wrapped callables go on through exchanges, and count") {
    VirtualTime time;
    Any breaker{parse_policies("trip = failure_streak(3)"), Virtual{time}};
    auto wrapped = breaker.wrap([] { throw std::runtime_error{"failed"}; });
    auto first = breaker.try_acquire();
    auto second = breaker.try_acquire();
    breaker.reconfigure(parse_policies("trip = failure_streak(2)"));
    first->failed();
    breaker.reconfigure(parse_policies("trip = failure_streak(3); window = time_window(10s)"));
    second->failed();
    CHECK(breaker.info().state == State::closed);
    CHECK_THROWS_AS(wrapped(), std::runtime_error);
    CHECK(breaker.info().state == State::open);
    CHECK_THROWS_AS(wrapped(), CallNotPermittedError);
}

TEST_CASE("an outcome of an earlier state does not count after an exchange either") {
    VirtualTime time;
    Any breaker{parse_policies("trip = failure_streak(1)"), Virtual{time}};
    auto late = breaker.try_acquire();
    breaker.reset();
    breaker.reconfigure(parse_policies("trip = failure_streak(1); window = count_window(5)"));
    late->failed();
    CHECK(breaker.info().state == State::closed);
    CHECK(calls(breaker) == 0);
}

TEST_CASE("a call that was not timed begins when calls begin to be timed") {
    VirtualTime time;
    Any breaker{parse_policies("trip = failure_streak(1)"), Virtual{time}};
    auto early = breaker.try_acquire();
    time.advance(1h);
    breaker.reconfigure(
        parse_policies("trip = min_requests(9) & (slow_rate(1, 2s) | slow_rate(1, 1s))"));
    time.advance(1500ms);
    early->succeeded();
    CHECK(breaker.info().metrics.slow == std::vector<SlowCount>{{2s, 0}, {1s, 1}});
}

TEST_CASE("a call is overdue by the threshold that it began with, or not at all") {
    VirtualTime time;
    Any breaker{parse_policies("trip = failure_streak(9); overdue = 10s"), Virtual{time}};
    auto watched = breaker.try_acquire();
    breaker.reconfigure(parse_policies("trip = failure_streak(8); overdue = 10s"));
    time.advance(11s);
    CHECK(failures(breaker) == 1);  // the threshold is the same

    auto begun_before = breaker.try_acquire();
    breaker.reconfigure(parse_policies("trip = failure_streak(8); overdue = 1s"));
    auto begun_after = breaker.try_acquire();
    time.advance(2s);
    CHECK(failures(breaker) == 2);
    begun_before->succeeded();
    begun_after->succeeded();
    watched->succeeded();
    CHECK(calls(breaker) == 3);
    CHECK(failures(breaker) == 2);

    auto last = breaker.try_acquire();
    breaker.reconfigure(parse_policies("trip = failure_streak(8)"));
    time.advance(1h);
    CHECK(calls(breaker) == 3);
    last->failed();
    CHECK(failures(breaker) == 3);
}

TEST_CASE("a call that was overdue before an exchange does not count twice") {
    VirtualTime time;
    Any breaker{parse_policies("trip = failure_streak(9); overdue = 1s"), Virtual{time}};
    auto overdue = breaker.try_acquire();
    auto in_time = breaker.try_acquire();
    in_time->succeeded();
    time.advance(2s);
    REQUIRE(calls(breaker) == 2);
    breaker.reconfigure(parse_policies("trip = failure_streak(9); overdue = 5s"));
    overdue->failed();
    CHECK(calls(breaker) == 2);
}

TEST_CASE("a trial goes on through an exchange of permits") {
    VirtualTime time;
    Any breaker{parse_policies("trip = failure_streak(1); wait = always; permit = single_trial"),
                Virtual{time}};
    fail(breaker);
    auto trial = breaker.try_acquire();
    CHECK(!breaker.try_acquire());
    breaker.reconfigure(
        parse_policies("trip = failure_streak(1); wait = always; permit = trials(2)"));
    auto second = breaker.try_acquire();
    REQUIRE(second);
    CHECK(!breaker.try_acquire());
    trial->succeeded();
    CHECK(breaker.info().state == State::half_open);
    second->succeeded();
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("another permit begins the trials anew, and the same one goes on with them") {
    for (const char* const before : {"trip = min_requests(100) & failure_rate(0.5); permit = all",
                                     "permit = slow_start(8)", "permit = trials(10, 6)"}) {
        CAPTURE(before);
        VirtualTime time;
        Any breaker{parse_policies(before), Virtual{time}};
        breaker.open_for(1s);
        time.advance(1s);
        const bool judges = std::string_view{before}.find("all") == std::string_view::npos;
        for (int i = 0; i != 4; ++i) {
            judges ? succeed(breaker) : fail(breaker);
        }
        REQUIRE(breaker.info().state == State::half_open);
        breaker.reconfigure(parse_policies("permit = trials(3, 2, 1s)"));
        succeed(breaker);
        CHECK(breaker.info().state == State::half_open);
        breaker.reconfigure(parse_policies("permit = trials(3, 2, 1s); trip = failure_streak(3)"));
        succeed(breaker);
        CHECK(breaker.info().state == State::closed);
    }
}

TEST_CASE("trials under way keep their places for another permit, and count for it") {
    VirtualTime time;
    Any breaker{parse_policies("permit = trials(3)"), Virtual{time}};
    breaker.open_for(1s);
    time.advance(1s);
    auto first = breaker.try_acquire();
    auto second = breaker.try_acquire();
    REQUIRE(second);
    breaker.reconfigure(parse_policies("permit = trials(3, 2)"));
    CHECK(breaker.try_acquire());
    auto third = breaker.try_acquire();
    REQUIRE(third);
    CHECK_FALSE(breaker.try_acquire());
    first->succeeded();
    CHECK(breaker.info().state == State::half_open);
    second->succeeded();
    CHECK(breaker.info().state == State::closed);
}

TEST_CASE("totals go on, and slow is by the least threshold of the moment") {
    VirtualTime time;
    AnyCircuitBreaker breaker{parse_policies("trip = slow_rate(1, 2s)"), Virtual{time}, Totals{}};
    const auto call = [&](std::chrono::nanoseconds duration) {
        breaker.call([&] { time.advance(duration); });
    };
    call(1s);
    breaker.reconfigure(parse_policies("trip = slow_rate(1, 1s) | slow_rate(1, 2s)"));
    call(0s);
    call(1s);
    breaker.reconfigure(parse_policies("trip = failure_streak(1)"));
    call(3s);
    breaker.force_open();
    CHECK(!breaker.try_call([] {}));
    CHECK(breaker.info().totals == TotalCounts{.succeeded = 4, .rejected = 1, .slow = 1});
    CHECK(!Any(Policies{}, Virtual{time}).info().totals);
}

TEST_CASE("a breaker of a text is found in its registry, and reconfigured there by its owner") {
    Registry registry;
    AnyCircuitBreaker breaker{parse_policies("trip = failure_streak(1)"), Name{"orders"},
                              Registered{registry}};
    CHECK(registry.find("orders")->info().totals);
    breaker.reconfigure(parse_policies("trip = failure_streak(2)"));
    breaker.try_acquire().value().failed();
    CHECK(registry.find("orders")->info().state == State::closed);
}

TEST_CASE("a breaker begins in the state of its text, and an exchange moves it to another one") {
    VirtualTime time;
    std::vector<Signal> signals;
    Any breaker{parse_policies("state = disabled; trip = failure_streak(1)"), Virtual{time},
                Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    CHECK(breaker.info().state == State::disabled);
    CHECK_FALSE(breaker.info().last_reason);
    breaker.reconfigure(parse_policies("state = disabled; trip = failure_streak(2)"));
    CHECK(signals.empty());
    breaker.reconfigure(parse_policies("trip = failure_streak(1)"));
    REQUIRE(signals.size() == 1);
    CHECK(signals[0].old_state == State::disabled);
    CHECK(signals[0].new_state == State::closed);
    CHECK(signals[0].reason == Reason::command);
    fail(breaker);
    CHECK(breaker.info().state == State::open);
    breaker.reconfigure(parse_policies("trip = failure_streak(1); state = closed"));
    CHECK(breaker.info().state == State::open);  // closed is what no word about it says
    for (const auto& [text, state] :
         {std::pair{"state = forced_open", State::forced_open},
          std::pair{"state = metrics_only", State::metrics_only}, std::pair{"", State::closed}}) {
        breaker.reconfigure(parse_policies(text));
        CHECK(breaker.info().state == state);
    }

    breaker.force_open();
    const Snapshot saved = breaker.save();
    CHECK(Any(parse_policies(""), Virtual{time}, Restored{saved}).info().state ==
          State::forced_open);
    CHECK(
        Any(parse_policies("state = metrics_only"), Virtual{time}, Restored{saved}).info().state ==
        State::metrics_only);
}

TEST_CASE("an outage of a breaker that begins as forced open begins with it") {
    VirtualTime time;
    Any breaker{
        parse_policies("state = forced_open; trip = failure_streak(1); permit = all; wait = "
                       "square_root_wait(500ms, 30s, 0)"),
        Virtual{time}};
    time.advance(3s);
    breaker.open_for(1s);
    time.advance(1s);
    fail(breaker);
    CHECK(breaker.info().retry_after == 2s);
}

TEST_CASE("a breaker of a text has as many trials at once as its permit admits") {
    VirtualTime time;
    Any breaker{parse_policies("permit = all"), Virtual{time}};
    breaker.open_for(1s);
    time.advance(1s);
    std::vector<Any::Permission> trials;
    for (int i = 0; i != 100; ++i) {
        trials.push_back(breaker.try_acquire().value());
    }
    CHECK_FALSE(trials.empty());
}

TEST_CASE("a breaker of a text bounds its trials by MaxHalfOpenCalls") {
    VirtualTime time;
    AnyCircuitBreaker breaker{
        parse_policies("trip = failure_streak(1); wait = always; permit = all"), Virtual{time},
        MaxHalfOpenCalls{1}};
    breaker.try_acquire().value().failed();
    const auto trial = breaker.try_acquire();
    CHECK(!breaker.try_acquire());
}

TEST_CASE("a breaker of a text may be of one thread") {
    AnyCircuitBreaker breaker{parse_policies("trip = failure_streak(2)"), SingleThreaded{}};
    breaker.try_acquire().value().failed();
    breaker.reconfigure(parse_policies("trip = failure_streak(3)"));
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().metrics.total_count == 2);
}
