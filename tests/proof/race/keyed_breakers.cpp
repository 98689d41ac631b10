// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

using namespace fluxgate;
using namespace std::chrono_literals;

TEST_CASE("look-ups, evictions and openings at once") {
    Registry registry;
    KeyedBreakers hosts{[&](std::string_view key, OpenBudget budget) {
                            return CircuitBreaker{FailureStreak{1}, Always{}, Name{key},
                                                  Registered{registry}, std::move(budget)};
                        },
                        MaxBreakers{16}, MaxOpen{0.25}};
    std::atomic<std::uint64_t> calls{0};
    in_threads(4, [&](int number) {
        for (int i = 0; i < 2000; ++i) {
            const std::string key = std::to_string((i * (number + 1)) % 40);
            hosts.call_with_fallback(
                key,
                [&] {
                    ++calls;
                    if (i % 3 == 0) {
                        throw 1;
                    }
                },
                [] {});
            auto permission = hosts.try_acquire("shared");
            if (permission) {
                permission->succeeded();
            }
        }
    });
    CHECK(calls > 0);
    CHECK(hosts.size() == 16);
    CHECK(registry.size() == 16);
    CHECK(hosts.statistics().evictions > 0);
}

TEST_CASE("breakers are dropped while others look and command through a registry") {
    Registry registry;
    KeyedBreakers hosts{
        [&](std::string_view key) { return CircuitBreaker{Name{key}, Registered{registry}}; },
        MaxBreakers{4}};
    std::atomic<int> heard{0};
    // A listener that looks up the key of its breaker, which may be about to be dropped.
    const Subscription subscription = registry.listen([&](const Signal& signal) {
        ++heard;
        static_cast<void>(hosts[signal.name]);
        static_cast<void>(hosts["another"]);
    });
    in_threads(4, [&](int number) {
        for (int i = 0; i < 500; ++i) {
            if (number < 2) {
                hosts.call(std::to_string((i + number * 3) % 9), [] {});
                continue;
            }
            registry.for_each([](const BreakerView& breaker) {
                breaker.disable();
                breaker.reset();
                static_cast<void>(breaker.info());
            });
        }
    });
    CHECK(hosts.size() <= 4);
    registry.for_each([](const BreakerView& breaker) { breaker.disable(); });
    CHECK(heard > 0);
}

TEST_CASE("a key is made once, and those who come meanwhile wait for it") {
    std::atomic<int> made{0};
    KeyedBreakers hosts{[&](std::string_view) {
        ++made;
        return CircuitBreaker{Totals{}};
    }};
    in_threads(4, [&](int) {
        for (int i = 0; i < 300; ++i) {
            hosts.call(std::to_string(i), [] {});
        }
    });
    CHECK(made == 300);
    for (int i = 0; i < 300; ++i) {
        CHECK(hosts[std::to_string(i)]->info().totals->succeeded == 4);
    }
}

TEST_CASE("factories that fail leave their keys to others") {
    std::atomic<int> attempts{0};
    KeyedBreakers hosts{[&](std::string_view) {
                            if (++attempts % 2 == 0) {
                                throw 1;
                            }
                            return CircuitBreaker{};
                        },
                        MaxBreakers{3}};
    in_threads(4, [&](int number) {
        for (int i = 0; i < 500; ++i) {
            try {
                hosts.call(std::to_string((i + number) % 7), [] {});
            } catch (int) {
                continue;
            }
        }
    });
    CHECK(hosts.size() > 0);
    CHECK(hosts.size() <= 3);
}

TEST_CASE("guests beyond the cap come and go, each under a name that is free") {
    Registry registry;
    KeyedBreakers hosts{
        [&](std::string_view key) { return CircuitBreaker{Name{key}, Registered{registry}}; },
        MaxBreakers{1}};
    const auto held = hosts["held"];
    in_threads(4, [&](int number) {
        for (int i = 0; i < 2000; ++i) {
            hosts.call(std::to_string((i + number) % 3), [] {});
        }
    });
    CHECK(hosts.size() == 1);
    CHECK(registry.size() == 1);
}
