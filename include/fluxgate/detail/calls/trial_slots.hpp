// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/spin_wait.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/semaphore.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The slots of trial calls that may wait for one, and a number of places in which they wait.
template <class Mutex>
class TrialSlots : public BasicSemaphore<Mutex> {
public:
    explicit TrialSlots(const TrialLimits& limits) noexcept
        : BasicSemaphore<Mutex>{limits.slot_count}, free_places_{limits.waiter_count} {}

    /// Owns one place, or none; gives it back when destroyed.
    class [[nodiscard]] Place {
    public:
        /// Owns none.
        Place() = default;
        Place(Place&& other) noexcept : free_{std::exchange(other.free_, nullptr)} {}
        Place& operator=(Place&& other) noexcept {
            Place taken{std::move(other)};
            std::swap(free_, taken.free_);
            return *this;
        }
        ~Place() {
            if (free_ != nullptr) {
                free_->fetch_add(1, std::memory_order_relaxed);
            }
        }

        [[nodiscard]] explicit operator bool() const noexcept { return free_ != nullptr; }

    private:
        friend TrialSlots;
        explicit Place(std::atomic<std::uint32_t>* free) noexcept : free_{free} {}

        /// Null where it owns none.
        std::atomic<std::uint32_t>* free_ = nullptr;
    };

    /// Returns a place to wait in, if one is free; else one that owns none.
    [[nodiscard]] Place take_place() noexcept {
        std::uint32_t free = free_places_.load(std::memory_order_relaxed);
        SpinWait wait;
        while (free != 0) {
            if (free_places_.compare_exchange_weak(free, free - 1, std::memory_order_relaxed)) {
                return Place{&free_places_};
            }
            wait();
        }
        return {};
    }

private:
    // The places in which nobody waits. Changed by read-modify-writes alone, so that none is taken
    // twice; it publishes nothing but itself, so all of them are relaxed.
    std::atomic<std::uint32_t> free_places_;
};

}  // namespace fluxgate::inline v0_1::detail
