// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/retrying/slices.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Admits so many in the latest slices of time, and never one more. Thread-safe, without a lock.
///
/// Who asks closes all earlier slices of its window first. So what it finds there is final, and
/// what it adds to the newest slice is decided by that one cell, whoever else asks meanwhile: a
/// thread that is late finds its slice closed and asks for the next one.
template <std::size_t slices>
class SlidingLimit {
public:
    /// The least number of a slice: those before it have cells, too.
    static constexpr Slice first = cells_for(slices);

    /// Admits one if `allows(n, slice)`, where it would be the n-th in the window that ends with
    /// `slice`: with `now`, or later where another thread was ahead. Refuses a thread whose `now` is
    /// so long ago that its cells are used again.
    template <class Allows>
    [[nodiscard]] bool try_admit(Slice now, Allows allows) noexcept {
        for (;; ++now) {
            const std::optional<std::uint64_t> earlier = close_before(now);
            if (!earlier) {
                return false;
            }
            std::atomic<std::uint64_t>& cell = cells_[now % cells_.size()];
            std::uint64_t word = cell.load(std::memory_order_relaxed);
            while (!is_closed(word, now)) {
                if (is_later(slice_of(word), now)) {
                    return false;
                }
                const std::uint64_t here = count_in(word, now);
                if (here == largest_count || !allows(*earlier + here + 1, now)) {
                    return false;
                }
                if (cell.compare_exchange_weak(word, word_of(now, here + 1),
                                               std::memory_order_relaxed)) {
                    return true;
                }
            }
        }
    }

private:
    static constexpr std::uint64_t closed = std::uint64_t{1} << 31;
    static constexpr std::uint64_t largest_count = closed - 1;

    [[nodiscard]] static Slice slice_of(std::uint64_t word) noexcept {
        return static_cast<Slice>(word >> 32);
    }
    [[nodiscard]] static bool is_closed(std::uint64_t word, Slice slice) noexcept {
        return slice_of(word) == slice && (word & closed) != 0;
    }
    [[nodiscard]] static std::uint64_t count_in(std::uint64_t word, Slice slice) noexcept {
        return slice_of(word) == slice ? word & largest_count : 0;
    }
    [[nodiscard]] static std::uint64_t word_of(Slice slice, std::uint64_t count) noexcept {
        return (std::uint64_t{slice} << 32) | count;
    }

    /// Closes the window's slices before `now`, and returns how many there are in them; nothing
    /// where a cell is used again.
    [[nodiscard]] std::optional<std::uint64_t> close_before(Slice now) noexcept {
        std::uint64_t sum = 0;
        for (Slice age = 1; age < slices; ++age) {
            const Slice slice = now - age;
            std::atomic<std::uint64_t>& cell = cells_[slice % cells_.size()];
            std::uint64_t word = cell.load(std::memory_order_relaxed);
            while (!is_closed(word, slice)) {
                if (is_later(slice_of(word), slice)) {
                    return std::nullopt;
                }
                const std::uint64_t final_word = word_of(slice, count_in(word, slice)) | closed;
                if (cell.compare_exchange_weak(word, final_word, std::memory_order_relaxed)) {
                    word = final_word;
                }
            }
            sum += count_in(word, slice);
        }
        return sum;
    }

    // In each the slice that it counts for, in the upper half, whether that is closed, and how many.
    // Changed by compare-and-swap alone; a closed one only by that of a slice which comes a whole
    // turn later. What is decided by a cell is decided by its own order of changes, and nothing else
    // is published: all are relaxed.
    std::array<std::atomic<std::uint64_t>, cells_for(slices)> cells_{};
};

}  // namespace fluxgate::inline v0_1::detail
