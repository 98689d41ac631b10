// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/exchangeable.hpp>
#include <fluxgate/detail/machine/spin_wait.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The calls under way of the current period, counted by the slices of time in which they began. A
/// slice whose last call would be overdue has its calls taken, one by one.
///
/// A slice is a 32nd of the threshold. Each has a cell: a word of its number, its *mark*, and of
/// how many calls are under way that began in it. A call adds itself to the cell of the newest
/// slice, keeps the mark, and takes itself away when it is settled, both only while the cell has
/// that mark. So whatever takes a call away, its own end or the holder of the lock, does so once.
///
/// Anybody calls `begin`, `end` and `is_due`; the rest is called under the breaker's lock. The
/// orders:
///
/// - `end_of_newest_` is stored with release after `newest_`, and loaded with acquire before it: a
///   call that sees when a slice ends sees that slice or a later one. So it is never counted in one
///   that was over when it read the clock, and never overdue early.
/// - All else is relaxed. `newest_` names the period of the slice, so a call that was granted in
///   another one does not begin here; one that sees an older slice than it should finds that this
///   has ended. The cells count, and publish nothing: those in which calls are under way are
///   changed by read-modify-writes alone, but for `restart`, which ends the period of all these
///   calls. `first_due_` is a hint.
///
/// `Changes` says whether the threshold may change. Calls that began before it did are in the ring
/// no more, but are remembered until they are settled: those that were overdue before have counted.
template <bool IsShared, bool Changes>
class OverdueRing {
public:
    /// The number of a slice. Zero is none. 32 bits are enough: the cell of a call would have to be
    /// prepared 2^32 times while the call goes on, and be looked at in the turn of the same number.
    using Mark = std::uint32_t;

    /// `error` is how far the calls' clock may be behind that of the lock's holder.
    OverdueRing(std::chrono::nanoseconds threshold, std::chrono::nanoseconds error) noexcept
        : threshold_{threshold}, width_{width_of(threshold)}, error_{error} {}

    /// Returns whether a clock with this error finds calls overdue no later than promised: by the
    /// slice and the error that are waited for, and the error with which a look is taken.
    [[nodiscard]] static bool bears(std::chrono::nanoseconds threshold,
                                    std::chrono::nanoseconds error) noexcept {
        const std::chrono::nanoseconds spare = threshold / 8 - width_of(threshold);
        return error <= spare / 2;
    }

    [[nodiscard]] std::chrono::nanoseconds threshold() const noexcept { return threshold_.get(); }
    /// Returns whether the calls' clock may be behind that of the lock's holder.
    [[nodiscard]] bool bears_error() const noexcept { return error_.get().count() != 0; }

    /// Counts in a call of this period. Returns zero where that needs the lock: another period or
    /// slice may have to begin, or calls may be overdue.
    [[nodiscard]] Mark begin(std::uint64_t period, TimePoint now) noexcept {
        if (now >= end_of_newest_.load(std::memory_order_acquire) || is_due(now)) {
            return 0;
        }
        const std::uint64_t newest = newest_.load(std::memory_order_relaxed);
        const auto mark = static_cast<Mark>(newest & most);
        if (newest >> mark_bits != (period & most) || mark == 0) {
            return 0;
        }
        return change(mark, [](std::uint64_t count) { return count != most; }, 1) ? mark : 0;
    }

    /// Counts out a call. Returns false where it was taken, or its period is over.
    [[nodiscard]] bool end(Mark mark) noexcept {
        return change(mark, [](std::uint64_t count) { return count != 0; }, ~std::uint64_t{0});
    }

    /// Returns whether calls may be overdue.
    [[nodiscard]] bool is_due(TimePoint now) const noexcept {
        return now >= first_due_.load(std::memory_order_relaxed);
    }

    /// Returns whether a call that began and ended at these times of the calls' clock was overdue.
    [[nodiscard]] bool is_late(TimePoint began, TimePoint ended) const noexcept {
        return ended >= time_after(time_after(began, threshold_.get()), error_.get());
    }

    // The rest is called under the breaker's lock.

    /// Begins a period, in which nothing has begun.
    void restart(std::uint64_t period) noexcept {
        for (std::atomic<std::uint64_t>& cell : cells_) {
            cell.store(0, std::memory_order_relaxed);
        }
        if constexpr (Changes) {
            past_.clear();
        }
        begin_slices(period);
    }

    /// Makes room for `change`. Throws `std::bad_alloc`.
    void prepare_change()
        requires Changes
    {
        past_.reserve(past_.size() + size);
    }

    /// Takes another threshold, and begins a period for it. The calls under way go on, and are no
    /// more overdue. After `prepare_change`.
    void change(std::chrono::nanoseconds threshold, std::chrono::nanoseconds error,
                std::uint64_t period) noexcept
        requires Changes
    {
        for (std::atomic<std::uint64_t>& cell : cells_) {
            const std::uint64_t bits = cell.exchange(0, std::memory_order_relaxed);
            if ((bits & most) != 0) {
                past_.push_back(bits);
            }
        }
        threshold_.set(threshold);
        width_.set(width_of(threshold));
        error_.set(error);
        begin_slices(period);
    }

    /// Goes on in another period, with the calls under way.
    void go_on(std::uint64_t period) noexcept
        requires Changes
    {
        const std::uint64_t mark = newest_.load(std::memory_order_relaxed) & most;
        newest_.store((period & most) << mark_bits | mark, std::memory_order_relaxed);
    }

    /// Counts out a call that began before the latest `change`. Returns false where it is none, or
    /// was taken, or its period is over. Complexity: linear in the slices of such calls.
    [[nodiscard]] bool end_past(Mark mark) noexcept
        requires Changes
    {
        const auto found = std::ranges::find(
            past_, mark, [](std::uint64_t bits) { return static_cast<Mark>(bits >> mark_bits); });
        if (found == past_.end()) {
            return false;
        }
        --*found;
        if ((*found & most) == 0) {
            past_.erase(found);
        }
        return true;
    }

    /// Begins a slice, unless the newest one is still that of `now`. Where all cells are in use,
    /// which a clock that keeps its promises does not bring about, the newest slice goes on.
    void prepare(std::uint64_t period, TimePoint now) noexcept {
        if (now < end_of_newest_.load(std::memory_order_relaxed)) {
            return;
        }
        const TimePoint end = time_after(now, width_.get());
        const bool is_full = next_ - oldest_ == size;
        const Mark mark = is_full ? newest_mark_ : next_;
        dues_[place_of(mark)] = time_after(time_after(end, error_.get()), threshold_.get());
        if (!is_full) {
            cell(mark).store(std::uint64_t{mark} << mark_bits, std::memory_order_relaxed);
            newest_mark_ = mark;
            next_ = next_ + 1 == 0 ? 1 : next_ + 1;
        }
        if (mark == oldest_) {
            first_due_.store(dues_[place_of(mark)], std::memory_order_relaxed);
        }
        newest_.store((period & most) << mark_bits | mark, std::memory_order_relaxed);
        end_of_newest_.store(end, std::memory_order_release);
    }

    /// Takes a call that is overdue. Returns whether there was one.
    [[nodiscard]] bool take_overdue(TimePoint now) noexcept {
        while (oldest_ != next_ && dues_[place_of(oldest_)] <= now) {
            if (end(oldest_)) {
                return true;
            }
            if (!retire(oldest_)) {
                continue;  // a call has begun in it, which has read the clock long ago
            }
            oldest_ = oldest_ + 1 == 0 ? 1 : oldest_ + 1;
            first_due_.store(oldest_ != next_ ? dues_[place_of(oldest_)] : (TimePoint::max)(),
                             std::memory_order_relaxed);
        }
        return false;
    }

private:
    /// Begins without a slice; those to come are of this period.
    void begin_slices(std::uint64_t period) noexcept {
        oldest_ = next_;
        first_due_.store((TimePoint::max)(), std::memory_order_relaxed);
        newest_.store((period & most) << mark_bits, std::memory_order_relaxed);
        end_of_newest_.store((TimePoint::min)(), std::memory_order_relaxed);
    }

    static constexpr unsigned mark_bits = 32;
    /// The largest count, and the largest mark. So many calls do not fit into any memory.
    static constexpr std::uint64_t most = 0xffffffff;
    static constexpr std::int64_t parts = 32;
    /// More slices than there are at once: 32 of a threshold, one that has just ended, the newest
    /// one, and two that pass during the error.
    static constexpr Mark size = 64;

    [[nodiscard]] static constexpr std::chrono::nanoseconds width_of(
        std::chrono::nanoseconds threshold) noexcept {
        const std::int64_t rest = threshold.count() % parts == 0 ? 0 : 1;
        return std::chrono::nanoseconds{threshold.count() / parts + rest};
    }

    [[nodiscard]] static std::size_t place_of(Mark mark) noexcept { return mark % size; }
    [[nodiscard]] std::atomic<std::uint64_t>& cell(Mark mark) noexcept {
        return cells_[place_of(mark)];
    }

    /// Adds to the count of the cell, if it has this mark and the count is right.
    template <class IsRight>
    bool change(Mark mark, IsRight is_right, std::uint64_t by) noexcept {
        std::atomic<std::uint64_t>& bits = cell(mark);
        std::uint64_t seen = bits.load(std::memory_order_relaxed);
        SpinWait wait;
        while (seen >> mark_bits == mark && is_right(seen & most)) {
            if (exchange(bits, seen, seen + by)) {
                return true;
            }
            wait();
        }
        return false;
    }

    /// Takes the mark from a cell that counts no calls. Returns false where it counts one.
    bool retire(Mark mark) noexcept {
        std::uint64_t empty = std::uint64_t{mark} << mark_bits;
        return exchange(cell(mark), empty, 0) || empty >> mark_bits != mark;
    }

    static bool exchange(std::atomic<std::uint64_t>& bits, std::uint64_t& expected,
                         std::uint64_t desired) noexcept {
        if constexpr (IsShared) {
            return bits.compare_exchange_weak(expected, desired, std::memory_order_relaxed);
        } else {
            const bool agrees = bits.load(std::memory_order_relaxed) == expected;
            if (agrees) {
                bits.store(desired, std::memory_order_relaxed);
            }
            return agrees;
        }
    }

    exchangeable_if<Changes, std::chrono::nanoseconds> threshold_;
    exchangeable_if<Changes, std::chrono::nanoseconds> width_;
    exchangeable_if<Changes, std::chrono::nanoseconds> error_;

    /// The period in the high half, and the mark of the newest slice, or zero, in the low one.
    std::atomic<std::uint64_t> newest_{0};
    /// When the newest slice ends, by the calls' clock.
    std::atomic<TimePoint> end_of_newest_{(TimePoint::min)()};
    /// When the calls of the oldest slice are overdue; the end of time where there is none. A hint.
    std::atomic<TimePoint> first_due_{(TimePoint::max)()};
    /// Mark and count, or zero.
    std::array<std::atomic<std::uint64_t>, size> cells_{};

    // Guarded by the breaker's lock. The slices in the ring are from `oldest_` up to `next_`.
    std::array<TimePoint, size> dues_{};
    Mark oldest_ = 1;
    Mark next_ = 1;
    Mark newest_mark_ = 0;

    struct NoPast {};
    /// The words of slices with calls under way that began before the threshold was changed.
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<Changes, std::vector<std::uint64_t>, NoPast>
        past_;
};

}  // namespace fluxgate::inline v0_1::detail
