// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "chain.hpp"
#include "half_open.hpp"
#include "threads.hpp"

#include <fluxgate/async_circuit_breaker.hpp>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace fluxgate;

namespace {

template <class Breaker, class F>
Task<> await_in_place(Breaker& breaker, F work) {
    try {
        auto call = breaker.guarded(work);
        co_await std::move(call);
    } catch (const std::exception&) {
    }
}

template <class Breaker, class F>
Task<> await_in_place_with_fallback(Breaker& breaker, F work) {
    auto call = breaker.guarded_with_fallback(work, [] {});
    co_await std::move(call);
}

/// Three calls that fail two times out of three, and a permission that fails once in five times.
template <class Breaker>
void call_and_acquire(Breaker& breaker, int round) {
    const auto work = [round]() -> Task<> {
        if (round % 3 != 0) {
            throw std::runtime_error{"down"};
        }
        co_return;
    };
    sync_wait(breaker.call_with_fallback(work, [] {}));
    sync_wait(await_in_place(breaker, work));
    sync_wait(await_in_place_with_fallback(breaker, work));
    if (auto permission = breaker.try_acquire()) {
        round % 5 == 0 ? permission->failed() : permission->succeeded();
    }
}

}  // namespace

TEST_CASE("the counts of coroutines in several threads are exact") {
    constexpr int threads = 4;
    constexpr int calls = 1000;
    AsyncCircuitBreaker breaker{CountWindow{threads * calls}, FailureStreak{1'000'000}};
    const auto work = [](int i) -> Task<> {
        if (i % 4 == 0) {
            throw std::runtime_error{"down"};
        }
        co_return;
    };
    in_threads(threads, [&](int) {
        for (int i = 0; i < calls; ++i) {
            sync_wait(breaker.call_with_fallback(work, [] {}, i));
        }
    });
    const Metrics metrics = breaker.info().metrics;
    CHECK(metrics.total_count == threads * calls);
    CHECK(metrics.failure_count == threads * calls / 4);
}

TEST_CASE("no slot and no signal is lost while half-open begins and ends in several threads") {
    constexpr int cap = 2;
    std::vector<Signal> signals;
    AsyncCircuitBreaker breaker{
        FailureStreak{3}, Always{}, permits::All{}, MaxHalfOpenCalls{cap},
        Listeners{[&](const Signal& signal) { signals.push_back(signal); }}};
    in_threads(4, [&](int number) {
        for (int i = 0; i < 1000; ++i) {
            if (number == 0 && i % 20 == 0) {
                breaker.reset();
            }
            call_and_acquire(breaker, i);
        }
    });
    CHECK(end_of_chain(signals) == breaker.info().state);
    // No slot is lost: the whole cap is there for a fresh half-open.
    breaker.reset();
    for (int i = 0; i < 3; ++i) {
        breaker.try_acquire().value().failed();
    }
    auto first = breaker.try_acquire();
    auto second = breaker.try_acquire();
    CHECK((first && second));
    CHECK_FALSE(breaker.try_acquire());
}

TEST_CASE("coroutine listeners are told by calls of several threads, each signal once, in order") {
    std::vector<Signal> signals;
    int behind = 0;
    const auto listener = [&](const Signal& signal) -> Task<> {
        signals.push_back(signal);
        co_return;
    };
    AsyncCircuitBreaker breaker{FailureStreak{2}, Always{}, permits::All{},
                                Listeners{listener, [&](const Signal&) { ++behind; }}};
    in_threads(4, [&](int number) {
        for (int i = 0; i < 1000; ++i) {
            if (number == 0 && i % 50 == 0) {
                sync_wait(breaker.reset_as<Task<>>());
            }
            call_and_acquire(breaker, i);
        }
    });
    sync_wait(breaker.reset_as<Task<>>());
    CHECK(end_of_chain(signals) == State::closed);
    CHECK(signals.size() > 30);
    CHECK(behind == static_cast<int>(signals.size()));
}

TEST_CASE("each thread that waits for its task resumes it itself, whoever frees the slot") {
    constexpr int threads = 4;
    std::atomic<int> begun{0};
    std::atomic<int> strangers{0};
    Meeting all_have_begun{threads + 1};
    const auto call = [&](std::thread::id caller) -> Task<> {
        if (std::this_thread::get_id() != caller) {
            ++strangers;
        }
        ++begun;
        // Nobody is done before everybody has begun: no thread runs two of them in a row.
        all_have_begun.arrive_and_wait();
        co_return;
    };
    for (int round = 0; round < 50; ++round) {
        HalfOpen half_open;
        std::optional trial = half_open.breaker.try_acquire();
        in_threads(threads + 1, [&](int number) {
            if (number != 0) {
                sync_wait(half_open.breaker.call(call, std::this_thread::get_id()));
                return;
            }
            if (round % 2 == 0) {
                half_open.breaker.reset();
            } else {
                trial->succeeded();
            }
            all_have_begun.arrive_and_wait();
        });
    }
    CHECK(begun == 50 * threads);
    CHECK(strangers == 0);
}

TEST_CASE("slots go round among threads that wait for tasks, one at a time") {
    Semaphore semaphore{1};
    int inside = 0;  // guarded by the slot
    const auto pass = [&]() -> Task<> {
        auto acquired = semaphore.acquire();
        const Semaphore::Slot slot = co_await acquired;
        ++inside;
    };
    in_threads(4, [&](int) {
        for (int i = 0; i < 500; ++i) {
            sync_wait(pass());
        }
    });
    CHECK(inside == 2000);
    CHECK(semaphore.try_acquire());
}
