// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <atomic>
#include <memory>

using namespace fluxgate;

// What the listeners write to ends right behind their subscriptions: ThreadSanitizer would tell of
// one that is told still.

TEST_CASE("subscriptions begin and end while other threads make transitions") {
    CircuitBreaker breaker{Name{"payments"}};
    std::atomic<int> heard{0};
    in_threads(4, [&](int number) {
        for (int i = 0; i < 500; ++i) {
            if (number < 2) {
                breaker.reset();
                continue;
            }
            auto own = std::make_unique<int>(0);
            Subscription subscription = breaker.listen([&heard, &own](const Signal& signal) {
                ++*own;
                heard += signal.name == "payments" ? 1 : 0;
            });
            breaker.reset();
            subscription = {};
            own.reset();
        }
    });
    CHECK(heard > 0);
}

TEST_CASE("listeners end their own subscriptions while other threads make transitions") {
    CircuitBreaker breaker;
    std::atomic<int> heard{0};
    in_threads(3, [&](int) {
        for (int i = 0; i < 300; ++i) {
            auto subscription = std::make_shared<Subscription>();
            *subscription = breaker.listen([&heard](const Signal&) { ++heard; });
            const auto ending = std::make_shared<Subscription>();
            // In its own thread, where it may be told before it can end itself.
            const auto has_ended = std::make_shared<std::atomic<bool>>(false);
            Subscription one_shot =
                breaker.listen([&heard, subscription, has_ended](const Signal&) mutable {
                    if (!has_ended->exchange(true)) {
                        *subscription = {};
                        ++heard;
                    }
                });
            breaker.reset();
        }
    });
    CHECK(heard > 0);
}
