// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The number of open breakers of a group, and the most that may be open.
class OpenBudgetState {
public:
    explicit OpenBudgetState(double share) noexcept : share_{share} {}

    OpenBudgetState(const OpenBudgetState&) = delete;
    OpenBudgetState& operator=(const OpenBudgetState&) = delete;

    /// Says how many breakers there are.
    void set_size(std::int64_t size) noexcept { size_.store(size, std::memory_order_relaxed); }

    /// Takes a place among the open ones. Returns false if none is free.
    [[nodiscard]] FLUXGATE_NOINLINE bool try_take() noexcept {
        const std::int64_t most = most_of(size_.load(std::memory_order_relaxed));
        std::int64_t open = open_.load(std::memory_order_relaxed);
        while (open < most) {
            if (open_.compare_exchange_weak(open, open + 1, std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }
    /// Takes a place also where none is free.
    FLUXGATE_NOINLINE void take() noexcept { open_.fetch_add(1, std::memory_order_relaxed); }
    /// Gives a place back.
    FLUXGATE_NOINLINE void give_back() noexcept { open_.fetch_sub(1, std::memory_order_relaxed); }

    /// Counts an opening that was refused.
    FLUXGATE_NOINLINE void count_refusal() noexcept {
        refused_.fetch_add(1, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t refused() const noexcept {
        return refused_.load(std::memory_order_relaxed);
    }

private:
    /// Returns how many of so many may be open: the most that are no greater share than `share_`,
    /// as that is written. 29 % of 100 are 29, though 0.29 * 100 is below that.
    [[nodiscard]] std::int64_t most_of(std::int64_t size) const noexcept {
        const auto whole = static_cast<double>(size);
        auto most = static_cast<std::int64_t>(share_ * whole);
        if (static_cast<double>(most + 1) / whole <= share_) {
            ++most;
        }
        return (std::max)(most, std::int64_t{1});
    }

    const double share_;
    // The number of breakers, stored by who adds or drops one; of those that are open, changed by
    // read-modify-writes of the breakers, so that no place is taken twice; and of refusals. They
    // publish nothing but themselves, so all are relaxed.
    std::atomic<std::int64_t> size_{0};
    std::atomic<std::int64_t> open_{0};
    std::atomic<std::uint64_t> refused_{0};
};

}  // namespace fluxgate::inline v0_1::detail
