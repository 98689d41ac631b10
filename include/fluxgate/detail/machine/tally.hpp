// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/exchangeable.hpp>
#include <fluxgate/detail/machine/totals_bank.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/totals.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

// What one breaker counts for its totals, if it does.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Counts nothing.
class NoTally {
public:
    explicit NoTally(std::chrono::nanoseconds) noexcept {}
    static void count(Counted) noexcept {}
    static void count_rarely(Counted) noexcept {}
    static void count_duration(bool, std::chrono::nanoseconds) noexcept {}
    [[nodiscard]] static bool counts() noexcept { return false; }
    static void count_opening() noexcept {}
    static void count_overdue() noexcept {}
    static void note_verdict(bool) noexcept {}
    static void forget_verdict() noexcept {}
    static void go_on_from(const TotalCounts&, const CallTimes&) noexcept {}
    [[nodiscard]] static std::optional<TotalCounts> totals() noexcept { return std::nullopt; }
    [[nodiscard]] static std::optional<CallTimes> times() noexcept { return std::nullopt; }
};

/// A tally that may be absent; construction decides.
template <class Tally>
class OptionalTally {
public:
    /// Counts nothing until it is started.
    explicit OptionalTally(std::chrono::nanoseconds) noexcept {}

    /// Begins to count. Before anybody calls one of the others; throws `std::bad_alloc`.
    void start(std::chrono::nanoseconds slow_from) { tally_.emplace(slow_from); }
    [[nodiscard]] bool counts() const noexcept { return tally_.has_value(); }

    void set_slow_from(std::chrono::nanoseconds slow_from) noexcept {
        if (tally_) {
            tally_->set_slow_from(slow_from);
        }
    }
    void count(Counted what) const noexcept {
        if (tally_) {
            tally_->count(what);
        }
    }
    void count_rarely(Counted what) const noexcept { count(what); }
    void count_duration(bool success, std::chrono::nanoseconds duration) const noexcept {
        if (tally_) {
            tally_->count_duration(success, duration);
        }
    }
    void count_overdue() noexcept {
        if (tally_) {
            tally_->count_overdue();
        }
    }
    void count_opening() noexcept {
        if (tally_) {
            tally_->count_opening();
        }
    }
    void note_verdict(bool trips) noexcept {
        if (tally_) {
            tally_->note_verdict(trips);
        }
    }
    void forget_verdict() noexcept {
        if (tally_) {
            tally_->forget_verdict();
        }
    }
    void go_on_from(const TotalCounts& totals, const CallTimes& times) noexcept {
        if (tally_) {
            tally_->go_on_from(totals, times);
        }
    }
    [[nodiscard]] std::optional<TotalCounts> totals() {
        return tally_ ? std::optional{tally_->totals()} : std::nullopt;
    }
    [[nodiscard]] std::optional<CallTimes> times() {
        return tally_ ? std::optional{tally_->times()} : std::nullopt;
    }

private:
    std::optional<Tally> tally_;
};

/// The cells of a breaker that threads share.
template <class Bank>
class SharedCells {
public:
    SharedCells() = default;
    SharedCells(const SharedCells&) = delete;
    SharedCells& operator=(const SharedCells&) = delete;
    ~SharedCells() { bank_.close(slot_); }

    void add(Counted what, std::uint64_t by) const noexcept { bank_.add(slot_, what, by); }
    [[nodiscard]] Counts sum() const { return bank_.sum(slot_); }

private:
    Bank& bank_ = Bank::instance();
    const std::size_t slot_ = bank_.open();
};

/// The one cell of a breaker of one thread.
class OwnCell {
public:
    void add(Counted what, std::uint64_t by) const noexcept {
        counts_[static_cast<std::size_t>(what)] += by;
    }
    [[nodiscard]] Counts sum() const noexcept { return counts_; }

private:
    /// Mutable, as the cells of many threads are: to count is const for all.
    mutable Counts counts_{};
};

/// Counts everything. What is const is done by any thread at any time; the rest under the breaker's
/// lock. `Changes` says whether the duration from which on calls are slow may change.
template <class Cells, bool Changes>
class Tally {
public:
    /// Takes the duration from which on a call is slow.
    explicit Tally(std::chrono::nanoseconds slow_from) : slow_from_{slow_from} {}

    /// Returns true.
    [[nodiscard]] static bool counts() noexcept { return true; }

    /// Takes another duration from which on a call is slow.
    void set_slow_from(std::chrono::nanoseconds slow_from) noexcept
        requires Changes
    {
        slow_from_.set(slow_from);
    }

    void count(Counted what) const noexcept { cells_.add(what, 1); }

    /// Counts what is so rare that a call has no code for it.
    FLUXGATE_NOINLINE void count_rarely(Counted what) const noexcept { cells_.add(what, 1); }

    /// Counts how long a call took, and whether it is slow.
    void count_duration(bool success, std::chrono::nanoseconds duration) const noexcept {
        cells_.add(success ? Counted::succeeded_time : Counted::failed_time,
                   static_cast<std::uint64_t>(duration.count()));
        if (duration >= slow_from_.get()) {
            cells_.add(Counted::slow, 1);
        }
    }

    /// Counts a call that is overdue.
    void count_overdue() noexcept { ++overdue_; }

    /// Counts an entry into open.
    void count_opening() noexcept { ++opened_; }

    /// Takes the answer of the tripper in a state that does not open.
    void note_verdict(bool trips) noexcept {
        if (trips && !would_have_tripped_) {
            ++would_have_opened_;
        }
        would_have_tripped_ = trips;
    }
    /// Forgets the last answer.
    void forget_verdict() noexcept { would_have_tripped_ = false; }

    /// Counts on from these.
    void go_on_from(const TotalCounts& totals, const CallTimes& times) noexcept {
        before_ = totals;
        times_before_ = times;
    }

    [[nodiscard]] TotalCounts totals() {
        const Counts counts = cells_.sum();
        TotalCounts totals = before_;
        totals.succeeded += of(counts, Counted::succeeded);
        totals.failed += of(counts, Counted::failed);
        totals.neutral += of(counts, Counted::neutral);
        totals.rejected += of(counts, Counted::rejected);
        totals.slow += of(counts, Counted::slow);
        totals.opened += opened_;
        totals.would_have_opened += would_have_opened_;
        totals.overdue += overdue_;
        return totals;
    }

    [[nodiscard]] CallTimes times() {
        const Counts counts = cells_.sum();
        return {times_before_.succeeded + time_of(counts, Counted::succeeded_time),
                times_before_.failed + time_of(counts, Counted::failed_time)};
    }

private:
    [[nodiscard]] static std::uint64_t of(const Counts& counts, Counted what) noexcept {
        return counts[static_cast<std::size_t>(what)];
    }
    [[nodiscard]] static std::chrono::nanoseconds time_of(const Counts& counts,
                                                          Counted what) noexcept {
        return std::chrono::nanoseconds{static_cast<std::int64_t>(of(counts, what))};
    }

    Cells cells_;
    exchangeable_if<Changes, std::chrono::nanoseconds> slow_from_;
    /// What was counted before this began.
    TotalCounts before_{};
    CallTimes times_before_{};
    std::uint64_t opened_ = 0;
    std::uint64_t would_have_opened_ = 0;
    std::uint64_t overdue_ = 0;
    bool would_have_tripped_ = false;
};

template <class Mutex>
using cells_t = std::conditional_t<std::same_as<Mutex, NoMutex>, OwnCell, SharedCells<TotalsBank>>;

/// The tally of a breaker: with totals or without; if its policies may be exchanged, construction
/// decides.
template <bool HasTotals, bool Changes, class Mutex>
using tally_t =
    std::conditional_t<Changes, OptionalTally<Tally<cells_t<Mutex>, true>>,
                       std::conditional_t<HasTotals, Tally<cells_t<Mutex>, false>, NoTally>>;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
