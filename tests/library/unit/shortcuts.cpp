// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Where the breaker does less than record, ask and read the clock, nobody can tell.

#include "catch.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

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

TEST_CASE("a call lies in its bucket of other policies, however far behind the coarse clock is") {
    const nanoseconds lag = 20ms;
    testing::VirtualTime time;
    AnyCircuitBreaker breaker{parse_policies("window = time_window(2min, 1min)"),
                              Lagging{time, lag}};
    succeed(breaker, 3);  // in a bucket that ends after a minute
    breaker.reconfigure(parse_policies("window = time_window(2s, 1s)"));
    time.advance(1s + 5ms);
    succeed(breaker, 4);  // in the second second, though the coarse clock is in the first
    time.advance(1s);
    CHECK(breaker.info().metrics.total_count == 4);
    time.advance(1s);
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("a window of time counts more successes than fit into the pending ones") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, TimeWindow{10s}, FailureStreak{1'000}};
    constexpr int many = (1 << 20) + 10;
    succeed(breaker, many);
    CHECK(breaker.info().metrics.total_count == many);
}

// ---- Not enough calls yet -----------------------------------------------------------------------

namespace {

/// Counts how often a breaker takes its lock.
struct CountingLocks : Threaded {
    static inline int locks = 0;
    struct Mutex : std::mutex {
        void lock() {
            ++locks;
            std::mutex::lock();
        }
    };
};

template <class Tripper>
std::uint64_t until(const Tripper& tripper, std::uint64_t total) {
    const std::uint64_t typed = detail::successes_until_question(tripper, total);
    CHECK(detail::AnyTripper{tripper}.successes_until_question(total) == typed);
    return typed;
}

}  // namespace

TEST_CASE("successes take no lock until there are enough calls, which asks the tripper") {
    CircuitBreaker breaker{
        CountingLocks{}, CountWindow{100},
        (MinRequests{20} & FailureRate{0.9}) | (MinRequests{50} & FailureRate{0.05})};
    breaker.try_acquire().value().failed();
    breaker.try_acquire().value().failed();
    breaker.try_acquire().value().failed();
    CountingLocks::locks = 0;
    succeed(breaker, 16);
    CHECK(CountingLocks::locks == 0);
    succeed(breaker, 1);  // the twentieth
    CHECK(CountingLocks::locks == 1);
    succeed(breaker, 29);
    CHECK(CountingLocks::locks == 1);
    CHECK(breaker.info().metrics.total_count == 49);
    CHECK(breaker.info().state == State::closed);
    CountingLocks::locks = 0;
    succeed(breaker, 1);
    CHECK(CountingLocks::locks != 0);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a look takes nothing from the successes that may yet come without the lock") {
    CircuitBreaker breaker{CountingLocks{}, CountWindow{100}, MinRequests{10} & FailureRate{0.1}};
    breaker.try_acquire().value().failed();
    succeed(breaker, 3);
    CHECK(breaker.info().metrics.total_count == 4);
    CountingLocks::locks = 0;
    succeed(breaker, 5);
    CHECK(CountingLocks::locks == 0);
    CHECK(breaker.info().metrics.total_count == 9);
    CHECK(breaker.info().state == State::closed);
    succeed(breaker, 1);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a window that never holds enough calls lets all successes come without the lock") {
    CircuitBreaker breaker{CountingLocks{}, CountWindow{10}, MinRequests{11} & FailureRate{0.1}};
    breaker.try_acquire().value().failed();
    CountingLocks::locks = 0;
    succeed(breaker, 10);
    CHECK(CountingLocks::locks == 0);
    succeed(breaker, 1'000);
    CHECK(CountingLocks::locks == 1);  // which finds the window clean
    CHECK(breaker.info().metrics.failure_count == 0);
}

TEST_CASE("a tripper need not hear of the successes that bring no MinRequests to its number") {
    constexpr std::uint64_t all = detail::all_successes;
    CHECK(until(MinRequests{20}, 0) == 19);
    CHECK(until(MinRequests{20}, 18) == 1);
    CHECK(until(MinRequests{20}, 19) == 0);
    CHECK(until(MinRequests{20}, 20) == all);
    CHECK(until(FailureRate{0.5}, 3) == all);
    const auto two = FailureStreak{5} | (MinRequests{20} & FailureRate{0.5}) |
                     (MinRequests{50} & (FailureRate{0.1} | SlowRate{0.5, 1s}));
    CHECK(until(two, 0) == 19);
    CHECK(until(two, 19) == 0);
    CHECK(until(two, 20) == 29);
    CHECK(until(two, 49) == 0);
    CHECK(until(two, 50) == all);
    // Of a tripper of a user's own nothing is known below the number that it waits for.
    struct Own : count_tripper_base {
        [[nodiscard]] static constexpr std::uint64_t min_requests() noexcept { return 3; }
        bool operator()(const CallContext&) const { return false; }
    };
    CHECK(detail::successes_until_question(Own{}, 2) == 0);
    CHECK(detail::successes_until_question(Own{}, 3) == all);
    CHECK(detail::successes_until_question(Own{} & MinRequests{9}, 3) == 5);
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
