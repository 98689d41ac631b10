// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <utility>

/// The circuit breaker that a good engineer writes in an afternoon: a mutex, a queue of outcomes
/// and a clock. Opens when half of the last hundred calls failed, for a minute.
class HandrolledBreaker {
public:
    template <class F, class... Args>
    auto call(F&& f, Args&&... args) {
        admit();
        try {
            auto result = std::forward<F>(f)(std::forward<Args>(args)...);
            record(true);
            return result;
        } catch (...) {
            record(false);
            throw;
        }
    }

    void open() {
        const std::lock_guard lock{mutex_};
        open_ = true;
        opened_at_ = Clock::now();
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t size = 100;

    void admit() {
        const std::lock_guard lock{mutex_};
        if (open_) {
            if (Clock::now() - opened_at_ < std::chrono::minutes{1}) {
                throw std::runtime_error{"the circuit is open"};
            }
            open_ = false;
            outcomes_.clear();
            failures_ = 0;
        }
    }

    void record(bool success) {
        const std::lock_guard lock{mutex_};
        outcomes_.push_back(success);
        failures_ += success ? 0 : 1;
        if (outcomes_.size() > size) {
            failures_ -= outcomes_.front() ? 0 : 1;
            outcomes_.pop_front();
        }
        if (outcomes_.size() == size && 2 * failures_ >= size) {
            open_ = true;
            opened_at_ = Clock::now();
        }
    }

    std::mutex mutex_;
    std::deque<bool> outcomes_;
    std::size_t failures_ = 0;
    bool open_ = false;
    Clock::time_point opened_at_;
};
