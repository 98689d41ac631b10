// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// What happens where there is no memory: each allocation of a run fails in turn.

#include "catch.hpp"
#include "points.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/call_reader.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/recorded_call.hpp>
#include <fluxgate/recorder.hpp>

#include <cstdint>
#include <exception>
#include <new>
#include <sstream>
#include <string>
#include <utility>

using namespace fluxgate;

namespace {

/// Calls `run` with the first allocation failing, then the second, until none fails; how many did.
template <class F>
int fail_each(F run) {
    for (int failed = 0;; ++failed) {
        points::fail_after(failed);
        try {
            run();
            points::stop();
            return failed;
        } catch (const std::bad_alloc&) {
            points::stop();
        }
    }
}

Task<int> one() {
    co_return 1;
}

auto with_a_listener() {
    return Listeners{[](const Signal&) {}}.on_error([](std::exception_ptr) {});
}

}  // namespace

TEST_CASE("sync_wait throws where there is no memory, and the process goes on") {
    int sum = 0;
    CHECK(fail_each([&] { sum += sync_wait(one()); }) == 2);  // the task's frame, and its own
    CHECK(sum == 1);
}

TEST_CASE("a breaker with a window of up to 128 calls allocates nothing") {
    const auto use = [](auto window) {
        CircuitBreaker breaker{window, SlowRate{0.5, std::chrono::seconds{1}}};
        breaker.try_acquire().value().failed();
    };
    CHECK(fail_each([&] { use(CountWindow{128}); }) == 0);
    CHECK(fail_each([&] { use(CountWindow{129}); }) == 1);
}

TEST_CASE("a failure whose signal finds no memory is recorded, and seen by the next outcome") {
    CircuitBreaker breaker{CountWindow{10}, FailureRate{0.1} & MinRequests{10}, with_a_listener()};
    for (int i = 0; i != 10; ++i) {
        breaker.try_acquire().value().succeeded();
    }
    auto permission = breaker.try_acquire();
    points::fail_after(0);
    permission->failed();
    points::stop();
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().metrics.failure_count == 1);

    breaker.try_acquire().value().succeeded();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a command and a look at a breaker throw where there is no memory, and change nothing") {
    CircuitBreaker breaker{CountWindow{10}, SlowRate{0.5, std::chrono::seconds{1}},
                           with_a_listener()};
    breaker.try_acquire().value().succeeded();
    CHECK(fail_each([&] { static_cast<void>(breaker.info()); }) > 0);
    points::fail_after(0);
    bool thrown = false;
    try {
        breaker.force_open();
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    points::stop();
    CHECK(thrown);
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().metrics.total_count == 1);
}

TEST_CASE("an exchange of policies throws where there is no memory, and changes nothing") {
    const Policies before = parse_policies("window = time_window(10s); trip = failure_streak(3)");
    const Policies after = parse_policies(
        "window = time_window(10s, 5s); trip = slow_rate(1, 1s) | failure_streak(2); overdue = 1h");
    AnyCircuitBreaker breaker{before};
    const auto is_as_before = [&] {
        return breaker.policies() == before && breaker.info().metrics.total_count == 2;
    };
    breaker.try_acquire().value().failed();
    breaker.try_acquire().value().succeeded();
    auto held = breaker.try_acquire();
    int failures = 0;
    bool was_as_before = true;
    for (bool is_over = false; !is_over; ++failures) {
        Policies policies = after;
        points::fail_after(failures);
        try {
            breaker.reconfigure(std::move(policies));
            points::stop();
            is_over = true;
        } catch (const std::bad_alloc&) {
            points::stop();
            was_as_before = was_as_before && is_as_before();
        }
    }
    CHECK(failures > 5);
    CHECK(was_as_before);
    CHECK(breaker.policies() == after);
    held->failed();
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a snapshot and its text find no memory, and the circuit goes on") {
    CircuitBreaker breaker{FailureStreak{3}, Totals{}};
    breaker.try_acquire().value().failed();
    std::string text;
    CHECK(fail_each([&] { text = to_string(breaker.save()); }) > 0);
    CHECK(fail_each([&] {
              const CircuitBreaker other{FailureStreak{3}, Totals{},
                                         Restored{parse_snapshot(text)}};
          }) > 0);
    CHECK(breaker.save().streak == 1);
}

TEST_CASE("a text that finds no memory is not called wrong") {
    const std::string policies =
        "window = time_window(10s); trip = min_requests(20) & failure_rate(0.51234567890123456)";
    CHECK(fail_each([&] { static_cast<void>(parse_policies(policies)); }) > 0);

    const std::string key(1000, 'k');
    const std::string line = "1764218400.25,18.3,1,\"" + key + "\"";
    CHECK(fail_each([&] { static_cast<void>(parse_recorded_call(line)); }) > 0);
    std::istringstream in{"time_s,latency_ms,ok,key\n" + line + "\n2,3"};
    CHECK(fail_each([&] {
              in.seekg(0);
              CallReader reader{in};
              while (reader.next_whole()) {
              }
          }) > 0);
}

TEST_CASE("an awaited call without memory for its frame is no call") {
    AsyncCircuitBreaker breaker{FailureStreak{100}};
    int sum = 0;
    const int failed = fail_each([&] { sum += sync_wait(breaker.call(one)); });
    CHECK(failed >= 2);
    CHECK(sum == 1);
}

TEST_CASE("a call for which a recorder has no memory goes on, and is counted as lost") {
    std::ostringstream out;
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Threaded{}};
    for (int failed = 0; failed != 3; ++failed) {
        auto permission = breaker.try_acquire();
        points::fail_after(failed);
        permission->succeeded();
        points::stop();
    }
    const std::uint64_t lost = recorder.lost();
    CHECK(lost > 0);
    CHECK(breaker.info().metrics.total_count == 3);
    breaker.try_acquire()->succeeded();
    CHECK(recorder.lost() == lost);
}
