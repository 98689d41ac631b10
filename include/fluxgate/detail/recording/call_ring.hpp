// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A queue between one thread that puts in and one at a time that takes out, without a lock.
template <class T, std::size_t capacity>
class CallRing {
    static_assert((capacity & (capacity - 1)) == 0);

public:
    /// Puts one in; for the thread whose ring it is. Returns false where it is full.
    [[nodiscard]] bool put(T value) noexcept {
        const std::size_t put = put_.load(std::memory_order_relaxed);
        if (put - taken_.load(std::memory_order_acquire) == capacity) {
            return false;
        }
        cells_[put % capacity] = std::move(value);
        put_.store(put + 1, std::memory_order_release);
        return true;
    }

    /// Returns whether it is half full or more; for the thread whose ring it is.
    [[nodiscard]] bool is_half_full() const noexcept {
        return put_.load(std::memory_order_relaxed) - taken_.load(std::memory_order_relaxed) >=
               capacity / 2;
    }

    /// Takes out all that is in it by `take(value)`, the oldest first; one thread at a time.
    template <class Take>
    void take_all(Take take) {
        const std::size_t put = put_.load(std::memory_order_acquire);
        for (std::size_t taken = taken_.load(std::memory_order_relaxed); taken != put; ++taken) {
            const T value = std::exchange(cells_[taken % capacity], T{});
            taken_.store(taken + 1, std::memory_order_release);
            take(value);
        }
    }

    /// Says that nothing more is put in: the thread has ended.
    void close() noexcept { is_closed_.store(true, std::memory_order_release); }

    /// Returns whether nothing more is put in: what was, is found by the next `take_all`.
    [[nodiscard]] bool is_closed() const noexcept {
        return is_closed_.load(std::memory_order_acquire);
    }

private:
    // How many were ever put in, and taken out; both may wrap around. Each is written by one side
    // alone. Who reads the other side's with acquire sees what that did to the cells before its
    // release: that a value is there, or that the cell is free again.
    std::atomic<std::size_t> put_{0};
    std::array<T, capacity> cells_{};
    std::atomic<std::size_t> taken_{0};
    // False, then true for good. Its release comes after the last put, so who sees it sees that.
    std::atomic<bool> is_closed_{false};
};

}  // namespace fluxgate::inline v0_1::detail
