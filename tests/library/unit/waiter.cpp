// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/semaphore.hpp>
#include <fluxgate/waiter.hpp>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace {

/// The example of the reference: calls a function once a slot is free, with that slot.
class OnSlot final : fluxgate::Waiter {
public:
    using F = std::function<void(fluxgate::Semaphore::Slot)>;

    OnSlot(fluxgate::Semaphore& semaphore, F f) : fluxgate::Waiter{semaphore}, f_{std::move(f)} {
        if (!enter(semaphore.generation())) {
            wake();  // a slot was free
        }
    }
    ~OnSlot() { end(); }

private:
    void wake() noexcept override { f_(take_slot()); }
    F f_;
};

/// Counts how often it was locked, all of its kind together.
struct CountedMutex {
    static inline int locks = 0;
    static void lock() noexcept { ++locks; }
    static void unlock() noexcept {}
};

}  // namespace

TEST_CASE("a waiter without a coroutine is given a slot at once, or when one is free") {
    fluxgate::Semaphore semaphore{1};
    std::vector<fluxgate::Semaphore::Slot> slots;
    const auto keep = [&](fluxgate::Semaphore::Slot slot) { slots.push_back(std::move(slot)); };

    const OnSlot first{semaphore, keep};
    REQUIRE(slots.size() == 1);
    CHECK(slots[0]);

    const OnSlot second{semaphore, keep};
    CHECK(slots.size() == 1);
    fluxgate::Semaphore::Slot given = std::move(slots[0]);
    given.release();
    REQUIRE(slots.size() == 2);
    CHECK(slots[1]);
}

TEST_CASE("a waiter without a coroutine leaves the queue when it is destroyed") {
    fluxgate::Semaphore semaphore{1};
    int calls = 0;
    fluxgate::Semaphore::Slot slot = semaphore.try_acquire();
    {
        const OnSlot gone{semaphore, [&](fluxgate::Semaphore::Slot) { ++calls; }};
    }
    slot.release();
    CHECK(calls == 0);
    CHECK(semaphore.try_acquire());
}

TEST_CASE("wake_all wakes a waiter without a slot") {
    fluxgate::Semaphore semaphore{0};
    std::optional<bool> given;
    const OnSlot waiter{semaphore,
                        [&](fluxgate::Semaphore::Slot slot) { given = static_cast<bool>(slot); }};
    CHECK(!given);
    semaphore.wake_all();
    CHECK(given == false);
}

TEST_CASE("a waiter that never waits takes no lock when it ends") {
    fluxgate::BasicSemaphore<CountedMutex> semaphore{1};
    const int locks = CountedMutex::locks;
    {
        [[maybe_unused]] const auto free_slot = semaphore.acquire(0);
    }
    CHECK(CountedMutex::locks == locks);
}
