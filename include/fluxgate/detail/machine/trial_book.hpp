// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The trials of a breaker: those under way, with the slot that each holds where there are some,
/// and how those of this half-open ended. Not thread-safe: the core keeps it under its lock.
///
/// A trial stays in the book until it is settled or dropped, or its lease is over, also where its
/// half-open ends before: until then it holds its slot.
template <class Slot>
class TrialBook {
public:
    /// What became of a trial that is taken out of the book.
    enum class Taken : std::uint8_t {
        none,     ///< it was not in it any more
        of_past,  ///< its half-open is over: it counts no more
        of_now    ///< it is one of this half-open
    };

    /// Begins a trial. Throws `std::bad_alloc`.
    [[nodiscard]] Ticket begin(TimePoint now) {
        trials_.push_back({next_, now, Slot{}});
        ++under_way_;
        return next_++;
    }

    /// Has a trial keep a slot, unless it has left the book.
    void keep(Ticket ticket, Slot& slot) noexcept {
        const auto found = find(ticket);
        if (found != trials_.end()) {
            found->slot = std::move(slot);
        }
    }

    /// Takes a trial out. Its slot goes to `slot`, which owns none, to be given back without the
    /// lock. Complexity: linear in the trials under way.
    [[nodiscard]] Taken take(Ticket ticket, Slot& slot) noexcept {
        return take_at(find(ticket), slot);
    }

    /// A trial, and when it began.
    struct Begun {
        Ticket ticket;
        TimePoint began;
    };

    /// Returns the oldest trial; one without a ticket where there is none.
    [[nodiscard]] Begun oldest() const noexcept {
        return trials_.empty() ? Begun{0, {}}
                               : Begun{trials_.front().ticket, trials_.front().began};
    }

    /// Takes the oldest trial out of the book, if its lease is over. Its slot goes to `slot`.
    [[nodiscard]] Taken take_overdue(TimePoint now, std::chrono::nanoseconds lease,
                                     Slot& slot) noexcept {
        const bool is_overdue = !trials_.empty() && time_after(trials_.front().began, lease) <= now;
        return is_overdue ? take_at(trials_.begin(), slot) : Taken::none;
    }

    /// Counts how a trial of this half-open ended, unless what that leads to fails: a permit that
    /// bounds by the counts would else never admit another trial in its place.
    class Count {
    public:
        Count(TrialBook& book, bool success) noexcept
            : count_{&(success ? book.succeeded_ : book.failed_)} {
            ++*count_;
        }
        ~Count() {
            if (count_ != nullptr) {
                --*count_;
            }
        }
        Count(const Count&) = delete;
        Count& operator=(const Count&) = delete;

        /// Leaves the count as it is, from now on.
        void keep() noexcept { count_ = nullptr; }

    private:
        std::uint64_t* count_;
    };

    /// Ends this half-open, or any other period.
    void end() noexcept {
        first_ = next_;
        under_way_ = 0;
        forget_outcomes();
    }

    /// Forgets how trials of this half-open ended.
    void forget_outcomes() noexcept {
        succeeded_ = 0;
        failed_ = 0;
    }

    /// Returns how many are under way, those of earlier half-opens among them.
    [[nodiscard]] std::uint64_t all_under_way() const noexcept { return trials_.size(); }
    /// Returns how many of this half-open are under way.
    [[nodiscard]] std::uint64_t under_way() const noexcept { return under_way_; }
    /// Returns how many of this half-open have succeeded.
    [[nodiscard]] std::uint64_t succeeded() const noexcept { return succeeded_; }
    /// Returns how many of this half-open have failed.
    [[nodiscard]] std::uint64_t failed() const noexcept { return failed_; }

private:
    struct Trial {
        Ticket ticket;
        TimePoint began;
        FLUXGATE_NO_UNIQUE_ADDRESS Slot slot;
    };
    using Place = typename std::vector<Trial>::iterator;

    [[nodiscard]] Place find(Ticket ticket) noexcept {
        const auto found = std::lower_bound(
            trials_.begin(), trials_.end(), ticket,
            [](const Trial& trial, Ticket wanted) { return trial.ticket < wanted; });
        return found != trials_.end() && found->ticket == ticket ? found : trials_.end();
    }

    [[nodiscard]] Taken take_at(Place place, Slot& slot) noexcept {
        if (place == trials_.end()) {
            return Taken::none;
        }
        const bool is_of_now = place->ticket >= first_;
        if (is_of_now) {
            --under_way_;
        }
        slot = std::move(place->slot);
        trials_.erase(place);
        return is_of_now ? Taken::of_now : Taken::of_past;
    }

    /// Oldest first.
    std::vector<Trial> trials_;
    Ticket next_ = 1;
    /// The ticket from which on trials are of this half-open.
    Ticket first_ = 1;
    std::uint64_t under_way_ = 0;
    std::uint64_t succeeded_ = 0;
    std::uint64_t failed_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail
