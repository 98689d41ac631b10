// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <atomic>
#include <string>

using namespace fluxgate;

TEST_CASE("breakers come and go while others look, command and listen") {
    Registry registry;
    std::atomic<int> heard{0};
    std::atomic<int> looked{0};
    const Subscription subscription =
        registry.listen([&](const Signal& signal) { heard += signal.name.empty() ? 0 : 1; });
    in_threads(4, [&](int number) {
        for (int i = 0; i < 300; ++i) {
            if (number < 2) {
                CircuitBreaker breaker{Name{"breaker " + std::to_string(number)},
                                       Registered{registry}, FailureStreak{1}};
                breaker.call([] {});
                breaker.call_with_fallback([] { throw 1; }, [] {});
                continue;
            }
            registry.for_each([&](const BreakerView& breaker) {
                looked += breaker.info().name == breaker.name().view() ? 1 : 0;
                breaker.reset();
                breaker.metrics_only();
            });
            if (const auto breaker = registry.find("breaker 0")) {
                breaker->disable();
                static_cast<void>(breaker->info());
            }
        }
    });
    CHECK(registry.size() == 0);
    CHECK(heard > 0);
}

TEST_CASE("listeners of a registry come and go while its breakers make transitions") {
    Registry registry;
    CircuitBreaker first{Name{"first"}, Registered{registry}};
    CircuitBreaker second{Name{"second"}, Registered{registry}};
    std::atomic<int> heard{0};
    in_threads(4, [&](int number) {
        for (int i = 0; i < 300; ++i) {
            if (number == 0) {
                first.reset();
            } else if (number == 1) {
                second.reset();
            } else {
                // Ends while it may be told of both breakers at once.
                const Subscription subscription = registry.listen([&](const Signal&) { ++heard; });
                second.reset();
            }
        }
    });
    CHECK(heard > 0);
}
