// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Policies are exchanged while threads call, look and hold permissions.

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

using namespace fluxgate;

namespace {

std::vector<Policies> parsed(std::initializer_list<std::string_view> texts) {
    std::vector<Policies> policies;
    for (const std::string_view text : texts) {
        policies.push_back(parse_policies(text));
    }
    return policies;
}

/// Calls `call(0)` and so on in a thread each, while another thread exchanges the policies.
template <class Breaker, class F>
void exchange_meanwhile(Breaker& breaker, const std::vector<Policies>& all, int callers, F call) {
    std::atomic<int> left{callers};
    in_threads(callers + 1, [&](int number) {
        if (number != callers) {
            call(number);
            --left;
            return;
        }
        for (std::size_t i = 0; left.load() != 0; ++i) {
            breaker.reconfigure(all[i % all.size()]);
        }
    });
}

}  // namespace

TEST_CASE("each call counts once, through whatever exchanges of policies") {
    constexpr int callers = 2;
    constexpr std::uint64_t calls = 20'000;
    // None of them opens the circuit; calls are timed, watched, and neither.
    const std::vector<Policies> all = parsed({
        "window = count_window(10); trip = failure_streak(1000000)",
        "window = count_window(20); trip = min_requests(1000) & slow_rate(1, 1s)",
        "window = time_window(10s); trip = min_requests(4000000000) & failure_rate(1)",
        "window = time_window(10s); trip = avg_latency(1h); overdue = 1h",
        "window = count_window(10); trip = failure_streak(1000000); overdue = 2h",
        "window = keep_durations(count_window(10)); trip = slow_rate(1, 1h)",
    });
    AnyCircuitBreaker breaker{all.front(), Totals{}};
    using Permission = decltype(breaker)::Permission;

    exchange_meanwhile(breaker, all, callers, [&](int) {
        std::optional<Permission> held;
        for (std::uint64_t i = 0; i != calls; ++i) {
            auto permission = breaker.try_acquire();
            permission->succeeded();
            if (i % 16 == 0) {  // one that lasts through several exchanges
                if (held) {
                    held->failed();
                }
                held.emplace(*breaker.try_acquire());
            }
            if (i % 64 == 0) {
                static_cast<void>(breaker.info());
                static_cast<void>(breaker.policies());
            }
        }
        held->failed();
    });

    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().totals ==
          TotalCounts{.succeeded = callers * calls, .failed = callers * calls / 16});
}

TEST_CASE("a window that each exchange keeps loses no outcome") {
    constexpr int callers = 2;
    constexpr std::uint64_t calls = 10'000;
    const std::vector<Policies> all = parsed({
        "window = time_window(1h, 1min); trip = failure_streak(1000000)",
        "window = time_window(1h, 1min); trip = min_requests(4000000000) & failure_rate(1)",
        "window = time_window(1h, 1min); trip = failure_streak(1000000); overdue = 1h",
        "window = time_window(1h, 1min); trip = failure_streak(1000000); overdue = 2h",
    });
    AnyCircuitBreaker breaker{all.front()};

    exchange_meanwhile(breaker, all, callers, [&](int) {
        for (std::uint64_t i = 0; i != calls; ++i) {
            auto permission = breaker.try_acquire();
            i % 8 == 0 ? permission->failed() : permission->succeeded();
        }
    });

    const Metrics metrics = breaker.info().metrics;
    CHECK(metrics.total_count == callers * calls);
    CHECK(metrics.failure_count == callers * calls / 8);
}

TEST_CASE("policies are exchanged while the circuit opens and recovers") {
    constexpr int callers = 2;
    const std::vector<Policies> all = parsed({
        "trip = failure_streak(2); wait = always; permit = single_trial(1h)",
        "trip = failure_streak(1); wait = always; permit = all; overdue = 1h",
        "trip = failure_score(2, 0, 1); wait = always; permit = trials(2, 1, 1h)",
        "trip = slow_rate(1, 1ns); wait = always; permit = slow_start(2, 1h); overdue = 2h",
    });
    std::atomic<std::uint64_t> signals{0};
    AnyCircuitBreaker breaker{all.front(), Totals{}, Listeners{[&](const Signal&) { ++signals; }}};
    std::array<std::uint64_t, callers> granted{};

    exchange_meanwhile(breaker, all, callers, [&](int number) {
        for (int i = 0; i != 5'000; ++i) {
            if (auto permission = breaker.try_acquire()) {
                ++granted[static_cast<std::size_t>(number)];
                i % 3 == 0 ? permission->succeeded() : permission->failed();  // two in a row
            }
        }
    });

    const TotalCounts totals = breaker.info().totals.value();
    CHECK(totals.succeeded + totals.failed == granted[0] + granted[1]);
    CHECK(totals.opened > 0);
    CHECK(signals >= totals.opened);
}
