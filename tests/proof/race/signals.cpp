// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "chain.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

template <class Breaker>
void command(Breaker& breaker, int which) {
    switch (which % 4) {
        case 0: breaker.reset(); break;
        case 1: breaker.disable(); break;
        case 2: breaker.metrics_only(); break;
        default: breaker.force_open(); break;
    }
}

}  // namespace

// The listeners write to plain vectors: ThreadSanitizer would tell if two were told at the same
// time.

TEST_CASE("the signals of commands by several threads come once each, and in order") {
    constexpr int threads = 4;
    constexpr int commands = 500;
    std::vector<Signal> first;
    std::vector<Signal> second;
    CircuitBreaker breaker{Listeners{[&](const Signal& signal) { first.push_back(signal); },
                                     [&](const Signal& signal) { second.push_back(signal); }}};
    in_threads(threads, [&](int number) {
        for (int i = 0; i < commands; ++i) {
            command(breaker, number + i);
        }
    });
    REQUIRE(first.size() == threads * commands);
    REQUIRE(second.size() == first.size());
    CHECK(end_of_chain(first) == breaker.info().state);
    CHECK(end_of_chain(second) == breaker.info().state);
}

TEST_CASE("signals stay in order while calls trip, recover and are commanded") {
    std::vector<Signal> signals;
    CircuitBreaker breaker{FailureStreak{2}, Always{}, permits::All{},
                           Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    in_threads(4, [&](int number) {
        for (int i = 0; i < 1500; ++i) {
            if (number == 0 && i % 50 == 0) {
                command(breaker, i / 50);
            }
            breaker.call_with_fallback(
                [i] {
                    if (i % 3 != 0) {
                        throw std::runtime_error{"down"};
                    }
                },
                [] {});
        }
    });
    CHECK(end_of_chain(signals) == breaker.info().state);
    CHECK(signals.size() > 30);
}

TEST_CASE("listeners that call back and command do so without deadlock, and in order") {
    std::vector<Signal> signals;
    std::function<void(const Signal&)> react;
    CircuitBreaker breaker{FailureStreak{1}, Cooldown{1h}, Listeners{[&](const Signal& signal) {
                               signals.push_back(signal);
                               react(signal);
                           }}};
    react = [&](const Signal& signal) {
        static_cast<void>(breaker.try_acquire());
        static_cast<void>(breaker.info());
        if (signal.new_state == State::open) {
            breaker.reset();
        }
    };
    in_threads(4, [&](int) {
        for (int i = 0; i < 500; ++i) {
            breaker.call_with_fallback([] { throw std::runtime_error{"down"}; }, [] {});
        }
    });
    CHECK(end_of_chain(signals) == State::closed);
    CHECK(breaker.info().state == State::closed);
    CHECK(signals.size() % 2 == 0);
}

TEST_CASE("wrapped functions are called by several threads") {
    CircuitBreaker breaker;
    const auto wrapped =
        breaker.wrap([](int value) { return value + 1; }, [](const std::exception&) { return 0; });
    in_threads(4, [&](int) {
        for (int i = 0; i < 1000; ++i) {
            if (wrapped(i) != i + 1) {
                throw std::logic_error{"a wrong result"};
            }
        }
    });
    CHECK(breaker.info().metrics.total_count == 100);
}
