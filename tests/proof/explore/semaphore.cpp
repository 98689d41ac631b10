// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Coroutines that wait for a slot of a semaphore, and threads that give slots back.

#include "catch.hpp"
#include "coroutines.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/semaphore.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;

namespace {

/// Holds all slots of a semaphore at first, and waits with coroutines.
class SlotWorld : public World {
public:
    explicit SlotWorld(std::size_t slots) : semaphore{slots}, slots_{slots} {
        for (std::size_t i = 0; i != slots; ++i) {
            held.push_back(semaphore.try_acquire());
        }
    }

    /// Every waiter went on, and every slot is there again.
    void check() override {
        held.clear();
        if (resumed_ != waiters_) {
            report("a waiter hangs");
        }
        for (std::size_t i = 0; i != slots_; ++i) {
            held.push_back(semaphore.try_acquire());
            if (!held.back()) {
                report("a slot is lost");
            }
        }
        if (semaphore.try_acquire()) {
            report("there is a slot too many");
        }
        held.clear();
    }

protected:
    Detached wait() {
        ++waiters_;
        {
            const Semaphore::Slot slot = co_await semaphore.acquire();
            if (slot) {
                use();
            }
        }
        ++resumed_;
    }

    void try_to_use() {
        const Semaphore::Slot slot = semaphore.try_acquire();
        if (slot) {
            use();
        }
    }

    /// What only the holder of the one slot does.
    void use() {
        ++uses;
        in_use_ = !in_use_;
    }

    Semaphore semaphore;
    std::vector<Semaphore::Slot> held;
    int uses = 0;

private:
    const std::size_t slots_;
    int waiters_ = 0;
    int resumed_ = 0;
    plain_data<bool> in_use_{false};
};

struct GivenBackWhileOneComes final : SlotWorld {
    GivenBackWhileOneComes() : SlotWorld{1} {}
    std::vector<std::function<void()>> threads() override {
        return {[this] { held[0].release(); }, [this] { wait(); }, [this] { try_to_use(); }};
    }
};

struct GivenBackWhileTwoCome final : SlotWorld {
    GivenBackWhileTwoCome() : SlotWorld{1} {}
    std::vector<std::function<void()>> threads() override {
        return {[this] { held[0].release(); }, [this] { wait(); }, [this] { wait(); }};
    }
    void check() override {
        SlotWorld::check();
        if (uses != 2) {
            report("a waiter was woken without a slot");
        }
    }
};

struct AllWokenAndGivenBack final : SlotWorld {
    AllWokenAndGivenBack() : SlotWorld{1} {}
    std::vector<std::function<void()>> threads() override {
        return {[this] { semaphore.wake_all(); }, [this] { wait(); },
                [this] { held[0].release(); }};
    }
};

/// Those who ask for the generation before they look at a flag do not miss that it is set.
struct FlagBeforeWakeAll final : SlotWorld {
    FlagBeforeWakeAll() : SlotWorld{0} {}
    std::vector<std::function<void()>> threads() override {
        const auto set = [this] {
            flag_.store(true, std::memory_order_release);
            semaphore.wake_all();
        };
        const auto look = [this] { wait_for_flag(); };
        return {set, look, look};
    }
    void check() override {
        SlotWorld::check();
        if (seen_ != 2) {
            report("the flag was missed");
        }
    }

private:
    Detached wait_for_flag() {
        for (;;) {
            const std::uint64_t generation = semaphore.generation();
            if (flag_.load(std::memory_order_acquire)) {
                break;
            }
            const Semaphore::Slot none = co_await semaphore.acquire(generation);
        }
        ++seen_;
    }

    explore::atomic<bool> flag_{false};
    int seen_ = 0;
};

/// The first waiter that is woken destroys the next, which stands in the same thread's loop and
/// holds a slot that it has not taken.
struct OneDestroysTheNext final : SlotWorld {
    OneDestroysTheNext() : SlotWorld{2} {
        destroy_next();
        next_ = wait_in_second_place();
    }
    std::vector<std::function<void()>> threads() override {
        return {[this] { held[0].release(); }, [this] { try_to_use(); }};
    }

private:
    Detached destroy_next() {
        const Semaphore::Slot slot = co_await semaphore.acquire();
        held[1].release();  // to the next, which this thread wakes once it is back in its loop
        std::exchange(next_, std::nullopt)->destroy();
    }
    Detached wait_in_second_place() {
        const Semaphore::Slot slot = co_await semaphore.acquire();
        report("a waiter that was destroyed goes on");
    }

    std::optional<Detached> next_;
};

}  // namespace

TEST_CASE("the slot is given back, while one coroutine waits and one thread tries") {
    explore_program<GivenBackWhileOneComes>();
}
TEST_CASE("the slot is given back, while two coroutines wait") {
    explore_program<GivenBackWhileTwoCome>();
}
TEST_CASE("all waiters are woken, while one comes and the slot is given back") {
    explore_program<AllWokenAndGivenBack>();
}
TEST_CASE("a flag is set and all waiters are woken, while two look at it and wait") {
    explore_program<FlagBeforeWakeAll>();
}
TEST_CASE("a waiter that is woken destroys the next one that the same thread is to wake") {
    explore_program<OneDestroysTheNext>();
}
