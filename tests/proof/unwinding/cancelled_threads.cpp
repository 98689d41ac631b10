// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A thread that is cancelled is unwound by force, through whatever it is in. Each of these would
// end the process where it were swallowed.

#include "catch.hpp"
#include "half_open.hpp"

#include <fluxgate/fluxgate.hpp>

#include <pthread.h>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>

using namespace fluxgate;

namespace {

/// Has this thread cancelled, here.
void cancel_this_thread() {
    pthread_cancel(pthread_self());
    pthread_testcancel();
}

/// Runs `body`, which outlives it, in a new thread.
bool start(pthread_t& thread, std::function<void()>& body) {
    const auto run = [](void* f) -> void* {
        (*static_cast<std::function<void()>*>(f))();
        return nullptr;
    };
    return pthread_create(&thread, nullptr, run, &body) == 0;
}

/// Runs `body` in a thread and returns whether that was cancelled.
bool is_cancelled_in(std::function<void()> body) {
    pthread_t thread{};
    REQUIRE(start(thread, body));
    void* result = nullptr;
    REQUIRE(pthread_join(thread, &result) == 0);
    return result == PTHREAD_CANCELED;
}

int cancelled_number() {
    cancel_this_thread();
    return 1;
}

/// Says that no call was recorded, and that the circuit is as it was.
template <class Breaker>
void check_is_untouched(const Breaker& breaker) {
    CHECK(breaker.info().state == State::closed);
    CHECK(breaker.info().metrics.total_count == 0);
}

/// Has the thread of the first failure cancelled, and opens with the second.
struct Cancelling : tripper_base {
    static constexpr bool uses_durations = false;
    bool operator()(const CallContext& context) const {
        if (context.metric.failure_count == 1) {
            cancel_this_thread();
        }
        return context.metric.failure_count > 1;
    }
};

}  // namespace

TEMPLATE_TEST_CASE("a call whose thread is cancelled is neutral, whatever its tracker", "",
                   trackers::All, TypeOf<std::runtime_error>, TypeOf<int>,
                   trackers::Not<TypeOf<std::runtime_error>>) {
    TestType tracker = [] {
        if constexpr (std::is_same_v<TestType, trackers::Not<TypeOf<std::runtime_error>>>) {
            return ~TypeOf<std::runtime_error>{};
        } else {
            return TestType{};
        }
    }();
    CircuitBreaker breaker{FailureStreak{1}, tracker};
    CHECK(is_cancelled_in([&] { breaker.call(cancel_this_thread); }));
    CHECK(is_cancelled_in([&] { breaker.call(cancelled_number); }));
    CHECK(is_cancelled_in([&] { static_cast<void>(breaker.try_call(cancelled_number)); }));
    check_is_untouched(breaker);
}

TEST_CASE("a tracker that asks for the pointer sees none that is null") {
    int asked = 0;
    CircuitBreaker breaker{FailureStreak{1},
                           Custom{[&](std::exception_ptr) { return ++asked > 0; }}};
    CHECK(is_cancelled_in([&] { breaker.call(cancel_this_thread); }));
    CHECK(asked == 0);
    check_is_untouched(breaker);
}

TEST_CASE("a fallback is not asked when the thread is cancelled, and may itself be") {
    int asked = 0;
    CircuitBreaker breaker{FailureStreak{1}};
    const auto by_pointer = [&](std::exception_ptr) { return ++asked; };
    const auto by_type = [&](const std::exception&) { return ++asked; };
    const auto by_nothing = [&] { return ++asked; };
    CHECK(is_cancelled_in([&] { breaker.call_with_fallback(cancelled_number, by_pointer); }));
    CHECK(is_cancelled_in([&] { breaker.call_with_fallback(cancelled_number, by_type); }));
    CHECK(is_cancelled_in([&] { breaker.call_with_fallback(cancelled_number, by_nothing); }));
    CHECK(asked == 0);
    check_is_untouched(breaker);

    breaker.force_open();
    CHECK(is_cancelled_in([&] { breaker.call_with_fallback([] { return 0; }, cancelled_number); }));
}

TEST_CASE("a permission that a cancelled thread held is neutral") {
    CircuitBreaker breaker{FailureStreak{1}};
    CHECK(is_cancelled_in([&] {
        const auto permission = breaker.try_acquire();
        CHECK(permission.has_value());
        cancel_this_thread();
    }));
    check_is_untouched(breaker);
}

TEST_CASE("a thread may be cancelled in a tracker that looks at a result") {
    CircuitBreaker breaker{FailureStreak{1}, Result{[](int) {
                               cancel_this_thread();
                               return true;
                           }}};
    CHECK(is_cancelled_in([&] { breaker.call([] { return 1; }); }));
    check_is_untouched(breaker);
}

TEST_CASE("a thread that is cancelled while an exception is handled goes on until it can end") {
    int handled = 0;
    int told = 0;
    CircuitBreaker breaker{FailureStreak{1}, Custom{[](const std::exception&) {
                               cancel_this_thread();
                               return true;
                           }},
                           Listeners{[&](const Signal&) {
                               cancel_this_thread();
                               ++told;
                           }}};
    CHECK(is_cancelled_in([&] {
        try {
            breaker.call([] { throw std::runtime_error{"down"}; });
        } catch (const std::runtime_error&) {
            ++handled;
        }
        pthread_testcancel();
    }));
    CHECK(handled == 1);
    CHECK(told == 1);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a thread may be cancelled in a listener, and the others are told later") {
    int first = 0;
    int second = 0;
    CircuitBreaker breaker{FailureStreak{1}, Listeners{[&](const Signal&) {
                                                           if (++first == 1) {
                                                               cancel_this_thread();
                                                           }
                                                       },
                                                       [&](const Signal&) { ++second; }}};
    CHECK(is_cancelled_in([&] { breaker.force_open(); }));
    CHECK(breaker.info().state == State::forced_open);
    CHECK(second == 0);
    breaker.reset();
    CHECK(first == 2);
    CHECK(second == 2);
}

TEST_CASE("a listener that is told of an exception on its way is not torn from it") {
    int told = 0;
    bool went_on = false;
    CircuitBreaker breaker{FailureStreak{1}, Listeners{[&](const Signal&) {
                               cancel_this_thread();
                               ++told;
                           }}};
    CHECK(is_cancelled_in([&] {
        try {
            breaker.call([] { throw std::runtime_error{"down"}; });
        } catch (const std::runtime_error&) {
            went_on = true;
        }
        pthread_testcancel();
    }));
    CHECK(told == 1);
    CHECK(went_on);
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a thread that is cancelled in the error handler goes on until it can end") {
    int told = 0;
    CircuitBreaker breaker{
        Listeners{[](const Signal&) { throw 1; }, [&](const Signal&) { ++told; }}.on_error(
            [](std::exception_ptr) { cancel_this_thread(); })};
    CHECK(is_cancelled_in([&] {
        breaker.force_open();
        pthread_testcancel();
    }));
    CHECK(told == 1);
    CHECK(breaker.info().state == State::forced_open);
}

TEST_CASE("a thread may be cancelled in a policy, and the breaker is not locked after it") {
    CircuitBreaker breaker{Cancelling{}};
    CHECK(is_cancelled_in([&] { breaker.try_acquire().value().failed(); }));
    CHECK(breaker.info().metrics.failure_count == 1);
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().state == State::open);
}

TEST_CASE("a thread may be cancelled in a task that it waits for") {
    const auto cancelled = []() -> Task<int> {
        cancel_this_thread();
        co_return 1;
    };
    HalfOpen half_open;
    int asked = 0;
    CHECK(is_cancelled_in([&] { sync_wait(half_open.breaker.call(cancelled)); }));
    CHECK(is_cancelled_in([&] {
        sync_wait(half_open.breaker.call_with_fallback(cancelled, [&] { return ++asked; }));
    }));
    CHECK(asked == 0);
    CHECK(half_open.breaker.info().state == State::half_open);
    CHECK(half_open.breaker.info().metrics.total_count == 0);
    CHECK(half_open.breaker.try_acquire().has_value());
}

TEST_CASE("a thread that is cancelled while it waits for its task goes on until that runs in it") {
    HalfOpen half_open;
    std::optional trial = half_open.breaker.try_acquire();
    int called = 0;
    const auto call = [&]() -> Task<> {
        ++called;
        pthread_testcancel();
        co_return;
    };
    std::function<void()> body = [&] {
        pthread_cancel(pthread_self());
        sync_wait(half_open.breaker.call(call));
    };
    pthread_t thread{};
    REQUIRE(start(thread, body));
    trial.reset();  // gives the slot, before or after the thread waits for it
    void* result = nullptr;
    REQUIRE(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(called == 1);
    CHECK(half_open.breaker.info().state == State::half_open);
    CHECK(half_open.breaker.info().metrics.total_count == 0);
    CHECK(half_open.breaker.try_acquire().has_value());
}

namespace {

/// Waits for a slot, and is cancelled where it has it.
struct Detached {
    struct promise_type {
        static Detached get_return_object() { return {}; }
        static std::suspend_never initial_suspend() noexcept { return {}; }
        static std::suspend_never final_suspend() noexcept { return {}; }
        static void return_void() {}
        static void unhandled_exception() { std::terminate(); }
    };
};

Detached take_and_test(Semaphore& semaphore, int& taken) {
    auto acquired = semaphore.acquire();
    const Semaphore::Slot slot = co_await acquired;
    ++taken;
    pthread_testcancel();
}

}  // namespace

TEST_CASE("a cancelled thread whose slot goes to another coroutine resumes that unharmed") {
    Semaphore semaphore{1};
    int taken = 0;
    CHECK(is_cancelled_in([&] {
        const Semaphore::Slot slot = semaphore.try_acquire();
        take_and_test(semaphore, taken);
        cancel_this_thread();
    }));
    CHECK(taken == 1);
    CHECK(semaphore.try_acquire());
}

TEST_CASE("threads are cancelled while others give them their slots, and none is lost") {
    for (int round = 0; round < 200; ++round) {
        Semaphore semaphore{1};
        Semaphore::Slot held = semaphore.try_acquire();
        const auto wait = [&]() -> Task<> {
            auto acquired = semaphore.acquire();
            const Semaphore::Slot slot = co_await acquired;
        };
        std::function<void()> body = [&] { sync_wait(wait()); };
        pthread_t threads[3];
        for (pthread_t& thread : threads) {
            REQUIRE(start(thread, body));
        }
        for (std::size_t i = 0; i != 3; ++i) {
            pthread_cancel(threads[i]);
            if (i == static_cast<std::size_t>(round % 3)) {
                held.release();
            }
        }
        for (pthread_t thread : threads) {
            CHECK(pthread_join(thread, nullptr) == 0);
        }
        CHECK(semaphore.try_acquire());
    }
}
