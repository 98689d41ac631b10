// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "spawn.hpp"

#include <fluxgate/semaphore.hpp>
#include <fluxgate/strand_mutex.hpp>
#include <fluxgate/task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace fluxgate;
using Slot = Semaphore::Slot;

namespace {

/// Waits for a slot, says so, and keeps it in `slots`.
Task<> hold(Semaphore& semaphore, int number, std::vector<int>& order, std::vector<Slot>& slots) {
    Slot slot = co_await semaphore.acquire();
    order.push_back(slot ? number : -number);
    slots.push_back(std::move(slot));
}

/// Waits for a slot and gives it back at once.
Task<> pass(Semaphore& semaphore, int& passed) {
    const Slot slot = co_await semaphore.acquire();
    ++passed;
}

/// Waits for a slot of its own semaphore and keeps it; then gives back one of another's.
Task<> relay(Semaphore& own, Slot others, std::vector<Slot>& kept) {
    Slot slot = co_await own.acquire();
    kept.push_back(std::move(slot));
    others.release();
}

}  // namespace

TEST_CASE("a semaphore has as many slots as it is told, and they come back") {
    Semaphore semaphore{2};
    std::optional<Slot> first{semaphore.try_acquire()};
    Slot second = semaphore.try_acquire();
    CHECK(*first);
    CHECK(second);
    CHECK_FALSE(semaphore.try_acquire());
    first.reset();
    CHECK(semaphore.try_acquire());
    second.release();
    CHECK_FALSE(second);
}

TEST_CASE("waiters are served first come, first served, and nobody barges in") {
    Semaphore semaphore{1};
    std::vector<int> order;
    std::vector<Slot> slots;
    Slot held = semaphore.try_acquire();
    const Spawned one{hold(semaphore, 1, order, slots)};
    const Spawned two{hold(semaphore, 2, order, slots)};
    CHECK(order.empty());
    held.release();
    CHECK(order == std::vector{1});
    CHECK_FALSE(semaphore.try_acquire());
    Slot(std::move(slots[0])).release();
    CHECK(order == std::vector{1, 2});
    Slot(std::move(slots[1])).release();
    CHECK(semaphore.try_acquire());
}

TEST_CASE("a waiter that is destroyed leaves the queue, and the next one moves up") {
    Semaphore semaphore{1};
    std::vector<int> order;
    std::vector<Slot> slots;
    Slot held = semaphore.try_acquire();
    std::optional<Spawned> one{hold(semaphore, 1, order, slots)};
    const Spawned two{hold(semaphore, 2, order, slots)};
    one.reset();
    held.release();
    CHECK(order == std::vector{2});
}

TEST_CASE("all waiters are woken at once, in order and without a slot") {
    Semaphore semaphore{1};
    std::vector<int> order;
    std::vector<Slot> slots;
    const std::uint64_t before = semaphore.generation();
    const Slot held = semaphore.try_acquire();
    const Spawned one{hold(semaphore, 1, order, slots)};
    const Spawned two{hold(semaphore, 2, order, slots)};
    semaphore.wake_all();
    CHECK(order == std::vector{-1, -2});

    const auto late = [](Semaphore& of, std::uint64_t generation, bool& woken) -> Task<> {
        const Slot slot = co_await of.acquire(generation);
        woken = !slot;
    };
    bool woken = false;
    const Spawned three{late(semaphore, before, woken)};
    CHECK(woken);
}

TEST_CASE("a slot on its way to a waiter that is destroyed goes to the next one") {
    Semaphore semaphore{2};
    std::vector<int> order;
    std::vector<Slot> slots;
    Slot a = semaphore.try_acquire();
    Slot b = semaphore.try_acquire();
    std::optional<Spawned> doomed;
    const auto destroy = [](Semaphore& of, Slot& other, std::optional<Spawned>& victim) -> Task<> {
        const Slot slot = co_await of.acquire();
        other.release();  // given to the victim, which is woken after this coroutine
        victim.reset();
    };
    const Spawned killer{destroy(semaphore, b, doomed)};
    doomed.emplace(hold(semaphore, 2, order, slots));
    const Spawned next{hold(semaphore, 3, order, slots)};
    a.release();
    CHECK(order == std::vector{3});
    CHECK(slots.size() == 1);
    CHECK(semaphore.try_acquire());
}

TEST_CASE("a hundred thousand waiters are woken on a flat stack") {
    constexpr int waiters = 100'000;
    Semaphore semaphore{1};
    int passed = 0;
    std::vector<Spawned> spawned;
    Slot held = semaphore.try_acquire();
    for (int i = 0; i < waiters; ++i) {
        spawned.emplace_back(pass(semaphore, passed));
    }
    held.release();
    CHECK(passed == waiters);
    CHECK(semaphore.try_acquire());
}

TEST_CASE("waiters of two semaphores that wake each other are woken on a flat stack") {
    constexpr std::size_t pairs = 50'000;
    Semaphore first{pairs + 1};
    Semaphore second{pairs};
    std::vector<Slot> kept;
    Slot held = first.try_acquire();
    std::vector<Slot> firsts;
    std::vector<Slot> seconds;
    for (std::size_t i = 0; i != pairs; ++i) {
        firsts.push_back(first.try_acquire());
        seconds.push_back(second.try_acquire());
    }
    std::vector<Spawned> spawned;
    for (std::size_t i = 0; i != pairs; ++i) {
        spawned.emplace_back(relay(first, std::move(seconds[i]), kept));
        spawned.emplace_back(relay(second, std::move(firsts[i]), kept));
    }
    held.release();
    CHECK(kept.size() == 2 * pairs);
}

TEST_CASE("a strand mutex runs sections and hands on what they return") {
    StrandMutex<> strand;
    CHECK(strand.run([] { return 5; }) == 5);
    int value = 1;
    CHECK(&strand.run([&]() -> int& { return value; }) == &value);
    CHECK_THROWS_AS(strand.run([] { throw std::runtime_error{"down"}; }), std::runtime_error);
    strand.run([&] { ++value; });
    CHECK(value == 2);
}

TEST_CASE("a slot that is moved into itself is kept") {
    Semaphore semaphore{1};
    Slot slot = semaphore.try_acquire();
    Slot& same = slot;
    slot = std::move(same);
    CHECK(slot);
    CHECK_FALSE(semaphore.try_acquire());
    slot.release();
    CHECK(semaphore.try_acquire());
}

TEST_CASE("a slot that takes another one over gives back its own") {
    Semaphore first{1};
    Semaphore second{1};
    Slot slot = first.try_acquire();
    slot = second.try_acquire();
    CHECK(first.try_acquire());
    CHECK_FALSE(second.try_acquire());
}
