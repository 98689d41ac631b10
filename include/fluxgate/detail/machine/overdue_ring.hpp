// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/exchangeable.hpp>
#include <fluxgate/detail/machine/spin_wait.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The calls under way of the current period, counted by the slices of time in which they began. A
/// slice whose last call would be overdue has its calls taken, one by one.
///
/// A slice is a 32nd of the threshold, and one follows the other without a gap, so its number, its
/// *mark*, says when its calls are overdue. A cell is a word of a mark, and of how many calls are
/// under way that began in that slice: one for the newest slice, beside all that a call looks at,
/// and a ring of those before it. A call adds itself to the cell of the newest slice, keeps the
/// mark, and takes itself away when it is settled, both only while a cell has that mark. So whatever
/// takes a call away, its own end or the holder of the lock, does so once.
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
/// - A slice is put away by an exchange of the newest cell and a store into the ring. A call that
///   ends in between finds itself in neither, and looks again under the lock.
///
/// `Changes` says whether the threshold may change. Calls that began before it did are in the ring
/// no more, but are remembered until they are settled: those that were overdue before have counted.
template <bool IsShared, bool Changes>
class OverdueRing {
public:
    /// `error` is how far the calls' clock may be behind that of the lock's holder.
    OverdueRing(std::chrono::nanoseconds threshold, std::chrono::nanoseconds error) noexcept
        : late_after_{sum_of(threshold, error)}, threshold_{threshold} {}

    /// Returns whether a clock with this error finds calls overdue no later than promised: by the
    /// slice and the error that are waited for, and the error with which a look is taken.
    [[nodiscard]] static bool bears(std::chrono::nanoseconds threshold,
                                    std::chrono::nanoseconds error) noexcept {
        const std::chrono::nanoseconds spare = threshold / 8 - width_of(threshold);
        return error <= spare / 2;
    }

    [[nodiscard]] std::chrono::nanoseconds threshold() const noexcept { return threshold_.get(); }
    /// Returns whether the calls' clock may be behind that of the lock's holder.
    [[nodiscard]] bool bears_error() const noexcept {
        return late_after_.get() != threshold_.get();
    }

    /// Counts in a call of this period. Returns zero where that needs the lock: another period or
    /// slice may have to begin, or calls may be overdue.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE Ticket begin(std::uint64_t period,
                                                      TimePoint now) noexcept {
        if (now >= end_of_newest_.load(std::memory_order_acquire) || is_due(now)) {
            return 0;
        }
        const std::uint64_t newest = newest_.load(std::memory_order_relaxed);
        if (newest >> mark_bits != (period & most)) {
            return 0;
        }
        const auto mark = static_cast<Mark>(newest & most);
        const auto has_room = [](std::uint64_t count) { return count != most; };
        return change(newest_cell_, mark, has_room, 1) ? ticket_of(mark) : 0;
    }

    /// Counts out a call. Returns false where it was taken, or its period is over; without the lock
    /// also where its slice is just being put away.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE bool end(Ticket ticket) noexcept {
        return take(mark_of(ticket));
    }

    /// Returns whether calls may be overdue.
    [[nodiscard]] bool is_due(TimePoint now) const noexcept {
        return now >= first_due_.load(std::memory_order_relaxed);
    }

    /// Returns whether a call that began and ended at these times of the calls' clock was overdue.
    [[nodiscard]] bool is_late(TimePoint began, TimePoint ended) const noexcept {
        return ended >= time_after(began, late_after_.get());
    }

    // The rest is called under the breaker's lock.

    /// Begins a period, in which nothing has begun.
    void restart(std::uint64_t period) noexcept {
        for (std::atomic<std::uint64_t>& cell : cells_) {
            cell.store(0, std::memory_order_relaxed);
        }
        newest_cell_.store(unused(next_), std::memory_order_relaxed);
        if constexpr (Changes) {
            past_.clear();
        }
        first_ = next_;
        taken_ = 0;
        other_due_ = (TimePoint::max)();
        begin_slices(period);
    }

    /// Makes room for `change`. Throws `std::bad_alloc`.
    void prepare_change()
        requires Changes
    {
        past_.reserve(past_.size() + size + 1);
    }

    /// Takes another threshold, and begins a period for it. The calls under way go on, and are no
    /// more overdue. After `prepare_change`.
    void change(std::chrono::nanoseconds threshold, std::chrono::nanoseconds error,
                std::uint64_t period) noexcept
        requires Changes
    {
        for (std::atomic<std::uint64_t>& cell : cells_) {
            remember(cell.exchange(0, std::memory_order_relaxed));
        }
        remember(newest_cell_.exchange(unused(next_), std::memory_order_relaxed));
        threshold_.set(threshold);
        late_after_.set(sum_of(threshold, error));
        begin_slices(period);
    }

    /// Goes on in another period, with the calls under way.
    void go_on(std::uint64_t period) noexcept
        requires Changes
    {
        const std::uint64_t mark = newest_.load(std::memory_order_relaxed) & most;
        newest_.store((period & most) << mark_bits | mark, std::memory_order_relaxed);
    }

    /// Has calls looked for at this time too: others may be due then that are not in the ring. The
    /// end of time for none.
    void look_at(TimePoint due) noexcept {
        other_due_ = due;
        publish_due();
    }

    /// Returns how many calls of this period are under way, those that were taken among them.
    [[nodiscard]] std::uint64_t under_way() const noexcept {
        std::uint64_t sum = taken_ + (newest_cell_.load(std::memory_order_relaxed) & most);
        for (const std::atomic<std::uint64_t>& cell : cells_) {
            sum += cell.load(std::memory_order_relaxed) & most;
        }
        if constexpr (Changes) {
            for (const std::uint64_t bits : past_) {
                sum += bits & most;
            }
        }
        return sum;
    }

    /// Notes the end of a call that was taken, if it was, and in this period.
    void end_taken(Ticket ticket) noexcept {
        const Mark since_first = mark_of(ticket) - first_;
        const bool is_of_now = since_first < next_ - first_;
        if (is_of_now && taken_ != 0) {
            --taken_;
        }
    }

    /// Counts out a call that began before the latest `change`. Returns false where it is none, or
    /// was taken, or its period is over. Complexity: linear in the slices of such calls.
    [[nodiscard]] bool end_past(Ticket ticket) noexcept
        requires Changes
    {
        const auto found = std::ranges::find(past_, mark_of(ticket), [](std::uint64_t bits) {
            return static_cast<Mark>(bits >> mark_bits);
        });
        if (found == past_.end()) {
            return false;
        }
        --*found;
        if ((*found & most) == 0) {
            past_.erase(found);
        }
        return true;
    }

    /// Begins a slice, unless the newest one is still that of `now`: the one that lies so far behind
    /// it, or the first one. Where there is no cell for the newest one, which a clock that keeps its
    /// promises does not bring about, that one goes on.
    void prepare(std::uint64_t period, TimePoint now) noexcept {
        const TimePoint old_end = end_of_newest_.load(std::memory_order_relaxed);
        const bool is_first = oldest_ == next_;
        if (now < old_end && !is_first) {
            return;
        }
        const std::chrono::nanoseconds width = width_of(threshold_.get());
        const std::int64_t passed = is_first ? 0 : time_between(old_end, now) / width;
        if (is_first) {
            end_ = time_after(now, width);
            begin_newest(next_);
        } else if (passed < size - (next_ - oldest_)) {
            end_ = time_after(old_end, width * (passed + 1));
            begin_newest(next_ + static_cast<Mark>(passed));
        } else {
            end_ = time_after(now, width);
        }
        publish_due();
        newest_.store((period & most) << mark_bits | (next_ - 1), std::memory_order_relaxed);
        end_of_newest_.store(end_, std::memory_order_release);
    }

    /// A call that was taken: the ticket of its slice, and when it was overdue.
    struct Taken {
        Ticket ticket;
        TimePoint due;
    };

    /// Takes a call that is overdue. Empty where there is none.
    [[nodiscard]] std::optional<Taken> take_overdue(TimePoint now) noexcept {
        while (oldest_ != next_ && due_of(oldest_) <= now) {
            if (take(oldest_)) {
                ++taken_;
                return Taken{ticket_of(oldest_), due_of(oldest_)};
            }
            if (!retire(oldest_)) {
                continue;  // a call has begun in it, which has read the clock long ago
            }
            oldest_ = oldest_ + 1;
            publish_due();
        }
        return std::nullopt;
    }

private:
    /// The number of a slice. 32 bits are enough: the cell of a call would have to be prepared 2^32
    /// times while the call goes on, and be looked at in the turn of the same number.
    using Mark = std::uint32_t;

    /// Returns what a call of the slice is given, which is not zero.
    [[nodiscard]] static constexpr Ticket ticket_of(Mark mark) noexcept { return Ticket{mark} + 1; }
    [[nodiscard]] static constexpr Mark mark_of(Ticket ticket) noexcept {
        return static_cast<Mark>(ticket - 1);
    }

    /// Begins without a slice; those to come are of this period.
    void begin_slices(std::uint64_t period) noexcept {
        oldest_ = next_;
        publish_due();
        newest_.store((period & most) << mark_bits, std::memory_order_relaxed);
        end_of_newest_.store((TimePoint::min)(), std::memory_order_relaxed);
    }

    /// Makes this slice the newest, and puts the one before it into the ring.
    void begin_newest(Mark mark) noexcept {
        const std::uint64_t before = exchange(newest_cell_, std::uint64_t{mark} << mark_bits);
        next_ = mark + 1;
        if ((before & most) == 0) {
            return;
        }
        cell(static_cast<Mark>(before >> mark_bits)).store(before, std::memory_order_relaxed);
    }

    /// Says when calls are to be looked for.
    void publish_due() noexcept {
        const TimePoint due = oldest_ != next_ ? due_of(oldest_) : (TimePoint::max)();
        first_due_.store((std::min)(due, other_due_), std::memory_order_relaxed);
    }

    /// Returns when the calls of a slice, one from `oldest_` up to the newest, are overdue.
    [[nodiscard]] TimePoint due_of(Mark mark) const noexcept {
        const auto slices_behind = static_cast<std::int64_t>(next_ - 1 - mark);
        const std::chrono::nanoseconds behind = width_of(threshold_.get()) * slices_behind;
        return time_after(time_before(end_, behind), late_after_.get());
    }

    static constexpr unsigned mark_bits = 32;
    /// The largest count, and the largest mark. So many calls do not fit into any memory.
    static constexpr std::uint64_t most = 0xffffffff;
    static constexpr std::int64_t parts = 32;
    /// More slices than there are at once: 32 of a threshold, one that has just ended, the newest
    /// one, and two that pass during the error.
    static constexpr Mark size = 38;

    [[nodiscard]] static constexpr std::chrono::nanoseconds width_of(
        std::chrono::nanoseconds threshold) noexcept {
        const std::int64_t rest = threshold.count() % parts == 0 ? 0 : 1;
        return std::chrono::nanoseconds{threshold.count() / parts + rest};
    }
    /// Returns the sum, or the longest duration where that is longer.
    [[nodiscard]] static constexpr std::chrono::nanoseconds sum_of(
        std::chrono::nanoseconds threshold, std::chrono::nanoseconds error) noexcept {
        constexpr std::chrono::nanoseconds longest = (std::chrono::nanoseconds::max)();
        return threshold <= longest - error ? threshold + error : longest;
    }

    /// Returns what a cell is that counts in no slice, where the next one has this mark: that of the
    /// slice which is the farthest away.
    [[nodiscard]] static constexpr std::uint64_t unused(Mark next) noexcept {
        return std::uint64_t{next ^ (Mark{1} << 31)} << mark_bits;
    }

    /// Returns the cell of a slice that is not the newest.
    [[nodiscard]] std::atomic<std::uint64_t>& cell(Mark mark) noexcept {
        return cells_[mark % size];
    }

    /// Takes a call of the slice away. Returns false where none is found.
    FLUXGATE_ALWAYS_INLINE bool take(Mark mark) noexcept {
        const auto has_any = [](std::uint64_t count) { return count != 0; };
        constexpr std::uint64_t one_less = ~std::uint64_t{0};
        return change(newest_cell_, mark, has_any, one_less) ||
               change(cell(mark), mark, has_any, one_less);
    }

    /// Adds to the count of the cell, if it has this mark and the count is right.
    template <class IsRight>
    FLUXGATE_ALWAYS_INLINE static bool change(std::atomic<std::uint64_t>& bits, Mark mark,
                                              IsRight is_right, std::uint64_t by) noexcept {
        std::uint64_t seen = bits.load(std::memory_order_relaxed);
        SpinWait wait;
        while (seen >> mark_bits == mark && is_right(seen & most)) {
            if (exchange_if(bits, seen, seen + by)) {
                return true;
            }
            wait();
        }
        return false;
    }

    /// Takes the mark from the cell of a slice in which no call is under way. Returns false where
    /// one is.
    bool retire(Mark mark) noexcept {
        std::uint64_t empty = std::uint64_t{mark} << mark_bits;
        const bool is_newest = mark + 1 == next_;
        return exchange_if(is_newest ? newest_cell_ : cell(mark), empty, unused(mark)) ||
               empty >> mark_bits != mark;
    }

    void remember(std::uint64_t bits) noexcept
        requires Changes
    {
        if ((bits & most) != 0) {
            past_.push_back(bits);
        }
    }

    static std::uint64_t exchange(std::atomic<std::uint64_t>& bits,
                                  std::uint64_t desired) noexcept {
        if constexpr (IsShared) {
            return bits.exchange(desired, std::memory_order_relaxed);
        } else {
            const std::uint64_t before = bits.load(std::memory_order_relaxed);
            bits.store(desired, std::memory_order_relaxed);
            return before;
        }
    }
    static bool exchange_if(std::atomic<std::uint64_t>& bits, std::uint64_t& expected,
                            std::uint64_t desired) noexcept {
        if constexpr (IsShared) {
            return bits.compare_exchange_weak(expected, desired, std::memory_order_relaxed);
        } else {
            const bool agrees = bits.load(std::memory_order_relaxed) == expected;
            if (agrees) {
                bits.store(desired, std::memory_order_relaxed);
            } else {
                expected = bits.load(std::memory_order_relaxed);
            }
            return agrees;
        }
    }

    // What each call looks at comes first.

    /// The period in the high half, and the mark of the newest slice in the low one.
    std::atomic<std::uint64_t> newest_{0};
    /// When the newest slice ends, by the calls' clock; the beginning of time where there is none.
    std::atomic<TimePoint> end_of_newest_{(TimePoint::min)()};
    /// When the calls of the oldest slice are overdue, or others that `look_at` told of; the end of
    /// time where there is none. A hint.
    std::atomic<TimePoint> first_due_{(TimePoint::max)()};
    /// Mark and count of the newest slice.
    std::atomic<std::uint64_t> newest_cell_{unused(1)};
    /// Threshold and error.
    exchangeable_if<Changes, std::chrono::nanoseconds> late_after_;
    exchangeable_if<Changes, std::chrono::nanoseconds> threshold_;

    /// Mark and count of slices before the newest in which calls are under way.
    std::array<std::atomic<std::uint64_t>, size> cells_{};

    // Guarded by the breaker's lock. The slices are from `oldest_` up to `next_`.
    /// When the newest slice ends.
    TimePoint end_{};
    Mark oldest_ = 1;
    Mark next_ = 1;
    /// The first slice of this period.
    Mark first_ = 1;
    /// How many calls of this period were taken, and are under way.
    std::uint32_t taken_ = 0;
    TimePoint other_due_ = (TimePoint::max)();

    struct NoPast {};
    /// The words of slices with calls under way that began before the threshold was changed.
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<Changes, std::vector<std::uint64_t>, NoPast>
        past_;
};

}  // namespace fluxgate::inline v0_1::detail
