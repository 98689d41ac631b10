// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/totals_bank.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/totals.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// What one breaker counts for its totals, if it does.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Counts nothing.
class NoTally {
public:
    explicit NoTally(std::chrono::nanoseconds) noexcept {}
    static void count(Counted) noexcept {}
};

/// The cells of a breaker that threads share.
template <class Bank>
class SharedCells {
public:
    SharedCells() = default;
    SharedCells(const SharedCells&) = delete;
    SharedCells& operator=(const SharedCells&) = delete;
    ~SharedCells() { bank_.close(slot_); }

    void add(Counted what) noexcept { bank_.add(slot_, what); }
    [[nodiscard]] Counts sum() const { return bank_.sum(slot_); }

private:
    Bank& bank_ = Bank::instance();
    const std::size_t slot_ = bank_.open();
};

/// The one cell of a breaker of one thread.
class OwnCell {
public:
    void add(Counted what) noexcept { ++counts_[static_cast<std::size_t>(what)]; }
    [[nodiscard]] Counts sum() const noexcept { return counts_; }

private:
    Counts counts_{};
};

/// Counts everything. What ends calls is counted by any thread at any time; the rest is guarded by
/// the breaker's lock.
template <class Cells>
class Tally {
public:
    /// Takes the duration from which on a call is slow.
    explicit Tally(std::chrono::nanoseconds slow_from) : slow_from_{slow_from} {}

    void count(Counted what) noexcept { cells_.add(what); }

    /// Counts a call that is slow.
    void count_duration(std::chrono::nanoseconds duration) noexcept {
        if (duration >= slow_from_) {
            cells_.add(Counted::slow);
        }
    }

    /// Counts an entry into open.
    void count_opening() noexcept { ++opened_; }

    /// Takes the answer of the tripper in a state that does not open.
    void hear(bool trips) noexcept {
        if (trips && !has_said_yes_) {
            ++would_have_opened_;
        }
        has_said_yes_ = trips;
    }
    /// Forgets the last answer.
    void forget_answer() noexcept { has_said_yes_ = false; }

    [[nodiscard]] TotalCounts counts() const {
        const auto [succeeded, failed, neutral, rejected, slow] = cells_.sum();
        return {succeeded, failed, neutral, rejected, slow, opened_, would_have_opened_};
    }

private:
    Cells cells_;
    const std::chrono::nanoseconds slow_from_;
    std::uint64_t opened_ = 0;
    std::uint64_t would_have_opened_ = 0;
    bool has_said_yes_ = false;
};

/// What counts for a breaker.
template <bool HasTotals, class Mutex>
using tally_t = std::conditional_t<
    HasTotals,
    Tally<std::conditional_t<std::same_as<Mutex, NoMutex>, OwnCell, SharedCells<TotalsBank>>>,
    NoTally>;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
