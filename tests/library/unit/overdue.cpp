// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls that are not settled in time.

#include "catch.hpp"
#include "error_of.hpp"
#include "spawn.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

/// Counts, of what a breaker holds, calls and failures.
template <class Breaker>
std::pair<std::uint64_t, std::uint64_t> counts_of(Breaker& breaker) {
    const Metrics metrics = breaker.info().metrics;
    return {metrics.total_count, metrics.failure_count};
}

using Counts = std::pair<std::uint64_t, std::uint64_t>;

/// Virtual time whose cheap clock is behind, by as much as it says at most.
struct Behind : Virtual {
    static constexpr std::chrono::nanoseconds coarse_error = 20ms;
    std::chrono::nanoseconds* lag;
    Behind(VirtualTime& time, std::chrono::nanoseconds& by) : Virtual{time}, lag{&by} {}
    [[nodiscard]] auto coarse_now() const { return now() - *lag; }
};

}  // namespace

TEST_CASE("a call that is overdue fails before it returns, and counts once") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, CountWindow{10}, FailureStreak{3}, Overdue{320ms}};
    auto hanging = breaker.try_acquire();
    auto in_time = breaker.try_acquire();
    time.advance(319ms);
    CHECK(counts_of(breaker) == Counts{0, 0});
    in_time->succeeded();
    time.advance(41ms);
    CHECK(counts_of(breaker) == Counts{2, 1});
    hanging->succeeded();
    CHECK(counts_of(breaker) == Counts{2, 1});
    CHECK(hanging->settled());
}

TEST_CASE("a service that hangs opens the circuit although no call has come back") {
    VirtualTime time;
    std::vector<Signal> signals;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{3}, Cooldown{1s}, Overdue{1s},
                           Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    std::vector<decltype(breaker)::Permission> calls;
    for (int i = 0; i != 4; ++i) {
        calls.push_back(std::move(breaker.try_acquire().value()));
        time.advance(10ms);
    }
    time.advance(1s);
    CHECK(signals.empty());
    SECTION("a look finds it") {
        CHECK(breaker.info().state == State::open);
    }
    SECTION("a call finds it") {
        CHECK_FALSE(breaker.try_acquire());
    }
    SECTION("an outcome finds it") {
        calls.back().succeeded();
    }
    SECTION("an exception finds it") {
        CHECK_THROWS_AS(breaker.call([] { throw std::runtime_error{""}; }), CallNotPermittedError);
    }
    REQUIRE(signals.size() == 1);
    CHECK(signals[0].reason == Reason::overdue);
    CHECK(signals[0].metrics.failure_count == 3);
    calls.clear();
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("a call that comes back late has failed, although nobody has looked") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, KeepDurations{CountWindow{10}}, Overdue{1s}};
    breaker.call([&] { time.advance(999ms); });
    CHECK(counts_of(breaker) == Counts{1, 0});
    breaker.call([&] { time.advance(5s); });
    CHECK(counts_of(breaker) == Counts{2, 1});
    CHECK(breaker.info().metrics.total_duration == 1999ms);
    CHECK_THROWS_AS(breaker.call([&] {
        time.advance(5s);
        throw std::runtime_error{""};
    }),
                    std::runtime_error);
    CHECK(counts_of(breaker) == Counts{3, 2});
}

TEST_CASE("a call is overdue no earlier than it should be, and an eighth of the threshold late") {
    for (const auto lag : {0ns, std::chrono::nanoseconds{7ms}, std::chrono::nanoseconds{20ms}}) {
        for (const std::chrono::nanoseconds threshold : {100ms, 440ms, 500ms, 1000ms}) {
            for (const auto step : {1ms, 3ms, 16ms, 40ms}) {
                std::chrono::nanoseconds behind = lag;
                VirtualTime time;
                CircuitBreaker breaker{Behind{time, behind}, TimeWindow{100s}, FailureStreak{1000},
                                       Overdue{threshold}};
                // Calls that come often and go at once, with one among them that hangs.
                for (int round = 0; round != 20; ++round) {
                    breaker.call([] {});
                    time.advance(step);
                }
                behind = 0ns;
                const auto hanging = breaker.try_acquire();
                const auto began = time.now();
                behind = lag;
                std::optional<std::chrono::nanoseconds> overdue_after;
                while (!overdue_after) {
                    time.advance(1ms);
                    const auto now = time.now();
                    const bool looks = (now - began) % step == 0ns;
                    if (looks) {
                        breaker.call([] {});
                        // The clock may come nearer, too: only what the calls see is looked at.
                        if (const std::uint64_t failures = breaker.info().metrics.failure_count;
                            failures != 0) {
                            overdue_after = now - began;
                        }
                    }
                }
                INFO(threshold.count() << ' ' << lag.count() << ' ' << step.count());
                CHECK(*overdue_after >= threshold);
                CHECK(*overdue_after <= threshold + threshold / 8 + step);
            }
        }
    }
}

TEST_CASE("calls alone find what is overdue, an eighth of the threshold late at most") {
    for (const auto lag : {0ns, std::chrono::nanoseconds{20ms}}) {
        std::chrono::nanoseconds behind = lag;
        VirtualTime time;
        std::optional<std::chrono::steady_clock::time_point> opened;
        CircuitBreaker breaker{Behind{time, behind}, TimeWindow{100s}, FailureStreak{1},
                               Overdue{500ms},
                               Listeners{[&](const Signal&) { opened = time.now(); }}};
        const auto hanging = breaker.try_acquire();
        const auto began = time.now();
        while (!opened) {
            time.advance(1ms);
            if (const auto quick = breaker.try_acquire()) {
            }
        }
        CHECK(*opened - began >= 500ms);
        CHECK(*opened - began <= 562500us);
    }
}

TEST_CASE("calls of before a transition are not overdue after it") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, CountWindow{10}, Overdue{1s}};
    const auto hanging = breaker.try_acquire();
    breaker.reset();
    const auto other = breaker.try_acquire();
    time.advance(2s);
    CHECK(counts_of(breaker) == Counts{1, 1});

    breaker.metrics_only();
    const auto third = breaker.try_acquire();
    time.advance(2s);
    CHECK(counts_of(breaker) == Counts{1, 1});

    breaker.disable();
    auto fourth = breaker.try_acquire();
    time.advance(2s);
    CHECK(counts_of(breaker) == Counts{0, 0});
    breaker.reset();
    fourth->failed();
    time.advance(2s);
    CHECK(counts_of(breaker) == Counts{0, 0});
}

TEST_CASE("a call that comes to no outcome is not overdue") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, CountWindow{10}, Overdue{1s}, TypeOf<std::logic_error>{}};
    {
        const auto dropped = breaker.try_acquire();
    }
    CHECK_THROWS_AS(breaker.call([] { throw std::runtime_error{"neutral"}; }), std::runtime_error);
    struct Fragile : tracker_base {
        bool counts_result(int) const { throw std::logic_error{"fragile"}; }
    };
    CircuitBreaker fragile{Virtual{time}, CountWindow{10}, Overdue{1s}, Fragile{}};
    CHECK_THROWS_AS(fragile.call([] { return 1; }), std::logic_error);
    AsyncCircuitBreaker async{Virtual{time}, CountWindow{10}, Overdue{1s}};
    {
        BasicSemaphore<std::mutex> gate{0};
        const Spawned cancelled{
            async.call([&]() -> Task<> { static_cast<void>(co_await gate.acquire()); })};
    }
    time.advance(2s);
    CHECK(counts_of(breaker) == Counts{0, 0});
    CHECK(counts_of(fragile) == Counts{0, 0});
    CHECK(counts_of(async) == Counts{0, 0});
}

TEST_CASE("the shorter of lease and threshold is the lease of a trial") {
    VirtualTime time;
    const auto state_after_a_second_of_trial = [&](auto& breaker) {
        breaker.try_acquire().value().failed();
        time.advance(1s);
        const auto hanging = breaker.try_acquire();
        time.advance(1s - 1ns);
        CHECK(breaker.info().state == State::half_open);
        time.advance(1ns);
        return breaker.info().state;
    };
    CircuitBreaker shorter{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SingleTrial{5s},
                           Overdue{1s}};
    CHECK(state_after_a_second_of_trial(shorter) == State::open);

    CircuitBreaker longer{Virtual{time}, FailureStreak{1}, Cooldown{1s}, SingleTrial{1s},
                          Overdue{5s}};
    CHECK(state_after_a_second_of_trial(longer) == State::open);

    // The tripper decides, where the permit does not.
    CircuitBreaker tripper{Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{},
                           Overdue{1s}};
    CHECK(state_after_a_second_of_trial(tripper) == State::open);
}

TEST_CASE("the outcome of a call of before a transition finds a trial that is overdue") {
    VirtualTime time;
    std::vector<State> states;
    CircuitBreaker breaker{Virtual{time},
                           FailureStreak{1},
                           Cooldown{1s},
                           SingleTrial{2s},
                           Overdue{500ms},
                           Listeners{[&](const Signal& signal) {
                               states.push_back(signal.new_state); }}};
    auto stale = breaker.try_acquire().value();
    breaker.open_for(1s);
    time.advance(1s);
    const auto hanging = breaker.try_acquire().value();
    time.advance(500ms);
    stale.succeeded();
    CHECK(states == std::vector{State::open, State::half_open, State::open});
}

TEST_CASE("an awaited call may be overdue") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time}, CountWindow{10},     FailureStreak{1},
                                Cooldown{1s},  MaxHalfOpenCalls{1}, permits::All{},
                                Overdue{1s}};
    BasicSemaphore<std::mutex> gate{0};
    const auto call = [&] {
        return breaker.call([&]() -> Task<> { static_cast<void>(co_await gate.acquire()); });
    };
    const Spawned hanging{call()};
    time.advance(1100ms);
    CHECK(breaker.info().state == State::open);
    time.advance(1s);
    const Spawned trial{call()};
    CHECK(breaker.info().state == State::half_open);
    time.advance(1s);
    CHECK(breaker.info().state == State::open);
    gate.wake_all();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("as many calls as come may be overdue at once") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, CountWindow{5000}, FailureStreak{UINT32_MAX},
                           Overdue{1s}};
    std::vector<decltype(breaker)::Permission> calls;
    for (int i = 0; i != 3000; ++i) {
        calls.push_back(std::move(breaker.try_acquire().value()));
        time.advance(2ms);
    }
    time.advance(2s);
    CHECK(counts_of(breaker) == Counts{3000, 3000});
    for (auto& call : calls) {
        call.succeeded();
    }
    CHECK(counts_of(breaker) == Counts{3000, 3000});
}

TEST_CASE("a breaker of one thread watches its calls, too") {
    CircuitBreaker breaker{SingleThreaded{}, CountWindow{10}, Overdue{1ns}};
    breaker.call([] {});
    CHECK(counts_of(breaker) == Counts{1, 1});
    CircuitBreaker patient{SingleThreaded{}, CountWindow{10}, Overdue{1h}};
    patient.call([] {});
    CHECK(counts_of(patient) == Counts{1, 0});
}

TEST_CASE("a wrong threshold of overdue calls throws, naming parameter, value and range") {
    CHECK(error_of([] { Overdue{0s}; }) ==
          "fluxgate: Overdue's threshold must be above 0 s and at most 292 years, but is 0 s");
    static_assert(is_constant_expression([] { return Overdue{1s}; }));
    static_assert(!is_constant_expression([] { return Overdue{0s}; }));
}

TEST_CASE("an overdue of none is as if it was not named") {
    CircuitBreaker none{Overdue::none()};
    CircuitBreaker bare;
    static_assert(std::is_same_v<decltype(none), decltype(bare)>);
    CHECK(counts_of(none) == Counts{0, 0});
}
