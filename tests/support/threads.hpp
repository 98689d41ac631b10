// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <vector>

/// A point that all threads reach before any goes on, again and again. Not `std::barrier`, which
/// libc++ has in its library, where ThreadSanitizer does not see it.
class Meeting {
public:
    explicit Meeting(int threads) : threads_{threads} {}

    void arrive_and_wait() {
        std::unique_lock lock{mutex_};
        const int phase = phase_;
        ++arrived_;
        if (arrived_ == threads_) {
            arrived_ = 0;
            ++phase_;
            all_came_.notify_all();
            return;
        }
        all_came_.wait(lock, [&] { return phase_ != phase; });
    }

private:
    const int threads_;
    std::mutex mutex_;
    std::condition_variable all_came_;
    int arrived_ = 0;
    int phase_ = 0;
};

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
