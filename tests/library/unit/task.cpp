// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/task.hpp>

#include <coroutine>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

using fluxgate::sync_wait;
using fluxgate::Task;

namespace {

Task<int> number(int value) {
    co_return value;
}

Task<int> sum(int left, int right) {
    const int a = co_await number(left);
    const int b = co_await number(right);
    co_return a + b;
}

Task<> fail() {
    throw std::runtime_error{"down"};
    co_return;
}

Task<std::unique_ptr<int>> owner(int value) {
    co_return std::make_unique<int>(value);
}

Task<int&> reference(int& value) {
    co_return value;
}

/// Counts the frames in which it lives.
struct Counted {
    explicit Counted(int& count) : alive{count} { ++alive; }
    Counted(const Counted&) = delete;
    ~Counted() { --alive; }
    int& alive;
};

/// Goes on in a thread of its own.
struct SwitchThread {
    static bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
        thread = std::thread{[handle] { handle.resume(); }};
    }
    static void await_resume() noexcept {}
    std::thread& thread;
};

}  // namespace

TEST_CASE("a task gives results of every kind") {
    CHECK(sync_wait(sum(2, 3)) == 5);
    CHECK(*sync_wait(owner(5)) == 5);
    int value = 5;
    CHECK(&sync_wait(reference(value)) == &value);
    const auto nothing = []() -> Task<> { co_return; };
    sync_wait(nothing());
}

TEST_CASE("a task's exception reaches the one who awaits it") {
    CHECK_THROWS_AS(sync_wait(fail()), std::runtime_error);
    const auto recover = []() -> Task<std::string> {
        std::string what;
        try {
            co_await fail();
        } catch (const std::runtime_error& error) {
            what = error.what();
        }
        co_return what;
    };
    CHECK(sync_wait(recover()) == "down");
}

TEST_CASE("a task does not begin before it is awaited, and is destroyed unawaited") {
    int alive = 0;
    bool ran = false;
    const auto lazy = [](int& count, bool& flag) -> Task<> {
        const Counted counted{count};
        flag = true;
        co_return;
    };
    {
        Task<> task = lazy(alive, ran);
        Task<> moved = std::move(task);
        moved = lazy(alive, ran);
    }
    CHECK_FALSE(ran);
    CHECK(alive == 0);
}

TEST_CASE("a task destroyed while suspended destroys what it awaits") {
    struct Forever {
        static bool await_ready() noexcept { return false; }
        void await_suspend(std::coroutine_handle<> suspended) const noexcept { handle = suspended; }
        static void await_resume() noexcept {}
        std::coroutine_handle<>& handle;
    };
    int alive = 0;
    std::coroutine_handle<> handle;
    const auto inner = [](int& count, std::coroutine_handle<>& suspended) -> Task<> {
        const Counted counted{count};
        co_await Forever{suspended};
    };
    const auto outer = [&inner](int& count, std::coroutine_handle<>& suspended) -> Task<> {
        const Counted counted{count};
        Task<> task = inner(count, suspended);
        co_await std::move(task);
    };
    {
        Task<> task = outer(alive, handle);
        auto awaiter = std::move(task).operator co_await();
        awaiter.await_suspend(std::noop_coroutine()).resume();
        CHECK(alive == 2);
        CHECK(handle);
    }
    CHECK(alive == 0);
}

TEST_CASE("a task that ends in another thread is waited for") {
    std::thread thread;
    const auto switching = [](std::thread& other) -> Task<std::thread::id> {
        SwitchThread switch_thread{other};
        co_await switch_thread;
        co_return std::this_thread::get_id();
    };
    CHECK(sync_wait(switching(thread)) != std::this_thread::get_id());
    thread.join();
}

TEST_CASE("a task that is moved into itself is kept") {
    Task<int> task = [](int value) -> Task<int> { co_return value; }(3);
    Task<int>& same = task;
    task = std::move(same);
    CHECK(sync_wait(std::move(task)) == 3);
}
