// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <future>
#include <latch>
#include <vector>

/// Runs `f(0)` to `f(count - 1)` at the same time, each in a thread of its own, waits for all, and
/// throws what one of them throws.
template <class F>
void in_threads(int count, F f) {
    std::latch start{count};
    std::vector<std::future<void>> threads;
    for (int i = 0; i < count; ++i) {
        threads.push_back(std::async(std::launch::async, [&start, &f, i] {
            start.arrive_and_wait();
            f(i);
        }));
    }
    for (std::future<void>& thread : threads) {
        thread.get();
    }
}
