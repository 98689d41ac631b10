// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "half_open.hpp"
#include "spawn.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

void fail() {
    throw std::runtime_error{"down"};
}

template <class Breaker>
void failing_call(Breaker& breaker) {
    breaker.call_with_fallback(fail, [] {});
}

template <class Breaker>
TotalCounts totals(const Breaker& breaker) {
    return breaker.info().totals.value();
}

}  // namespace

static_assert(
    sizeof(CircuitBreaker<>) ==
    sizeof(CircuitBreaker<CountWindow, trackers::All, trippers::AllOf<MinRequests, FailureRate>,
                          Cooldown, RampUp, Threaded, BreakerOptions<>>));

TEST_CASE("a breaker counts only where it is told to") {
    CircuitBreaker silent;
    CHECK_FALSE(silent.info().totals);
    CircuitBreaker counting{Totals{}};
    CHECK(totals(counting) == TotalCounts{});
    CircuitBreaker<CountWindow, trackers::All, FailureStreak, Cooldown, RampUp, Threaded,
                   BreakerOptions<Totals>>
        written{FailureStreak{5}};
    CHECK(totals(written) == TotalCounts{});
}

TEST_CASE("every granted call counts once, by the tracker's verdict") {
    CircuitBreaker breaker{Totals{}, TypeOf<std::runtime_error>{}};
    breaker.call([] {});
    CHECK(breaker.call([] { return 1; }) == 1);
    failing_call(breaker);
    breaker.call_with_fallback([] { throw 1; }, [] {});  // does not count as a failure
    CHECK(breaker.try_call([] {}).has_value());
    breaker.try_acquire().value().succeeded();
    breaker.try_acquire().value().failed();
    static_cast<void>(breaker.try_acquire().value());  // dropped
    CHECK(totals(breaker) == TotalCounts{.succeeded = 4, .failed = 2, .neutral = 2});
}

TEST_CASE("a tracker that throws leaves a neutral call") {
    CircuitBreaker breaker{Totals{}, Result{[](const int&) -> bool { throw 1; }}};
    CHECK_THROWS_AS(breaker.call([] { return 1; }), int);
    CHECK(totals(breaker) == TotalCounts{.neutral = 1});
}

TEST_CASE("outcomes count in every state and after their period") {
    CircuitBreaker breaker{Totals{}};
    auto old = breaker.try_acquire().value();
    breaker.disable();
    breaker.call([] {});
    failing_call(breaker);
    breaker.metrics_only();
    failing_call(breaker);
    old.succeeded();
    CHECK(totals(breaker) == TotalCounts{.succeeded = 2, .failed = 2});
}

TEST_CASE("rejections count by every way to call") {
    CircuitBreaker breaker{Totals{}};
    breaker.force_open();
    CHECK_THROWS_AS(breaker.call([] {}), CallNotPermittedError);
    CHECK_FALSE(breaker.try_call([] {}).has_value());
    CHECK_FALSE(breaker.try_acquire());
    CHECK_THROWS_AS(breaker.wrap([] {})(), CallNotPermittedError);
    breaker.call_with_fallback([] {}, [] {});
    breaker.call_with_fallback([] {}, [](std::exception_ptr) {});
    breaker.call_with_fallback([] {}, [](const CallNotPermittedError&) {});
    CHECK_THROWS_AS(breaker.call_with_fallback([] {}, [](const std::bad_alloc&) {}),
                    CallNotPermittedError);
    CHECK(totals(breaker) == TotalCounts{.rejected = 8});
}

TEST_CASE("openings count, those by command too") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, Totals{}, FailureStreak{1}, Cooldown{1s},
                           permits::All{}};
    failing_call(breaker);
    time.advance(1s);
    failing_call(breaker);  // a trial
    time.advance(1s);
    breaker.call([] {});
    breaker.open_for(1s);
    breaker.force_open();
    CHECK(totals(breaker) == TotalCounts{.succeeded = 1, .failed = 2, .opened = 3});
}

TEST_CASE("a call is slow from the tripper's least threshold on, whatever becomes of it") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, Totals{},
                           FailureStreak{1} | SlowRate{1.0, 5s} | SlowRate{0.5, 2s}, permits::All{},
                           Cooldown{1s}};
    const auto lasting = [&](std::chrono::nanoseconds duration) {
        breaker.call([&] { time.advance(duration); });
    };
    lasting(2s - 1ns);
    CHECK(totals(breaker).slow == 0);
    breaker.reset();
    auto late = breaker.try_acquire().value();
    breaker.reset();
    time.advance(2s);
    late.succeeded();  // of an older period
    CHECK(totals(breaker).slow == 1);
    breaker.disable();
    lasting(3s);
    CHECK(totals(breaker).slow == 2);
    breaker.reset();
    CHECK_THROWS(breaker.call([&] {
        time.advance(3s);
        throw 1;
    }));
    CHECK(totals(breaker).slow == 3);
    CHECK(breaker.info().state == State::open);
    time.advance(1s);
    lasting(3s);  // a trial
    CHECK(totals(breaker).slow == 4);
    {
        breaker.reset();
        const auto dropped = breaker.try_acquire();
        time.advance(1h);
    }
    CHECK(totals(breaker).slow == 4);
    CHECK(totals(breaker).neutral == 1);
}

TEST_CASE("slow calls count where calls may be overdue, by the time that they took") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, Totals{}, Overdue{10s},
                           MinRequests{100} & SlowRate{1.0, 2s}, SingleTrial{1h}};
    breaker.call([&] { time.advance(2s); });
    auto overdue = breaker.try_acquire().value();
    time.advance(1min);
    CHECK(breaker.info().metrics.failure_count == 1);
    overdue.succeeded();
    breaker.disable();
    breaker.call([&] { time.advance(3s); });
    breaker.call([&] { time.advance(1s); });
    CHECK(totals(breaker) == TotalCounts{.succeeded = 4, .slow = 3, .overdue = 1});
    CHECK(breaker.info().call_times == CallTimes{.succeeded = 66s});
}

TEST_CASE("the time that calls take is counted by outcome, where calls are timed") {
    testing::VirtualTime time;
    const auto run = [&](auto& breaker) {
        breaker.call([&] { time.advance(2s); });
        CHECK(breaker.try_call([&] { time.advance(1s); }));
        CHECK_THROWS(breaker.call([&] {
            time.advance(500ms);
            throw 1;
        }));
        auto late = breaker.try_acquire().value();
        auto neutral = breaker.try_acquire();
        time.advance(5s);
        neutral.reset();
        breaker.reset();  // the outcomes of before count in the totals
        late.succeeded();
        breaker.force_open();
        CHECK_FALSE(breaker.try_acquire());
        return breaker.info().call_times;
    };
    SECTION("by a threshold") {
        CircuitBreaker breaker{testing::Virtual{time}, Totals{}, SlowRate{0.5, 1h}};
        CHECK(run(breaker) == CallTimes{8s, 500ms});
    }
    SECTION("by an Overdue") {
        CircuitBreaker breaker{testing::Virtual{time}, Totals{}, presets::request_response(1min)};
        CHECK(run(breaker) == CallTimes{8s, 500ms});
    }
    SECTION("by a text") {
        AnyCircuitBreaker breaker{parse_policies("trip = avg_latency(1h)"), Totals{},
                                  testing::Virtual{time}};
        CHECK(run(breaker) == CallTimes{8s, 500ms});
        breaker.reconfigure(parse_policies("trip = failure_streak(9)"));
        CHECK_FALSE(breaker.info().call_times);
        breaker.reset();
        breaker.call([&] { time.advance(1s); });
        breaker.reconfigure(parse_policies("preset = request_response(1min)"));
        CHECK(breaker.info().call_times == CallTimes{8s, 500ms});
    }
    SECTION("in nothing where nobody looks at it") {
        CircuitBreaker breaker{testing::Virtual{time}, Totals{}, FailureStreak{9}};
        CHECK_FALSE(run(breaker));
        CircuitBreaker uncounted{testing::Virtual{time}, AvgLatency{1h}};
        CHECK_FALSE(run(uncounted));
    }
}

TEST_CASE("trials count their time, and each lease that was over") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, presets::request_response(10s), Totals{},
                           SingleTrial{2s}};
    breaker.open_for(1s);
    time.advance(1s);
    auto trial = breaker.try_acquire().value();
    time.advance(3s);
    CHECK(breaker.info().last_reason == Reason::overdue);
    trial.failed();
    CHECK(totals(breaker) == TotalCounts{.failed = 1, .opened = 2, .overdue = 1});
    CHECK(breaker.info().call_times == CallTimes{.failed = 3s});
}

TEST_CASE("a call that comes back late was overdue, although nobody has looked") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, Overdue{1s}, Totals{}};
    breaker.call([&] { time.advance(2s); });
    CHECK(totals(breaker) == TotalCounts{.succeeded = 1, .overdue = 1});
}

TEST_CASE("no call is slow where no threshold is named") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, Totals{}, AvgLatency{1h}};
    breaker.call([&] { time.advance(1min); });
    CHECK(totals(breaker) == TotalCounts{.succeeded = 1});
}

TEST_CASE("metrics_only counts when the tripper would have opened: each yes behind a no") {
    CircuitBreaker breaker{Totals{}, CountWindow{4}, MinRequests{4} & FailureRate{0.5}};
    breaker.metrics_only();
    const auto would = [&] { return totals(breaker).would_have_opened; };
    failing_call(breaker);
    failing_call(breaker);
    breaker.call([] {});
    CHECK(would() == 0);
    breaker.call([] {});  // the fourth, a success
    CHECK(would() == 1);
    failing_call(breaker);
    CHECK(would() == 1);
    for (int i = 0; i != 4; ++i) {
        breaker.call([] {});
    }
    failing_call(breaker);
    CHECK(would() == 1);
    failing_call(breaker);
    CHECK(would() == 2);
    // A transition forgets the answer.
    breaker.metrics_only();
    for (int i = 0; i != 4; ++i) {
        failing_call(breaker);
    }
    CHECK(would() == 3);
    CHECK(totals(breaker).opened == 0);
    CHECK(breaker.info().state == State::metrics_only);
}

TEST_CASE("metrics_only counts as a closed circuit would open, whatever the shortcuts") {
    // The same calls to one that only counts and one that opens, which is reset where it does.
    CircuitBreaker counting{Totals{}, CountWindow{10}, MinRequests{10} & FailureRate{0.3}};
    CircuitBreaker opening{Totals{}, CountWindow{10}, MinRequests{10} & FailureRate{0.3}};
    counting.metrics_only();
    unsigned random = 1;
    std::uint64_t opened = 0;
    for (int i = 0; i != 5000; ++i) {
        random = random * 1664525 + 1013904223;
        const bool fails = (random >> 16) % 8 == 0;
        for (auto* const breaker : {&counting, &opening}) {
            auto permission = breaker->try_acquire().value();
            if (fails) {
                permission.failed();
            } else {
                permission.succeeded();
            }
        }
        if (totals(opening).opened != opened) {
            ++opened;
            REQUIRE(totals(counting).would_have_opened == opened);
            opening.reset();
            counting.metrics_only();
        }
    }
    CHECK(opened > 20);
    CHECK(totals(counting).would_have_opened == opened);
}

TEST_CASE("a breaker of one thread counts the same") {
    CircuitBreaker breaker{Totals{}, SingleThreaded{}, FailureStreak{1}};
    breaker.call([] {});
    failing_call(breaker);
    CHECK_FALSE(breaker.try_acquire());
    CHECK(totals(breaker) == TotalCounts{.succeeded = 1, .failed = 1, .rejected = 1, .opened = 1});
}

TEST_CASE("awaited calls count once, however they wait and end") {
    testing::VirtualTime time;
    AsyncCircuitBreaker breaker{testing::Virtual{time}, Totals{},       FailureStreak{1},
                                Cooldown{1s},           permits::All{}, MaxHalfOpenCalls{1}};
    const auto succeeding = []() -> Task<int> { co_return 1; };
    const auto failing = []() -> Task<int> {
        throw std::runtime_error{"down"};
        co_return 1;
    };
    CHECK(sync_wait(breaker.call(succeeding)) == 1);
    CHECK_THROWS_AS(sync_wait(breaker.call(failing)), std::runtime_error);
    CHECK_THROWS_AS(sync_wait(breaker.call(succeeding)), CallNotPermittedError);
    CHECK_FALSE(sync_wait(breaker.try_call(succeeding)).has_value());
    CHECK(totals(breaker) == TotalCounts{.succeeded = 1, .failed = 1, .rejected = 2, .opened = 1});
    time.advance(1s);
    {
        const auto trial = breaker.try_acquire().value();
        CHECK_FALSE(breaker.try_acquire());
        // One waits for the slot and is destroyed there: it was neither granted nor rejected.
        const Spawned waiting{[](auto& itself, auto callee) -> Task<> {
            co_await itself.call(callee);
        }(breaker, succeeding)};
        CHECK(totals(breaker).rejected == 3);
    }
    CHECK(totals(breaker) ==
          TotalCounts{.succeeded = 1, .failed = 1, .neutral = 1, .rejected = 3, .opened = 1});
    CHECK(sync_wait(breaker.call(succeeding)) == 1);
    CHECK(totals(breaker).succeeded == 2);
}

TEST_CASE("a call that goes on in another thread counts there") {
    AsyncCircuitBreaker breaker{Totals{}};
    struct Elsewhere {
        [[nodiscard]] static bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<> coroutine) {
            std::thread& its = thread;  // the awaiter may be gone before the thread is assigned
            its = std::thread{[coroutine] { coroutine.resume(); }};
        }
        static void await_resume() noexcept {}
        std::thread& thread;
    };
    std::vector<std::thread> threads(20);
    for (std::thread& thread : threads) {
        const Spawned call{[](auto& itself, std::thread& other) -> Task<> {
            const auto callee = [](std::thread* its) -> Task<> {
                Elsewhere elsewhere{*its};
                co_await elsewhere;
            };
            co_await itself.call(callee, &other);
        }(breaker, thread)};
        thread.join();
    }
    CHECK(totals(breaker) == TotalCounts{.succeeded = 20});
}

TEST_CASE("totals are kept of threads that come and go, in memory for those of one time") {
    std::vector<TotalCounts> counts;
    for (int round = 0; round != 3; ++round) {
        CircuitBreaker first{Totals{}};
        CircuitBreaker second{Totals{}};
        for (int i = 0; i != 200; ++i) {
            std::thread{[&] {
                first.call([] {});
                second.call([] {});
                second.call([] {});
            }}.join();
        }
        CHECK(totals(first) == TotalCounts{.succeeded = 200});
        CHECK(totals(second) == TotalCounts{.succeeded = 400});
    }
// MinGW clears a thread's storage before it destroys what is in it, which keeps its row.
#ifndef __MINGW32__
    // This thread, and one of another test at a time.
    CHECK(detail::TotalsBank::instance().row_count() < 10);
#endif
}

TEST_CASE("what a thread counts at its very end is counted") {
    CircuitBreaker breaker{Totals{}};
    using Breaker = decltype(breaker);
    struct AtEnd {
        ~AtEnd() {
            if (breaker != nullptr) {
                breaker->call([] {});
            }
        }
        Breaker* breaker = nullptr;
    };
    std::thread{[&] {
        static thread_local AtEnd constructed_first;
        constructed_first.breaker = &breaker;
        breaker.call([] {});  // the row is given back before the object above is destroyed
    }}.join();
    CHECK(totals(breaker) == TotalCounts{.succeeded = 2});
}

namespace {

using Counting = decltype(CircuitBreaker{Totals{}});

std::uint64_t succeeded(const Counting& breaker) {
    return totals(breaker).succeeded;
}

void call(Counting& breaker) {
    breaker.call([] {});
}

/// Calls a breaker at the very end of a thread, when its row is given back.
struct CallsAtEnd {
    ~CallsAtEnd() {
        if (breaker != nullptr) {
            call(*breaker);
        }
    }
    Counting* breaker = nullptr;
};

/// Runs a thread that calls once, and once more at its very end.
void run_thread_that_calls_at_its_end(Counting& breaker) {
    std::thread{[&] {
        static thread_local CallsAtEnd at_end;
        at_end.breaker = &breaker;
        call(breaker);
    }}.join();
}

}  // namespace

TEST_CASE("no count is lost where a row grows") {
    std::deque<Counting> breakers;
    for (int i = 0; i != 100; ++i) {
        breakers.emplace_back(Totals{});
        call(breakers.back());
    }
    for (const Counting& breaker : breakers) {
        CHECK(succeeded(breaker) == 1);
    }
}

TEST_CASE("a row that a thread takes over is as wide as it was") {
    std::deque<Counting> breakers(40);
    std::thread{[&] { call(breakers.back()); }}.join();
    std::thread{[&] { call(breakers.front()); }}.join();
    std::thread{[&] { call(breakers.back()); }}.join();
    CHECK(succeeded(breakers.back()) == 2);
    CHECK(succeeded(breakers.front()) == 1);
}

TEST_CASE("two threads never have the same row") {
    Counting breaker;
    std::thread{[&] { call(breaker); }}.join();  // leaves a row to one of those to come
    constexpr std::size_t count = 8;
    std::atomic<std::size_t> ready{0};
    std::atomic<bool> is_over{false};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i != count; ++i) {
        threads.emplace_back([&] {
            call(breaker);
            ++ready;
            while (!is_over) {
                std::this_thread::yield();
            }
            call(breaker);
        });
    }
    while (ready != count) {
        std::this_thread::yield();
    }
    CHECK(detail::TotalsBank::instance().row_count() >= count);
    is_over = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(succeeded(breaker) == 1 + 2 * count);
}

TEST_CASE("a thread has one row, however many breakers come") {
    std::thread{[] {
        std::deque<Counting> breakers(1);
        call(breakers.back());
        const std::size_t rows = detail::TotalsBank::instance().row_count();
        for (int i = 0; i != 200; ++i) {
            breakers.emplace_back(Totals{});
            call(breakers.back());
        }
        CHECK(detail::TotalsBank::instance().row_count() == rows);
    }}.join();
}

TEST_CASE("a thread that counts at its very end leaves no row behind") {
    Counting breaker;
    run_thread_that_calls_at_its_end(breaker);
    const std::size_t rows = detail::TotalsBank::instance().row_count();
    for (int i = 0; i != 20; ++i) {
        run_thread_that_calls_at_its_end(breaker);
    }
    CHECK(detail::TotalsBank::instance().row_count() == rows);
    CHECK(succeeded(breaker) == 42);
}

TEST_CASE("a breaker begins at zero, whatever the one before it in its place has counted") {
    for (int round = 0; round != 2; ++round) {
        std::deque<Counting> breakers(64);
        for (Counting& breaker : breakers) {
            CHECK(totals(breaker) == TotalCounts{});
        }
        // The last one first, so that the row ends with it.
        for (auto breaker = breakers.rbegin(); breaker != breakers.rend(); ++breaker) {
            call(*breaker);
            run_thread_that_calls_at_its_end(*breaker);
        }
    }
}

TEST_CASE("places of totals are used again") {
    detail::TotalsBank& bank = detail::TotalsBank::instance();
    const std::size_t a = bank.open();
    const std::size_t b = bank.open();
    const std::size_t c = bank.open();
    for (const std::size_t slot : {a, b, c}) {
        bank.close(slot);
    }
    CHECK(bank.open() == c);
    CHECK(bank.open() == b);
    CHECK(bank.open() == a);
    for (const std::size_t slot : {a, b, c}) {
        bank.close(slot);
    }
}
