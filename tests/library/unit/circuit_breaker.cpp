// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/fluxgate.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};

int succeed() {
    return 1;
}
int fail() {
    throw Down{};
}

/// What a caller is told of a call that is to fail.
template <class Breaker>
std::string failing_call(Breaker& breaker) {
    try {
        breaker.call(fail);
    } catch (const Down&) {
        return "ran";
    } catch (const CallNotPermittedError&) {
        return "rejected";
    }
    return "returned";
}

template <class Breaker>
State state_of(Breaker& breaker) {
    return breaker.info().state;
}

}  // namespace

// ---- States -------------------------------------------------------------------------------------

TEST_CASE("a circuit opens, rejects, tries again and closes") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{2}, Cooldown{10s}, permits::All{}};
    CHECK(breaker.call(succeed) == 1);
    CHECK(failing_call(breaker) == "ran");
    CHECK(state_of(breaker) == State::closed);
    CHECK(failing_call(breaker) == "ran");
    CHECK(state_of(breaker) == State::open);
    CHECK(failing_call(breaker) == "rejected");
    time.advance(9999ms);
    CHECK(failing_call(breaker) == "rejected");
    time.advance(1ms);
    CHECK(state_of(breaker) == State::open);
    CHECK(breaker.call(succeed) == 1);
    CHECK(state_of(breaker) == State::closed);
}

TEST_CASE("a success may trip a circuit, when it makes the calls enough") {
    CircuitBreaker breaker{CountWindow{10}, MinRequests{3} & FailureRate{0.5}};
    failing_call(breaker);
    failing_call(breaker);
    CHECK(state_of(breaker) == State::closed);
    breaker.call(succeed);
    CHECK(state_of(breaker) == State::open);
}

TEST_CASE("a failed trial opens the circuit again, and counts as a reopen") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Backoff{1s, 2, 10s},
                           permits::All{}};
    failing_call(breaker);
    CHECK(breaker.info().reopens == 0);
    time.advance(1s);
    failing_call(breaker);
    CHECK(state_of(breaker) == State::open);
    CHECK(breaker.info().reopens == 1);
    time.advance(1999ms);
    CHECK(failing_call(breaker) == "rejected");
    time.advance(1ms);
    breaker.call(succeed);
    CHECK(state_of(breaker) == State::closed);
    CHECK(breaker.info().reopens == 0);
}

TEST_CASE("a half-open circuit stays so until its tripper is content, or is not") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, CountWindow{10},
                           (Closed{} & FailureStreak{1}) | (HalfOpened{} & FailureRate{0.6}),
                           Cooldown{1s}, permits::All{}};
    failing_call(breaker);
    time.advance(1s);
    auto first = breaker.try_acquire();
    auto second = breaker.try_acquire();
    REQUIRE((first && second));
    CHECK(state_of(breaker) == State::half_open);
    first->failed();
    CHECK(state_of(breaker) == State::open);
    second->succeeded();
    CHECK(state_of(breaker) == State::open);
}

TEST_CASE("a permit that says no rejects a trial call, and names the state") {
    testing::VirtualTime time;
    time.draws(0.7);
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{1s},
                           RampUp{0.5, 1.0, 10s}};
    failing_call(breaker);
    time.advance(1s);
    const auto refused = breaker.try_call(succeed);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == Rejection{State::half_open});
    CHECK(state_of(breaker) == State::half_open);
    time.advance(5s);
    CHECK(breaker.try_call(succeed));
    CHECK(state_of(breaker) == State::closed);
}

TEST_CASE("a rejection tells how long the circuit will stay open") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{10s}};
    failing_call(breaker);
    time.advance(4s);
    CHECK(breaker.try_call(succeed).error() == Rejection{State::open, 6s});
    breaker.force_open();
    CHECK(breaker.try_call(succeed).error() == Rejection{State::forced_open});
}

TEST_CASE("a circuit that never retries stays open to the end of time, and does not say when") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Never{}};
    failing_call(breaker);
    CHECK(breaker.try_call(succeed).error() == Rejection{State::open});
    time.advance(std::chrono::nanoseconds::max() - time.now().time_since_epoch() - 1ns);
    CHECK(breaker.try_call(succeed).error() == Rejection{State::open});
}

TEST_CASE("a wait beyond the end of time does not overflow") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1},
                           Cooldown{std::chrono::nanoseconds::max() - 1ns}};
    failing_call(breaker);
    CHECK(failing_call(breaker) == "rejected");
}

TEST_CASE("a circuit without a wait is tried by the next call") {
    CircuitBreaker breaker{FailureStreak{1}, Always{}, permits::All{}};
    failing_call(breaker);
    CHECK(state_of(breaker) == State::open);
    CHECK(breaker.call(succeed) == 1);
    CHECK(state_of(breaker) == State::closed);
}

// ---- Commands -----------------------------------------------------------------------------------

TEST_CASE("operators' commands do what their states say") {
    CircuitBreaker breaker{FailureStreak{1}};
    breaker.metrics_only();
    for (int i = 0; i < 5; ++i) {
        CHECK(failing_call(breaker) == "ran");
    }
    CHECK(state_of(breaker) == State::metrics_only);
    CHECK(breaker.info().metrics.failure_count == 5);

    breaker.disable();
    CHECK(failing_call(breaker) == "ran");
    CHECK(state_of(breaker) == State::disabled);
    CHECK(breaker.info().metrics.total_count == 0);

    breaker.force_open();
    CHECK(failing_call(breaker) == "rejected");
    CHECK(state_of(breaker) == State::forced_open);

    breaker.reset();
    CHECK(breaker.call(succeed) == 1);
    CHECK(state_of(breaker) == State::closed);
}

TEST_CASE("a circuit is opened for as long as it is told") {
    testing::VirtualTime time;
    std::vector<Signal> signals;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Backoff{10s}, permits::All{},
                           Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    breaker.open_for(3s);
    CHECK(signals.back().new_state == State::open);
    CHECK(signals.back().reason == Reason::command);
    CHECK(breaker.try_call(succeed).error().retry_after == 3s);
    time.advance(3s);
    CHECK(failing_call(breaker) == "ran");
    CHECK(breaker.info().reopens == 1);
    time.advance(20s);
    REQUIRE(breaker.try_acquire());
    REQUIRE(state_of(breaker) == State::half_open);

    breaker.open_for(1s);
    CHECK(breaker.info().reopens == 1);
    breaker.force_open();
    breaker.open_for(std::chrono::nanoseconds::max());
    CHECK_FALSE(breaker.try_call(succeed).error().retry_after.has_value());

    CHECK(error_of([&] { breaker.open_for(0s); }) ==
          "fluxgate: open_for's duration must be above 0 s and at most 292 years, but is 0 s");
    CHECK(breaker.info().reopens == 1);
    CHECK(signals.size() == 7);
}

TEST_CASE("a retry is told of the outage, and of the calls before it") {
    struct Told : retry_base {
        std::vector<RetryContext>* contexts;
        std::chrono::nanoseconds wait(const RetryContext& context) const {
            contexts->push_back(context);
            return 1s;
        }
    };
    const auto contexts_of = [](auto window) {
        testing::VirtualTime time;
        std::vector<RetryContext> contexts;
        CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{2}, window, permits::All{},
                               Told{{}, &contexts}};
        time.advance(1500ms);
        for (int i = 0; i != 4; ++i) {
            breaker.call(succeed);
        }
        failing_call(breaker);
        failing_call(breaker);
        for (int reopens = 1; reopens != 3; ++reopens) {
            time.advance(2s);
            failing_call(breaker);
            time.advance(500ms);
            failing_call(breaker);
        }
        breaker.open_for(1s);
        breaker.reset();
        breaker.force_open();
        time.advance(30s);
        breaker.metrics_only();
        time.advance(100s);
        for (int i = 0; i != 60; ++i) {
            breaker.call(succeed);
        }
        breaker.reset();
        failing_call(breaker);
        failing_call(breaker);
        return contexts;
    };

    const auto contexts = contexts_of(TimeWindow{10s});
    REQUIRE(contexts.size() == 4);
    CHECK(contexts[0].since_opened == 0s);
    CHECK(contexts[0].calls_per_second == 4.0);
    CHECK(contexts[1].since_opened == 2500ms);
    CHECK(contexts[1].reopens == 1);
    CHECK(contexts[2].since_opened == 5s);
    CHECK(contexts[2].reopens == 2);
    CHECK(contexts[2].calls_per_second == 4.0);
    CHECK(contexts[3].since_opened == 0s);
    CHECK(contexts[3].reopens == 0);
    CHECK_FALSE(contexts[3].calls_per_second.has_value());

    CHECK_FALSE(contexts_of(CountWindow{10})[1].calls_per_second.has_value());
    CHECK(contexts_of(CountWindow{10})[1].since_opened == 2500ms);
}

TEST_CASE("calls a second are by the time that a window covers, once it is full") {
    struct Told : retry_base {
        std::optional<double>* calls_per_second;
        std::chrono::nanoseconds wait(const RetryContext& context) const {
            *calls_per_second = context.calls_per_second;
            return 1s;
        }
    };
    testing::VirtualTime time;
    std::optional<double> calls_per_second;
    CircuitBreaker breaker{testing::Virtual{time}, TimeWindow{4s}, Told{{}, &calls_per_second}};
    for (int i = 0; i != 200; ++i) {
        time.advance(100ms);
        breaker.call(succeed);
    }
    time.advance(500ms);
    breaker.open_for(1s);
    CHECK_FALSE(calls_per_second.has_value());
    breaker.reset();

    CircuitBreaker other{testing::Virtual{time}, TimeWindow{4s}, Told{{}, &calls_per_second},
                         FailureStreak{1}};
    for (int i = 0; i != 200; ++i) {
        time.advance(100ms);
        other.call(succeed);
    }
    time.advance(50ms);
    failing_call(other);
    // The buckets of three whole seconds and 550 ms: 30 + 6 calls and the failure.
    REQUIRE(calls_per_second.has_value());
    CHECK(*calls_per_second == 37 / 3.55);
}

TEST_CASE("a retry is told the calls a second at the beginning of a clock, too") {
    struct Earliest : environment_base {
        using Mutex = std::mutex;
        std::chrono::nanoseconds* since_begin;

        explicit Earliest(std::chrono::nanoseconds& time) : since_begin{&time} {}
        std::chrono::steady_clock::time_point now() const {
            return std::chrono::steady_clock::time_point::min() + *since_begin;
        }
        std::chrono::system_clock::time_point wall_clock() const { return {}; }
        double uniform() const { return 0.5; }
    };
    struct Told : retry_base {
        std::optional<double>* calls_per_second;

        explicit Told(std::optional<double>& told) : calls_per_second{&told} {}
        std::chrono::nanoseconds wait(const RetryContext& context) const {
            *calls_per_second = context.calls_per_second;
            return 1s;
        }
    };
    std::chrono::nanoseconds time{};
    std::optional<double> calls_per_second;
    CircuitBreaker breaker{Earliest{time}, TimeWindow{4s}, Told{calls_per_second},
                           FailureStreak{5}};
    time += 500ms;
    for (int call = 0; call < 5; ++call) {
        breaker.try_acquire().value().failed();
    }
    REQUIRE(calls_per_second.has_value());
    CHECK(*calls_per_second == 10.0);
}

TEST_CASE("a failure score opens by what failures add and successes take away") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, TimeWindow{10s}, FailureScore{3.0, 0.0, 1.0},
                           Cooldown{1s}, permits::All{}};
    const auto call = [&](std::string_view outcomes) {
        for (const char outcome : outcomes) {
            auto permission = breaker.try_acquire().value();
            outcome == 'f' ? permission.failed() : permission.succeeded();
        }
    };
    call("ssssffssff");
    CHECK(state_of(breaker) == State::closed);
    time.advance(1min);
    CHECK(breaker.info().metrics.total_count == 0);
    call("f");
    CHECK(state_of(breaker) == State::open);

    time.advance(1s);
    call("s");
    CHECK(state_of(breaker) == State::closed);
    call("ff");
    CHECK(state_of(breaker) == State::closed);
}

TEST_CASE("a command begins anew also in the state it finds") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{3}};
    failing_call(breaker);
    failing_call(breaker);
    time.advance(5s);
    breaker.reset();
    CHECK(breaker.info().metrics.total_count == 0);
    CHECK(breaker.info().changed_at.time_since_epoch() == 1'000'005s);
    failing_call(breaker);
    failing_call(breaker);
    CHECK(state_of(breaker) == State::closed);
    failing_call(breaker);
    CHECK(state_of(breaker) == State::open);
}

TEST_CASE("an outcome counts in the period that granted its call, and in no other") {
    CircuitBreaker breaker{FailureStreak{1}};
    auto stale = breaker.try_acquire();
    REQUIRE(stale);
    breaker.force_open();
    breaker.reset();  // closed again, but later
    stale->failed();
    CHECK(state_of(breaker) == State::closed);
    CHECK(breaker.info().metrics.total_count == 0);

    breaker.call([&] { breaker.reset(); });
    CHECK(breaker.info().metrics.total_count == 0);
}

// ---- What is counted ----------------------------------------------------------------------------

TEST_CASE("exceptions that the tracker does not count are neutral") {
    CircuitBreaker breaker{~TypeOf<std::invalid_argument>{}, FailureStreak{2}};
    failing_call(breaker);
    CHECK_THROWS_AS(breaker.call([] { throw std::invalid_argument{"mine"}; }),
                    std::invalid_argument);
    CHECK(breaker.info().metrics.total_count == 1);
    failing_call(breaker);
    CHECK(state_of(breaker) == State::open);
}

TEST_CASE("a result can be a failure, and still reaches the caller") {
    CircuitBreaker breaker{Result{[](int status) { return status >= 500; }}, FailureStreak{2}};
    CHECK(breaker.call([] { return 503; }) == 503);
    CHECK(breaker.call([] { return 200; }) == 200);
    CHECK(breaker.info().metrics.failure_count == 1);
    CHECK(failing_call(breaker) == "ran");
    CHECK(breaker.info().metrics.failure_count == 2);
}

TEST_CASE("throws that are no std::exception count too, and go through untouched") {
    CircuitBreaker all{FailureStreak{1}};
    CHECK_THROWS_AS(all.call([] { throw 42; }), int);
    CHECK(state_of(all) == State::open);

    CircuitBreaker typed{TypeOf<int>{}, FailureStreak{1}};
    CHECK_THROWS_AS(typed.call([] { throw 42L; }), long);
    CHECK(state_of(typed) == State::closed);
    CHECK_THROWS_AS(typed.call([] { throw 42; }), int);
    CHECK(state_of(typed) == State::open);
}

TEST_CASE("durations are measured where a policy asks, failures included") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, MinRequests{2} & SlowRate{1.0, 1s}};
    const auto take_a_second = [&](bool throws) {
        time.advance(1s);
        if (throws) {
            throw Down{};
        }
    };
    breaker.call(take_a_second, false);
    CHECK(breaker.info().metrics.slow_rate(1s) == 1.0);
    CHECK_FALSE(breaker.info().metrics.avg_duration());
    CHECK_THROWS_AS(breaker.call(take_a_second, true), Down);
    CHECK(state_of(breaker) == State::open);
}

TEST_CASE("a time window forgets also while no call comes") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, TimeWindow{10s}, FailureStreak{99}};
    failing_call(breaker);
    const auto& seen = breaker;
    CHECK(seen.info().metrics.failure_count == 1);
    time.advance(10s);
    CHECK(seen.info().metrics.total_count == 0);
}

TEST_CASE("no clock is read where no policy asks for time") {
    struct Counting : environment_base {
        using Mutex = std::mutex;
        int* readings;
        explicit Counting(int& count) : readings{&count} {}
        std::chrono::steady_clock::time_point now() const noexcept {
            ++*readings;
            return {};
        }
        std::chrono::system_clock::time_point wall_clock() const noexcept { return {}; }
        double uniform() const noexcept { return 0.0; }
    };
    int none = 0;
    CircuitBreaker untimed{Counting{none}, FailureStreak{2}};
    untimed.call(succeed);
    failing_call(untimed);
    CHECK(none == 0);

    int one = 0;
    CircuitBreaker by_time{Counting{one}, TimeWindow{10s}, FailureStreak{2}};
    by_time.call(succeed);
    CHECK(one == 1);

    int two = 0;
    CircuitBreaker timed{Counting{two}, SlowRate{0.5, 1s}};
    timed.call(succeed);
    CHECK(two == 2);
}

// ---- Users' own policies ------------------------------------------------------------------------

namespace {

/// The totals since the last reset, and the duration of the latest call.
struct CallCounts : window_base {
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    std::chrono::nanoseconds latest{};

    void record(const Record& record) {
        ++calls;
        failures += record.success ? 0 : 1;
        latest = record.duration;
    }
    [[nodiscard]] MetricView metric() const {
        return {.total_count = calls, .failure_count = failures, .total_duration = latest};
    }
    void reset() { *this = {}; }
};

struct TwoFailures : tripper_base {
    bool operator()(const CallContext& context) const { return context.metric.failure_count >= 2; }
};

struct Seconds : retry_base {
    [[nodiscard]] std::chrono::nanoseconds wait(std::uint32_t reopens, double) const {
        return std::chrono::seconds{3 + reopens};
    }
};

struct OneTry : permit_base {
    std::shared_ptr<int> left = std::make_shared<int>(1);
    bool operator()(std::chrono::nanoseconds, double) const { return (*left)-- > 0; }
};

}  // namespace

TEST_CASE("every policy can be the user's own") {
    testing::VirtualTime time;
    CircuitBreaker breaker{OneTry{}, TwoFailures{}, CallCounts{}, testing::Virtual{time},
                           Seconds{}};
    failing_call(breaker);
    CHECK_THROWS_AS(breaker.call([&] {
        time.advance(2s);
        throw Down{};
    }),
                    Down);
    CHECK(state_of(breaker) == State::open);
    CHECK(breaker.try_call(succeed).error().retry_after == 3s);
    time.advance(3s);
    auto trial = breaker.try_acquire();
    REQUIRE(trial);
    CHECK_FALSE(breaker.try_acquire());
    trial->succeeded();
    CHECK(state_of(breaker) == State::closed);
}

TEST_CASE("a tracker, tripper, window or permit that throws is no failure of the call") {
    std::vector<std::string> reported;
    const auto report = [&](const std::exception_ptr& pointer) {
        try {
            std::rethrow_exception(pointer);
        } catch (const std::exception& error) {
            reported.emplace_back(error.what());
        }
    };

    SECTION("a tracker asked about an exception: the call's own goes on") {
        CircuitBreaker breaker{Custom{[](const Down&) -> bool { throw std::logic_error{"bug"}; }},
                               FailureStreak{1}, Listeners{}.on_error(report)};
        CHECK(failing_call(breaker) == "ran");
        CHECK(breaker.info().metrics.total_count == 0);
        CHECK(reported == std::vector<std::string>{"bug"});
    }
    SECTION("a tracker asked about a result: its error goes to the caller") {
        CircuitBreaker breaker{Result{[](int) -> bool { throw std::logic_error{"bug"}; }},
                               FailureStreak{1}, Listeners{}.on_error(report)};
        CHECK_THROWS_AS(breaker.call(succeed), std::logic_error);
        CHECK(state_of(breaker) == State::closed);
        CHECK(breaker.info().metrics.total_count == 0);
        CHECK(reported.empty());
    }
    SECTION("a tripper: the outcome is recorded, and the circuit stays as it is") {
        struct Buggy : tripper_base {
            bool operator()(const CallContext&) const { throw std::logic_error{"bug"}; }
        };
        CircuitBreaker breaker{Buggy{}, Listeners{}.on_error(report)};
        CHECK(failing_call(breaker) == "ran");
        CHECK(breaker.call(succeed) == 1);
        CHECK(breaker.info().metrics.total_count == 2);
        CHECK(reported == std::vector<std::string>{"bug", "bug"});
    }
    SECTION("a window: the outcome is lost, and reported") {
        struct Buggy : CallCounts {
            void record(const Record&) { throw std::logic_error{"full"}; }
        };
        CircuitBreaker breaker{Buggy{}, Listeners{}.on_error(report)};
        CHECK(breaker.call(succeed) == 1);
        CHECK(reported == std::vector<std::string>{"full"});
    }
    SECTION("a permit: its error goes to the caller, and the call is not run") {
        struct Buggy : permit_base {
            bool operator()(std::chrono::nanoseconds, double) const {
                throw std::logic_error{"bug"};
            }
        };
        CircuitBreaker breaker{Buggy{}, FailureStreak{1}, Always{}, Listeners{}.on_error(report)};
        failing_call(breaker);
        CHECK_THROWS_AS(breaker.call(succeed), std::logic_error);
        CHECK(state_of(breaker) == State::half_open);
        CHECK(breaker.call_with_fallback(succeed, [] { return 7; }) == 7);
    }
}

// ---- Construction -------------------------------------------------------------------------------

TEST_CASE("policies come in any order, and what is not named is the default") {
    using Default = CircuitBreaker<>;
    static_assert(std::is_same_v<decltype(CircuitBreaker{}), Default>);
    static_assert(
        std::is_same_v<Default, CircuitBreaker<CountWindow, trackers::All,
                                               decltype(MinRequests{1} & FailureRate{0.5}),
                                               Cooldown, RampUp, Threaded>>);
    static_assert(
        std::is_same_v<decltype(CircuitBreaker{Cooldown{5s}, CountWindow{5}, SingleThreaded{}}),
                       decltype(CircuitBreaker{SingleThreaded{}, CountWindow{5}, Cooldown{5s}})>);
    static_assert(!std::is_copy_constructible_v<Default>);
    static_assert(!std::move_constructible<Default>);
    static_assert(!std::is_copy_assignable_v<Default>);
    static_assert(!std::is_move_assignable_v<Default>);
    SUCCEED("at compile time");
}

TEST_CASE("the explicit form takes some of its policies, and makes the others") {
    CircuitBreaker<CountWindow, trackers::All, FailureStreak, Cooldown, permits::All> breaker{
        Cooldown{5s}, FailureStreak{1}};
    failing_call(breaker);
    const auto wait = breaker.try_call(succeed).error().retry_after;
    REQUIRE(wait);
    CHECK(*wait > 4s);
    CHECK(*wait <= 5s);
}

TEST_CASE("by default half of a hundred calls opens for a minute") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}};
    for (int i = 0; i < 50; ++i) {
        breaker.call(succeed);
    }
    for (int i = 0; i < 49; ++i) {
        failing_call(breaker);
    }
    CHECK(state_of(breaker) == State::closed);
    failing_call(breaker);
    CHECK(state_of(breaker) == State::open);
    time.advance(59s);
    CHECK(failing_call(breaker) == "rejected");
    time.advance(1s);
    time.draws(0.11);
    CHECK(failing_call(breaker) == "rejected");
    time.draws(0.09);
    CHECK(breaker.call(succeed) == 1);
}

TEST_CASE("a breaker is a member of a class that names its type") {
    class Client {
    public:
        int get() { return breaker_.call(succeed); }

    private:
        CircuitBreaker<CountWindow, trackers::All, FailureStreak, Backoff> breaker_{
            FailureStreak{5}, Backoff{1s}, Listeners{[](const Signal&) {}}};
    };
    Client client;
    CHECK(client.get() == 1);
}

namespace {

struct Service {
    std::string url;
    CircuitBreaker<> breaker;
};
struct AsyncService {
    std::string url;
    AsyncCircuitBreaker<> breaker;
};

CircuitBreaker<> made_by_a_function() {
    return {};
}

}  // namespace

TEST_CASE(
    "a breaker is a member of an aggregate, an element of an array, and what a function makes") {
    Service service{"http://a", {}};
    CHECK(service.breaker.call([] { return 1; }) == 1);
    AsyncService async{"http://a", {}};
    CHECK(async.breaker.try_acquire());
    std::array<CircuitBreaker<>, 3> breakers{};
    CHECK(breakers[2].call([] { return 1; }) == 1);
    CircuitBreaker<> table[2] = {};
    CHECK(table[1].call([] { return 1; }) == 1);
    auto made = made_by_a_function();
    CHECK(made.call([] { return 1; }) == 1);
    static_assert(!std::is_convertible_v<Cooldown, CircuitBreaker<>>);
}

TEST_CASE("info tells how long the circuit stays open, and why it is in its state") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{10s}, permits::All{}};
    CHECK_FALSE(breaker.info().retry_after);
    CHECK_FALSE(breaker.info().last_reason);
    breaker.call_with_fallback([] { throw 1; }, [] {});
    CHECK(breaker.info().retry_after == 10s);
    CHECK(breaker.info().last_reason == Reason::tripped);
    time.advance(4s);
    CHECK(breaker.info().retry_after == 6s);
    time.advance(1h);
    // No call has come: the circuit is open still.
    CHECK(breaker.info().state == State::open);
    CHECK(breaker.info().retry_after == 0s);
    breaker.call([] {});
    CHECK_FALSE(breaker.info().retry_after);
    CHECK(breaker.info().last_reason == Reason::recovered);
    breaker.force_open();
    CHECK_FALSE(breaker.info().retry_after);
    CHECK(breaker.info().last_reason == Reason::command);
}

TEST_CASE("info tells no wait where it never ends") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Never{}};
    breaker.call_with_fallback([] { throw 1; }, [] {});
    CHECK(breaker.info().state == State::open);
    CHECK_FALSE(breaker.info().retry_after);
    CHECK(breaker.info().last_reason == Reason::tripped);
}
