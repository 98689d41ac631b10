// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// One source of several units: FLUXGATE_TEST_UNIT is the name of this one's checks. Each uses the
// library in the same way, so that all templates of one unit are in the others too.

#include "shared.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

namespace {

int failed_checks = 0;

void check(bool holds, const char* what) {
    if (!holds) {
        ++failed_checks;
        std::printf("%s (C++ %ld): %s\n", __FILE__, static_cast<long>(__cplusplus), what);
    }
}

void check_calls() {
    fluxgate::CircuitBreaker breaker{streak()};
    const auto name = breaker.try_call(fetch_name);
    const auto code = breaker.try_call(fetch_code);
    check(name.has_value() && *name == "a name that is long enough for the heap", "a string");
    check(code.has_value() && *code == 200, "a number");
    breaker.force_open();
    const auto rejected = breaker.try_call(fetch_name);
    check(!rejected.has_value(), "a rejection");
    check(rejected.error() == rejection(), "a rejection from another unit");
}

void check_signals() {
    const fluxgate::Signal signal = first_signal();
    check(signal.new_state == fluxgate::State::forced_open, "a signal from another unit");
    check(signal.metrics.total_count == 0, "its metrics");
}

#ifdef __cpp_exceptions
template <class Error, class F>
bool throws(F f) {
    try {
        f();
    } catch (const Error&) {
        return true;
    }
    return false;
}

void check_exceptions() {
    int reported = 0;
    fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{1},
                                     fluxgate::Listeners{[](const fluxgate::Signal&) {
                                         throw std::runtime_error{"listener"};
                                     }}.on_error([&](std::exception_ptr) { ++reported; })};
    breaker.force_open();
    check(reported == 1, "a listener's error is reported");
    check(throws<std::invalid_argument>([] { fluxgate::FailureStreak{0}; }), "a wrong count");
    check(throws<std::invalid_argument>([] { fluxgate::FailureRate{2.0}; }), "a wrong ratio");
    check(throws<std::invalid_argument>([] { fluxgate::Cooldown{std::chrono::seconds{0}}; }),
          "a wrong duration");
    fluxgate::testing::VirtualTime time;
    check(throws<std::invalid_argument>([&] { time.advance(std::chrono::seconds{-1}); }),
          "a time that goes back");

    fluxgate::CircuitBreaker typed{fluxgate::TypeOf<std::range_error>{},
                                   fluxgate::FailureStreak{1}};
    check(throws<std::range_error>([&] { typed.call([] { throw std::range_error{"counts"}; }); }),
          "an exception that counts");
    check(typed.info().state == fluxgate::State::open, "it opens");
}
#else
void check_exceptions() {}
#endif

fluxgate::Task<int> five() {
    co_return 5;
}

void check_tasks() {
    check(fluxgate::sync_wait(five()) == 5, "a task");
#ifdef __cpp_exceptions
    const auto failing = []() -> fluxgate::Task<int> {
        throw std::range_error{"failed"};
        co_return 1;
    };
    check(throws<std::range_error>([&] { fluxgate::sync_wait(failing()); }), "a task that throws");
#endif
}

void check_sections() {
    fluxgate::StrandMutex<Lock> strand;
    const Section section = fetch_code;
    check(strand.run(section) == 200, "a section");
#ifdef __cpp_exceptions
    const Section failing = []() -> int { throw std::range_error{"failed"}; };
    check(throws<std::range_error>([&] { strand.run(failing); }), "a section that throws");
    check(!Lock::held, "it has given its lock back");
#endif
}

#ifdef FLUXGATE_TEST_SHARES_BREAKER
// What one unit opens, and throws, the other one finds, and catches.
void check_sharing() {
    payments().force_open();
    check(throws<fluxgate::CallNotPermittedError>([] { payments().call(fetch_code); }),
          "a shared breaker's rejection");
    payments().reset();
    check(payments().call(fetch_code) == 200, "a shared breaker's result");
    check(payments().try_call(fetch_code).has_value(), "the same without exceptions");
}
#else
void check_sharing() {}
#endif

}  // namespace

int FLUXGATE_TEST_UNIT() {
    check_calls();
    check_signals();
    check_exceptions();
    check_tasks();
    check_sections();
    check_sharing();
    return failed_checks;
}
