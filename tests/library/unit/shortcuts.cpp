// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Where the breaker does less than record, ask and read the clock, nobody can tell.

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>
#include <functional>

using namespace fluxgate;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

/// Counts how often it is asked.
template <bool IsPure>
struct Asked : tripper_base {
    static constexpr bool uses_durations = false;
    static constexpr bool pure = IsPure;
    explicit Asked(int& count) : times{count} {}
    bool operator()(const CallContext&) const {
        ++times.get();
        return false;
    }
    std::reference_wrapper<int> times;
};

/// Opens with the call that makes so many, failed or not.
struct Calls : tripper_base {
    static constexpr bool uses_durations = false;
    explicit Calls(std::uint64_t most) : count{most} {}
    bool operator()(const CallContext& context) const {
        return context.metric.total_count >= count;
    }
    std::uint64_t count;
};

/// Virtual time whose coarse clock is behind by as much as a test says.
class Lagging : public testing::Virtual {
public:
    static constexpr nanoseconds coarse_error = 20ms;
    Lagging(testing::VirtualTime& time, const nanoseconds& lag) : Virtual{time}, lag_{lag} {}
    [[nodiscard]] std::chrono::steady_clock::time_point coarse_now() const noexcept {
        return now() - lag_.get();
    }

private:
    std::reference_wrapper<const nanoseconds> lag_;
};

template <class Breaker>
void succeed(Breaker& breaker, int count) {
    for (int i = 0; i < count; ++i) {
        breaker.call([] {});
    }
}

}  // namespace

TEST_CASE("a pure tripper is not asked about what cannot change its answer, an impure one always") {
    int pure = 0;
    CircuitBreaker breaker{CountWindow{100}, Asked<true>{pure}};
    succeed(breaker, 1000);
    CHECK(pure == 100);
    int impure = 0;
    CircuitBreaker other{CountWindow{100}, Asked<false>{impure}};
    succeed(other, 1000);
    CHECK(impure == 1000);
}

TEST_CASE("a tripper that quick successes can move is asked about each of them") {
    CircuitBreaker breaker{CountWindow{1000}, Calls{50}};
    succeed(breaker, 49);
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().metrics.total_count == 49);
    succeed(breaker, 1);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a rate that is high enough opens with the success that makes enough calls") {
    CircuitBreaker breaker{CountWindow{100}, MinRequests{10} & FailureRate{0.5}};
    for (int i = 0; i < 6; ++i) {
        breaker.call_with_fallback([] { throw 1; }, [] {});
    }
    succeed(breaker, 3);
    CHECK(breaker.info().state == State::closed);
    succeed(breaker, 1);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("slow successes are recorded among quick ones that are not yet") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, CountWindow{100},
                           MinRequests{20} & SlowRate{0.5, 1s}};
    succeed(breaker, 30);
    for (int i = 0; i < 29; ++i) {
        breaker.call([&] { time.advance(1s); });
    }
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().metrics.total_count == 59);
    breaker.call([&] { time.advance(1s); });
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a streak is broken by a success that is not yet in the window") {
    CircuitBreaker breaker{FailureStreak{3}};
    const auto fail = [&] { breaker.call_with_fallback([] { throw 1; }, [] {}); };
    for (int i = 0; i < 10; ++i) {
        fail();
        fail();
        succeed(breaker, 1);
    }
    CHECK(breaker.info().state == State::closed);
    fail();
    fail();
    fail();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a wait ends to the nanosecond, however far behind the coarse clock is, or even ahead") {
    for (const nanoseconds lag :
         {nanoseconds{-10ms}, 0ns, 1ns, nanoseconds{10ms}, nanoseconds{20ms}}) {
        testing::VirtualTime time;
        CircuitBreaker breaker{Lagging{time, lag}, FailureStreak{1}, Cooldown{1s}, permits::All{}};
        breaker.try_acquire().value().failed();
        CHECK_FALSE(breaker.try_acquire());
        time.advance(1s - 1ns);
        CHECK_FALSE(breaker.try_acquire());
        CHECK(breaker.try_call([] {}).error().retry_after == 1ns);
        time.advance(1ns);
        CHECK(breaker.try_acquire());
    }
}

TEST_CASE("a call lies in its bucket of time, however far behind the coarse clock is") {
    for (const nanoseconds lag : {0ns, 1ns, nanoseconds{10ms}, nanoseconds{20ms}}) {
        testing::VirtualTime time;
        CircuitBreaker breaker{Lagging{time, lag}, TimeWindow{2s}, FailureStreak{1'000}};
        succeed(breaker, 3);  // in the first bucket
        time.advance(1s - 1ns);
        succeed(breaker, 4);
        time.advance(1ns);
        succeed(breaker, 5);  // in the second, at its edge
        CHECK(breaker.info().metrics.total_count == 12);
        time.advance(1s);
        CHECK(breaker.info().metrics.total_count == 5);
        succeed(breaker, 1);
        time.advance(1s - 1ns);
        CHECK(breaker.info().metrics.total_count == 6);
        time.advance(1ns);
        CHECK(breaker.info().metrics.total_count == 1);
    }
}

TEST_CASE("a window of time counts more successes than fit into the pending ones") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, TimeWindow{10s}, FailureStreak{1'000}};
    constexpr int many = (1 << 20) + 10;
    succeed(breaker, many);
    CHECK(breaker.info().metrics.total_count == many);
}

// ---- A policy that throws -----------------------------------------------------------------------

namespace {

/// Opens with the third failure in a row, and throws while it is told to.
struct Throwing : tripper_base {
    static constexpr bool uses_durations = false;
    explicit Throwing(const bool& now) : throws{now} {}
    bool operator()(const CallContext& context) const {
        if (throws) {
            throw 1;
        }
        return context.consecutive_failures >= 3;
    }
    std::reference_wrapper<const bool> throws;
};

/// Waits for an hour, and throws while it is told to.
struct ThrowingRetry : retry_base {
    explicit ThrowingRetry(const bool& now) : throws{now} {}
    nanoseconds wait(std::uint32_t, double) const { return throws ? throw 1 : nanoseconds{1h}; }
    std::reference_wrapper<const bool> throws;
};

auto ignoring_errors() {
    return Listeners{}.on_error([](std::exception_ptr) {});
}

}  // namespace

TEST_CASE("a failure of which the tripper throws leaves the window as successes replace it") {
    bool throws = false;
    CircuitBreaker breaker{CountWindow{10}, Throwing{throws}, ignoring_errors()};
    succeed(breaker, 10);  // clean
    throws = true;
    breaker.try_acquire().value().failed();
    throws = false;
    CHECK(breaker.info().metrics.failure_count == 1);

    succeed(breaker, 10);
    CHECK(breaker.info().metrics.failure_count == 0);
    breaker.try_acquire().value().failed();
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::closed);  // two in a row
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a failure that could not open the circuit is seen by the next outcome") {
    bool throws = false;
    CircuitBreaker breaker{CountWindow{10}, MinRequests{10} & FailureRate{0.1},
                           ThrowingRetry{throws}, ignoring_errors()};
    succeed(breaker, 10);  // clean
    throws = true;
    breaker.try_acquire().value().failed();
    throws = false;
    CHECK(breaker.info().state == State::closed);

    succeed(breaker, 1);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a failure of which the tripper throws is seen beside pending successes") {
    bool throws = false;
    CircuitBreaker breaker{CountWindow{10}, Throwing{throws}, ignoring_errors()};
    succeed(breaker, 10);
    breaker.try_acquire().value().failed();
    succeed(breaker, 3);  // pending
    throws = true;
    breaker.try_acquire().value().failed();
    breaker.try_acquire().value().failed();
    throws = false;
    CHECK(breaker.info().metrics.failure_count == 3);
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::open);
}
