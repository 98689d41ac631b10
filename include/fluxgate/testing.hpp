// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/environment.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

// Virtual time, for tests of code that uses a breaker: no test needs to sleep.
//
//     fluxgate::testing::VirtualTime time;
//     fluxgate::CircuitBreaker breaker{fluxgate::testing::Virtual{time}, fluxgate::Cooldown{10s}};
//     breaker.force_open();
//     time.advance(10s);

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::testing {

/// Two clocks that stand still until they are advanced, and a random source that draws one number.
///
/// Thread-safe. It must outlive the breakers that live in it.
class VirtualTime {
public:
    /// Begins at second 1,000,000 of both clocks; each draw gives 0.5.
    VirtualTime() = default;

    VirtualTime(const VirtualTime&) = delete;
    VirtualTime& operator=(const VirtualTime&) = delete;

    /// Moves both clocks ahead by as much, which is not below zero and leaves less than 292 years
    /// on them; else throws `std::invalid_argument`.
    void advance(detail::Duration by) {
        std::int64_t before = now_.load(std::memory_order_relaxed);
        std::int64_t after{};
        do {
            const std::chrono::nanoseconds left =
                (std::chrono::nanoseconds::max)() - std::chrono::nanoseconds{before + 1};
            const std::chrono::nanoseconds step = by.checked_up_to(
                left, "VirtualTime's advance", "from 0 s to what is left of 292 years");
            after = before + step.count();
        } while (!now_.compare_exchange_weak(before, after, std::memory_order_release,
                                             std::memory_order_relaxed));
    }

    /// Makes every random draw from now on `u`, which is in [0, 1); else throws
    /// `std::invalid_argument`.
    void draws(detail::Number u) {
        uniform_.store(u.as_draw("VirtualTime's draw"), std::memory_order_relaxed);
    }

    /// Returns the monotonic clock.
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept {
        return std::chrono::steady_clock::time_point{elapsed()};
    }

    /// Returns the system clock.
    [[nodiscard]] std::chrono::system_clock::time_point wall_clock() const noexcept {
        return std::chrono::system_clock::time_point{
            std::chrono::duration_cast<std::chrono::system_clock::duration>(elapsed())};
    }

    /// Returns what each draw gives.
    [[nodiscard]] double uniform() const noexcept {
        return uniform_.load(std::memory_order_relaxed);
    }

private:
    [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept {
        return std::chrono::nanoseconds{now_.load(std::memory_order_acquire)};
    }

    // Nanoseconds of both clocks; only grows, by advance(). A thread that reads a time sees what
    // was written before it was advanced to: the read in elapsed() acquires what advance()
    // releases.
    std::atomic<std::int64_t> now_{
        std::chrono::nanoseconds{std::chrono::seconds{1'000'000}}.count()};
    // In [0, 1); written by draws() alone, ordered with nothing.
    std::atomic<double> uniform_{0.5};
};

/// The environment of a breaker that lives in virtual time. Thread-safe.
class Virtual : public environment_base {
public:
    /// The lock of each breaker.
    using Mutex = std::mutex;

    /// Takes its time from this one, which must outlive it.
    explicit Virtual(VirtualTime& time) noexcept : time_{&time} {}

    /// Returns the monotonic clock of that time.
    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept {
        return time_->now();
    }
    /// Returns the system clock of that time.
    [[nodiscard]] std::chrono::system_clock::time_point wall_clock() const noexcept {
        return time_->wall_clock();
    }
    /// Returns what each draw of that time gives.
    [[nodiscard]] double uniform() const noexcept { return time_->uniform(); }

private:
    VirtualTime* time_;
};

}  // namespace fluxgate::inline v0_1::testing
