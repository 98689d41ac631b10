// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <chrono>
#include <optional>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// What a store knows of the calls in a breaker's window, and when it is to be told again. Not
/// thread-safe.
class ToldCalls {
public:
    /// Takes how long it is from one telling to the next.
    explicit ToldCalls(std::chrono::nanoseconds interval) noexcept : interval_{interval} {}

    /// Returns whether an interval has passed since the latest telling.
    [[nodiscard]] bool is_due(TimePoint now) const noexcept { return now >= due_; }

    /// Begins a statement that says nothing of the calls.
    void say_nothing() noexcept { said_.reset(); }
    /// Says these in the statement. Returns whether the store has to be told of them.
    [[nodiscard]] bool say(const PooledCalls& calls, TimePoint now) {
        said_ = calls;
        const bool are_new = said_ != told_;
        if (are_new) {
            due_ = time_after(now, interval_);
        }
        return are_new;
    }

    /// Hears that the statement has arrived.
    void hear() noexcept {
        if (said_) {
            told_ = std::exchange(said_, std::nullopt);
        }
    }
    /// Hears that others tell enough; a place may become free.
    void hear_of_others(TimePoint now) noexcept {
        told_.reset();
        due_ = time_after(now, 30 * interval_);
    }

    /// Has all told again, at once.
    void forget() noexcept {
        told_.reset();
        due_ = TimePoint{};
    }

private:
    const std::chrono::nanoseconds interval_;
    /// What the store knows, and what the latest statement says.
    std::optional<PooledCalls> told_;
    std::optional<PooledCalls> said_;
    TimePoint due_{};
};

}  // namespace fluxgate::inline v0_1::detail
