// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fork_safe_mutex.hpp>
#include <fluxgate/detail/machine/padding.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

// The totals of all breakers, a row a thread and a cell a breaker: a thread counts in its own row,
// which no other thread writes, and whoever reads sums the cells of all rows.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What is counted by the threads that make the calls.
enum class Counted : std::uint8_t {
    succeeded,
    failed,
    neutral,
    rejected,
    slow,
    succeeded_time,  ///< in nanoseconds
    failed_time      ///< in nanoseconds
};

/// How much there was of each.
using Counts = std::array<std::uint64_t, 7>;

/// All rows. A breaker has a slot, which is the place of its cell in each row. A template, so that
/// a program without totals compiles none of it.
///
/// Each shared library of hidden symbols has a bank of its own, and thread-local variables of its
/// own; a breaker belongs to the bank of the code that made it, and may be called by code of
/// another library, which then goes through that bank's own `add`.
template <class Counts>
class BasicTotalsBank {
public:
    BasicTotalsBank(const BasicTotalsBank&) = delete;
    BasicTotalsBank& operator=(const BasicTotalsBank&) = delete;

    /// Returns that of this library. It is never destroyed, since threads may end after all else.
    static BasicTotalsBank& instance() {
        static BasicTotalsBank* const bank =
            std::unique_ptr<BasicTotalsBank>{new BasicTotalsBank}.release();
        return *bank;
    }

    /// Returns a slot whose cells are zero. Throws `std::bad_alloc`.
    [[nodiscard]] std::size_t open() {
        static_cast<void>(made_at_start_);
        const std::lock_guard lock{mutex_};
        if (first_free_ == none) {
            slots_.emplace_back();
            return slots_.size() - 1;
        }
        return std::exchange(first_free_, slots_[first_free_].next_free);
    }

    /// Gives a slot back, which nobody counts in any more.
    void close(std::size_t slot) noexcept {
        const std::lock_guard lock{mutex_};
        for (const std::unique_ptr<Row>& row : rows_) {
            if (slot < row->capacity) {
                row->cell(slot).clear();
            }
        }
        slots_[slot] = {.shared = {}, .next_free = first_free_};
        first_free_ = slot;
    }

    /// Adds to a count of this slot, in the row of this thread. Not inlined: the caller's stack
    /// may be that of a fiber, which goes on in another thread, whose row then has another address.
    FLUXGATE_NOINLINE void add(std::size_t slot, Counted what, std::uint64_t by) noexcept {
        ThisThread& self = this_thread();
        if (self.bank == this && slot < self.capacity) [[likely]] {
            Cell{self.counts + slot, self.capacity}.add(what, by);
        } else {
            add_slowly_(*this, slot, what, by);
        }
    }

    /// Returns the counts of a slot. Complexity: linear in the number of threads that there were at
    /// one time.
    [[nodiscard]] Counts sum(std::size_t slot) const {
        const std::lock_guard lock{mutex_};
        Counts sum = slots_[slot].shared;
        for (const std::unique_ptr<Row>& row : rows_) {
            if (slot < row->capacity) {
                row->cell(slot).add_to(sum);
            }
        }
        return sum;
    }

    /// Returns the number of rows: of threads that there were at one time.
    [[nodiscard]] std::size_t row_count() const {
        const std::lock_guard lock{mutex_};
        return rows_.size();
    }

private:
    static constexpr auto none = static_cast<std::size_t>(-1);

    /// Has it made when the program starts: a child that is forked while a thread makes it would
    /// wait for that thread for ever.
    static inline const BasicTotalsBank* const made_at_start_ = &instance();

    using Count = std::atomic<std::uint64_t>;
    static constexpr std::size_t kinds = std::tuple_size_v<Counts>;

    /// What one thread has counted for one breaker: one count of each kind, in a lane of its own.
    class Cell {
    public:
        Cell(Count* first, std::size_t lane) noexcept : first_{first}, lane_{lane} {}

        /// Adds to a count. Called by the thread that owns the row.
        void add(Counted what, std::uint64_t by) const noexcept {
            Count& count = first_[static_cast<std::size_t>(what) * lane_];
            count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
        }
        void add_to(Counts& sum) const noexcept {
            for (std::size_t i = 0; i != kinds; ++i) {
                sum[i] += first_[i * lane_].load(std::memory_order_relaxed);
            }
        }
        void clear() const noexcept {
            for (std::size_t i = 0; i != kinds; ++i) {
                first_[i * lane_].store(0, std::memory_order_relaxed);
            }
        }
        /// Takes the counts over from a cell of the same thread.
        void take_over(Cell other) const noexcept {
            for (std::size_t i = 0; i != kinds; ++i) {
                first_[i * lane_].store(
                    other.first_[i * other.lane_].load(std::memory_order_relaxed),
                    std::memory_order_relaxed);
            }
        }

    private:
        // Counts are written by the thread that owns the row, and by the end of the breaker, when no
        // thread counts for it any more. A reader wants no more than the number, so all are relaxed;
        // what a reader must know of before, it knows by what brought the threads to rest.
        Count* first_;
        std::size_t lane_;
    };

    /// The cells of one thread at a time. Changed by that thread under the lock of the bank, read
    /// by it without, and by others under the lock.
    ///
    /// The successes of all breakers lie together, and so do the counts of each other kind: a thread
    /// that calls many services touches few cache lines.
    struct Row {
        /// The number of counts at both ends that stay unused. They keep the others on cache lines
        /// that no other thread writes.
        static constexpr std::size_t margin = line_size / sizeof(Count);

        [[nodiscard]] Cell cell(std::size_t slot) const noexcept {
            return {counts.get() + margin + slot, capacity};
        }
        /// Gives it so many cells, which take over what is in those that there were. Throws
        /// `std::bad_alloc`.
        void grow(std::size_t cells) {
            Row larger;
            larger.counts = std::make_unique<Count[]>(cells * kinds + 2 * margin);
            larger.capacity = cells;
            for (std::size_t i = 0; i != capacity; ++i) {
                larger.cell(i).take_over(cell(i));
            }
            counts = std::move(larger.counts);
            capacity = cells;
        }

        std::unique_ptr<Count[]> counts;
        std::size_t capacity = 0;
    };

    /// A slot, but for its cells.
    struct Slot {
        /// What was counted where a thread could have no cell.
        Counts shared{};
        /// The next of the free slots, where this is one.
        std::size_t next_free = none;
    };

    /// What a thread knows without the lock.
    struct ThisThread {
        /// Null where it has no row yet, and none any more.
        const BasicTotalsBank* bank;
        Count* counts;
        std::size_t capacity;
        Row* row;
        bool has_ended;
    };

    BasicTotalsBank() = default;

    [[nodiscard]] static ThisThread& this_thread() noexcept {
        static constinit thread_local ThisThread self{};
        return self;
    }

    /// The function under `add_slowly_`: in the library that made the bank, whose thread-local
    /// variables it uses.
    FLUXGATE_NOINLINE static void add_in_own_library(BasicTotalsBank& bank, std::size_t slot,
                                                     Counted what, std::uint64_t by) noexcept {
        ThisThread& self = this_thread();
        if (slot < self.capacity || bank.make_room(self, slot)) {
            Cell{self.counts + slot, self.capacity}.add(what, by);
            return;
        }
        const std::lock_guard lock{bank.mutex_};
        bank.slots_[slot].shared[static_cast<std::size_t>(what)] += by;
    }

    /// Gives the thread a row with a cell for the slot. Returns false where there is no memory, or
    /// the thread is at its end.
    [[nodiscard]] bool make_room(ThisThread& self, std::size_t slot) noexcept {
        if (self.has_ended) {
            return false;
        }
#ifdef __cpp_exceptions
        try {
            make_room_or_throw(self, slot);
        } catch (const std::bad_alloc&) {
            return false;
        }
#else
        make_room_or_throw(self, slot);
#endif
        return true;
    }

    void make_room_or_throw(ThisThread& self, std::size_t slot) {
        const std::lock_guard lock{mutex_};
        if (self.row == nullptr) {
            self.row = take_row();
            take_back_at_end_of_thread();
        }
        Row& row = *self.row;
        if (slot >= row.capacity) {
            row.grow((std::max)(std::bit_ceil(slot + 1), std::size_t{4}));
        }
        self.bank = this;
        self.counts = row.counts.get() + Row::margin;
        self.capacity = row.capacity;
    }

    /// Returns a row that no thread has. Under the lock. Throws `std::bad_alloc`.
    [[nodiscard]] Row* take_row() {
        if (free_rows_.empty()) {
            free_rows_.reserve(rows_.size() + 1);  // so that take_back() need not
            rows_.push_back(std::make_unique<Row>());
            return rows_.back().get();
        }
        Row* const row = free_rows_.back();
        free_rows_.pop_back();
        return row;
    }

    /// The end of a thread that has a row.
    struct EndOfThread {
        ~EndOfThread() { instance().take_back(this_thread()); }
    };

    static void take_back_at_end_of_thread() {
        static thread_local const EndOfThread end;
        static_cast<void>(end);
    }

    /// Leaves the row, with all that is in it, to the next thread.
    void take_back(ThisThread& self) noexcept {
        if (self.row == nullptr) {
            return;  // MinGW clears a thread's storage before it destroys what is in it
        }
        const std::lock_guard lock{mutex_};
        free_rows_.push_back(self.row);
        self = {
            .bank = nullptr, .counts = nullptr, .capacity = 0, .row = nullptr, .has_ended = true};
    }

    void (*const add_slowly_)(BasicTotalsBank&, std::size_t, Counted,
                              std::uint64_t) noexcept = &add_in_own_library;

    mutable ForkSafeMutex mutex_;
    // All that follows is guarded by the mutex.
    std::vector<std::unique_ptr<Row>> rows_;
    std::vector<Row*> free_rows_;
    std::vector<Slot> slots_;
    /// The first of the free slots, which are a list.
    std::size_t first_free_ = none;
};

using TotalsBank = BasicTotalsBank<Counts>;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
