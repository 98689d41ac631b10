// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Tasks of QCoro in threads with an event loop of Qt: calls, and waits for a slot.

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/qt.hpp>

#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtCore/QThread>
#include <QtCore/QTimer>

#include <qcoro/qcorotask.h>

#include <atomic>
#include <chrono>
#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

template <class T>
struct fluxgate::task_traits<QCoro::Task<T>> : fluxgate::QtTaskTraits {};

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

struct Application {
    Application() : application{count, arguments} {}

    int count = 1;
    char name[5] = "test";
    char* arguments[2] = {name, nullptr};
    QCoreApplication application;
};

/// Half-open, with one slot for trials.
struct HalfOpen {
    VirtualTime time;
    AsyncCircuitBreaker<CountWindow, trackers::All, FailureStreak, Cooldown, permits::All, Virtual>
        breaker{FailureStreak{1}, Cooldown{1s}, Virtual{time}, MaxHalfOpenCalls{1}, permits::All{}};

    HalfOpen() {
        breaker.try_acquire().value().failed();
        time.advance(1s);
    }
};

QCoro::Task<int> answer(int value) {
    co_return value;
}
QCoro::Task<int> fail(int) {
    throw std::runtime_error{"down"};
    co_return 0;
}

/// What clients that wait for their slot have come to.
struct Tally {
    int answered = 0;
    int rejected = 0;
    int elsewhere = 0;
    int all = 0;
    QEventLoop loop;
    QThread* home = QThread::currentThread();

    QCoro::Task<void> call(HalfOpen& half_open) {
        ++all;
        try {
            auto called = half_open.breaker.call(answer, 1);
            answered += co_await called;
        } catch (const CallNotPermittedError&) {
            ++rejected;
        }
        elsewhere += QThread::currentThread() == home ? 0 : 1;
        if (answered + rejected == all) {
            loop.quit();
        }
    }
};

/// A thread of Qt, with an event loop.
class Thread final : public QThread {
public:
    explicit Thread(std::function<void()> f) : f_{std::move(f)} { start(); }
    ~Thread() override { wait(); }

private:
    void run() override { f_(); }
    std::function<void()> f_;
};

/// A coroutine that is destroyed with this object, wherever it is.
class Owned {
public:
    struct promise_type {
        Owned get_return_object() {
            return Owned{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_never initial_suspend() noexcept { return {}; }
        static std::suspend_always final_suspend() noexcept { return {}; }
        static void return_void() noexcept {}
        static void unhandled_exception() { std::terminate(); }
    };
    explicit Owned(std::coroutine_handle<promise_type> frame) : frame_{frame} {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { frame_.destroy(); }

private:
    std::coroutine_handle<promise_type> frame_;
};

Owned take(Semaphore& semaphore, bool& goes_on) {
    QtAwaiter<std::mutex> free_slot{semaphore, semaphore.generation()};
    const auto slot = co_await free_slot;
    goes_on = true;
}

}  // namespace

TEST_CASE("calls are tasks of QCoro") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    std::vector<std::string> seen;
    const auto client = [&]() -> QCoro::Task<void> {
        auto called = breaker.call(answer, 4);
        seen.push_back(std::to_string(co_await called));
        for (int i = 0; i != 2; ++i) {
            auto failing = breaker.call(fail, 1);
            try {
                co_await failing;
            } catch (const std::runtime_error& error) {
                seen.emplace_back(error.what());
            }
        }
        const auto instead = [](const CallNotPermittedError&) { return 9; };
        auto rejected = breaker.call_with_fallback(answer, instead, 1);
        seen.push_back(std::to_string(co_await rejected));
    };
    const auto running = client();
    CHECK(seen == std::vector<std::string>{"4", "down", "down", "9"});
}

TEST_CASE("a guarded call of a task of QCoro is awaited in place") {
    AsyncCircuitBreaker breaker{FailureStreak{2}};
    STATIC_REQUIRE_FALSE(std::same_as<decltype(breaker.guarded(answer, 4)), QCoro::Task<int>>);
    std::vector<std::string> seen;
    const auto client = [&]() -> QCoro::Task<void> {
        auto called = breaker.guarded(answer, 4);
        seen.push_back(std::to_string(co_await called));
        for (int i = 0; i != 2; ++i) {
            auto failing = breaker.guarded_with_fallback(fail, [] { return 7; }, 1);
            seen.push_back(std::to_string(co_await failing));
        }
        auto rejected = breaker.guarded(answer, 4);
        try {
            co_await rejected;
        } catch (const CallNotPermittedError&) {
            seen.emplace_back("rejected");
        }
    };
    const auto running = client();
    CHECK(seen == std::vector<std::string>{"4", "7", "7", "rejected"});
}

TEST_CASE("a task that waits for a slot goes on in its own thread") {
    const Application application;
    HalfOpen half_open;
    std::optional trial = half_open.breaker.try_acquire();
    Tally tally;
    std::vector<QCoro::Task<void>> clients;
    for (int i = 0; i != 50; ++i) {
        clients.push_back(tally.call(half_open));
    }
    std::thread giver;
    SECTION("where its own thread gives it") {
        QTimer::singleShot(1, [&] { trial.reset(); });
    }
    SECTION("where another thread gives it") {
        giver = std::thread{[&] { trial.reset(); }};
    }
    SECTION("where another thread ends half-open") {
        giver = std::thread{[&] { trial->failed(); }};
    }
    tally.loop.exec();
    if (giver.joinable()) {
        giver.join();
    }
    CHECK(tally.answered + tally.rejected == 50);
    CHECK(tally.elsewhere == 0);
    CHECK((half_open.breaker.info().state == State::closed) == (tally.answered == 50));
}

TEST_CASE("tasks of several threads wait for the same slots") {
    const Application application;
    HalfOpen half_open;
    std::optional trial = half_open.breaker.try_acquire();
    std::atomic<int> waiting{0};
    std::atomic<int> answered{0};
    std::atomic<int> elsewhere{0};
    {
        std::vector<std::unique_ptr<Thread>> threads;
        for (int i = 0; i != 3; ++i) {
            threads.push_back(std::make_unique<Thread>([&] {
                Tally tally;
                std::vector<QCoro::Task<void>> clients;
                for (int client = 0; client != 17; ++client) {
                    clients.push_back(tally.call(half_open));
                }
                ++waiting;
                waiting.notify_one();
                tally.loop.exec();
                answered += tally.answered;
                elsewhere += tally.elsewhere;
            }));
        }
        for (int there = 0; there != 3; there = waiting) {
            waiting.wait(there);
        }
        trial.reset();
    }
    CHECK(answered == 51);
    CHECK(elsewhere == 0);
}

TEST_CASE("a coroutine that is destroyed while it waits, or is about to go on, loses no slot") {
    const Application application;
    Semaphore semaphore{1};
    std::optional held{semaphore.try_acquire()};
    bool goes_on = false;
    std::unique_ptr<Owned> first{new Owned{take(semaphore, goes_on)}};
    std::unique_ptr<Owned> second{new Owned{take(semaphore, goes_on)}};
    first.reset();
    held.reset();  // which has the second one woken
    second.reset();
    QCoreApplication::processEvents();
    CHECK_FALSE(goes_on);
    CHECK(semaphore.try_acquire());
}
