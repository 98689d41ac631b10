// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/semaphore.hpp>
#include <fluxgate/strand_mutex.hpp>
#include <fluxgate/task.hpp>

#include <atomic>

using namespace fluxgate;

TEST_CASE("no more coroutines hold a slot than there are, whatever the threads") {
    constexpr int slots = 2;
    constexpr int rounds = 2000;
    Semaphore semaphore{slots};
    std::atomic<int> holding{0};   // counted up and down by whoever holds a slot
    std::atomic<int> too_many{0};  // counted up by whoever sees too many
    std::atomic<int> woken{0};     // counted up by whoever was woken without a slot
    const auto work = [&]() -> Task<> {
        for (int i = 0; i < rounds; ++i) {
            const Semaphore::Slot slot = co_await semaphore.acquire();
            if (!slot) {
                ++woken;
                continue;
            }
            too_many += ++holding > slots ? 1 : 0;
            --holding;
        }
    };
    in_threads(5, [&](int number) {
        if (number != 0) {
            sync_wait(work());
            return;
        }
        for (int i = 0; i < 200; ++i) {
            semaphore.wake_all();
        }
    });
    CHECK(too_many == 0);
    CHECK(holding == 0);
    CHECK(semaphore.generation() == 200);
    const Semaphore::Slot first = semaphore.try_acquire();
    const Semaphore::Slot second = semaphore.try_acquire();
    CHECK((first && second));
    CHECK_FALSE(semaphore.try_acquire());
}

TEST_CASE("sections of a strand mutex never run at the same time") {
    StrandMutex<> strand;
    int plain = 0;
    in_threads(4, [&](int) {
        for (int i = 0; i < 1000; ++i) {
            strand.run([&] { ++plain; });
        }
    });
    CHECK(plain == 4000);
}
