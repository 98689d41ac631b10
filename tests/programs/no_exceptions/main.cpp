// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Built without exceptions and without RTTI: all but `call` and the trackers of exceptions works.

#include <fluxgate/fleet.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/replay.hpp>

#include <chrono>
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

namespace {

int failures = 0;

void check(bool condition, std::string_view what) {
    if (!condition) {
        ++failures;
        std::printf("failed: %.*s\n", static_cast<int>(what.size()), what.data());
    }
}

/// Records calls, and replays them.
void record_and_replay() {
    fluxgate::testing::VirtualTime time;
    std::stringstream file;
    {
        fluxgate::CircuitBreaker breaker{fluxgate::Recorder{file},
                                         fluxgate::testing::Virtual{time}};
        for (int i = 0; i != 3; ++i) {
            auto permission = breaker.try_acquire();
            time.advance(1s);
            permission->failed();
        }
    }
    fluxgate::CallReader calls{file};
    fluxgate::CircuitBreaker breaker{fluxgate::testing::Virtual{time}, fluxgate::FailureStreak{2}};
    const fluxgate::ReplayResult result = fluxgate::replay(calls, time, breaker);
    check(result.bad_let_by == 2 && result.bad_spared == 1, "what was recorded is replayed");
}

}  // namespace

int main() {
    record_and_replay();
    fluxgate::testing::VirtualTime time;
    std::string told;
    fluxgate::CircuitBreaker breaker{
        fluxgate::testing::Virtual{time},
        fluxgate::Result{[](int status) { return status >= 500; }},
        fluxgate::FailureStreak{2} | (fluxgate::MinRequests{4} & fluxgate::SlowRate{0.5, 1s}),
        fluxgate::Cooldown{10s},
        fluxgate::permits::All{},
        fluxgate::Listeners{[&](const fluxgate::Signal& signal) { told += to_string(signal); }}};

    const auto serve = [](int status) { return status; };
    check(breaker.try_call(serve, 200).value() == 200, "a good result is handed on");
    check(*breaker.try_call(serve, 503) == 503, "a bad result is handed on");

    auto permission = breaker.try_acquire();
    check(permission.has_value(), "a closed circuit gives a permission");
    permission->returned(503);
    check(breaker.info().state == fluxgate::State::open, "two bad results open the circuit");
    check(told == "closed -> open (tripped): 3 calls, 2 failures (66.7%), 0% from 1s on",
          "the listener is told");

    const auto rejected = breaker.try_call(serve, 200);
    check(!rejected && rejected.error().retry_after == 10s, "an open circuit rejects");
    const auto wrapped = breaker.wrap(serve, [](const fluxgate::CallNotPermittedError& error) {
        return error.retry_after() ? -1 : 0;
    });
    check(wrapped(200) == -1, "a fallback answers for a rejection");
    check(!breaker.try_acquire(), "an open circuit gives no permission");

    time.advance(10s);
    check(wrapped(200) == 200, "the circuit is tried again");
    check(breaker.info().state == fluxgate::State::closed, "and closes");
    breaker.force_open();
    check(breaker.call_with_fallback(serve, [] { return 7; }, 200) == 7, "commands work");
    return failures == 0 ? 0 : 1;
}
