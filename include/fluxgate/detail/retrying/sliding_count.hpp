// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/retrying/slices.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The number of events in the latest slices of time. Thread-safe, without a lock.
template <std::size_t slices>
class SlidingCount {
public:
    /// The least number of a slice: those before it have cells, too.
    static constexpr Slice first = cells_for(slices);

    /// Counts one. A thread whose `now` is so long ago that its cell is a later slice's counts
    /// there.
    void count(Slice now) noexcept {
        std::atomic<std::uint64_t>& cell = cells_[now % cells_.size()];
        std::uint64_t word = cell.load(std::memory_order_relaxed);
        while (slice_of(word) != now && !is_later(slice_of(word), now)) {
            const std::uint64_t one = (std::uint64_t{now} << 32) | 1;
            if (cell.compare_exchange_weak(word, one, std::memory_order_relaxed)) {
                return;
            }
        }
        cell.fetch_add(1, std::memory_order_relaxed);
    }

    /// Returns how many there were in `now` and the slices before it.
    [[nodiscard]] std::uint64_t sum(Slice now) const noexcept {
        std::uint64_t sum = 0;
        for (Slice age = 0; age < slices; ++age) {
            const Slice slice = now - age;
            const std::uint64_t word =
                cells_[slice % cells_.size()].load(std::memory_order_relaxed);
            if (slice_of(word) == slice) {
                sum += word & 0xffff'ffff;
            }
        }
        return sum;
    }

private:
    [[nodiscard]] static Slice slice_of(std::uint64_t word) noexcept {
        return static_cast<Slice>(word >> 32);
    }

    // In each the slice that it counts for, in the upper half, and how many: changed by
    // read-modify-writes alone, so that no event is lost. They publish nothing: all are relaxed.
    std::array<std::atomic<std::uint64_t>, cells_for(slices)> cells_{};
};

}  // namespace fluxgate::inline v0_1::detail
