// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls that may be overdue and trials of which account is kept, in virtual time that the threads
// themselves move.

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

constexpr int threads = 4;
constexpr int calls = 3000;

}  // namespace

TEST_CASE("each call counts once, by its own end or by the look that finds it late") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, CountWindow{threads * calls},
                           FailureStreak{UINT32_MAX}, Overdue{200us}};
    std::atomic<std::uint64_t> slow{0};
    in_threads(threads + 1, [&](int number) {
        for (int i = 0; i < calls; ++i) {
            if (number == threads) {
                static_cast<void>(breaker.info());
                continue;
            }
            auto permission = breaker.try_acquire().value();
            if (i % 50 == number) {
                time.advance(300us);
                slow.fetch_add(1, std::memory_order_relaxed);
            }
            permission.succeeded();
        }
    });
    const Metrics metrics = breaker.info().metrics;
    CHECK(metrics.total_count == threads * calls);
    // Calls of other threads are late, too, where time is moved in between.
    CHECK(metrics.failure_count >= slow.load());
}

TEST_CASE("calls that come to no outcome leave nothing behind, while the circuit is reset") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, TimeWindow{10s}, FailureStreak{UINT32_MAX},
                           Overdue{1ms}};
    in_threads(threads, [&](int number) {
        for (int i = 0; i < calls; ++i) {
            if (number == 0 && i % 8 == 0) {
                breaker.reset();
            }
            auto permission = breaker.try_acquire();
            if (number == 1) {
                permission->failed();
            }
        }
    });
    breaker.reset();
    time.advance(2ms);
    CHECK(breaker.info().metrics.total_count == 0);
}

TEST_CASE("no more trials are under way than a permit admits") {
    struct Two : permit_base {
        bool admits(const TrialContext& context) const { return context.under_way < 2; }
        Judgement judge(const TrialContext&, bool success) const {
            return success ? Judgement::undecided : Judgement::opens;
        }
    };
    CircuitBreaker breaker{FailureStreak{1}, Always{}, Two{}};
    std::atomic<int> under_way{0};
    std::atomic<int> most{0};
    breaker.try_acquire().value().failed();
    in_threads(threads, [&](int) {
        for (int i = 0; i < calls; ++i) {
            auto permission = breaker.try_acquire();
            if (!permission) {
                continue;
            }
            const int now = under_way.fetch_add(1) + 1;
            int seen = most.load();
            while (seen < now && !most.compare_exchange_weak(seen, now)) {
            }
            under_way.fetch_sub(1);
            if (i % 3 == 0) {
                permission.reset();
            } else {
                permission->succeeded();
            }
        }
    });
    CHECK(breaker.info().state == State::half_open);
    CHECK(most.load() <= 2);
}
