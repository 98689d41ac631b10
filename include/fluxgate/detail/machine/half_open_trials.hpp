// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/ledger.hpp>
#include <fluxgate/detail/machine/period.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/machine/trial_book.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/permits.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The trials of a breaker that keeps account of them, by the permit: which may begin, how long
/// each may take, and what their outcomes mean. Not thread-safe: the core keeps it under its lock.
/// `Changes` says whether the permit may be exchanged, and then says itself whether it judges
/// trials.
template <PermitPolicy Permit, class Slot, bool Changes>
class HalfOpenTrials {
    using Book = TrialBook<Slot>;

public:
    using Taken = typename Book::Taken;

    explicit HalfOpenTrials(const TrialLimits& limits) noexcept
        : most_{limits.trial_count}, lease_{limits.lease} {}

    /// Begins a trial, if there is room for one and the permit admits it; else returns zero. Throws
    /// what the permit throws, and `std::bad_alloc`.
    template <EnvironmentPolicy Environment>
    [[nodiscard]] Ticket try_begin([[maybe_unused]] const Permit& permit,
                                   [[maybe_unused]] const Period& period,
                                   [[maybe_unused]] Environment& environment, TimePoint now) {
        bool admitted = book_.all_under_way() < most_;
        if constexpr (AdmitsTrials<Permit>) {
            admitted = admitted && permit.admits(context(period, environment, now));
        }
        return admitted ? book_.begin(now) : 0;
    }

    /// Returns what the permit makes of the outcome that was counted last, or `of_tripper()` where
    /// it leaves that to the tripper. Throws what the two throw.
    template <EnvironmentPolicy Environment, class F>
    [[nodiscard]] Verdict verdict([[maybe_unused]] const Permit& permit,
                                  [[maybe_unused]] const Period& period,
                                  [[maybe_unused]] Environment& environment,
                                  [[maybe_unused]] bool success, F of_tripper) {
        if constexpr (JudgesTrials<Permit>) {
            if (are_judged_by(permit)) {
                switch (permit.judge(context(period, environment, environment.now()), success)) {
                    case Judgement::undecided: return Verdict::stays;
                    case Judgement::closes: return Verdict::goes_on;
                    case Judgement::opens: return Verdict::trips;
                }
            }
        }
        return of_tripper();
    }

    /// Returns whether the permit says what the outcome of a trial means, and not the tripper.
    [[nodiscard]] static bool are_judged_by([[maybe_unused]] const Permit& permit) noexcept {
        if constexpr (JudgesTrials<Permit> && Changes) {
            return permit.judges();
        } else {
            return JudgesTrials<Permit>;
        }
    }

    /// Returns how many trials of this half-open are under way.
    [[nodiscard]] std::optional<std::uint64_t> under_way() const noexcept {
        return book_.under_way();
    }

    /// Returns how long a trial may take: the shorter of the permit's lease and that of the limits.
    [[nodiscard]] std::chrono::nanoseconds lease([[maybe_unused]] const Permit& permit) const {
        if constexpr (LeasesTrials<Permit>) {
            return (std::min)(lease_, std::chrono::nanoseconds{permit.lease()});
        } else {
            return lease_;
        }
    }

    /// Gives a slot to a trial, unless the trial has left the book.
    void keep(Ticket ticket, Slot& slot) noexcept { book_.keep(ticket, slot); }
    /// Takes a trial out of the book; see `TrialBook::take`.
    [[nodiscard]] Taken take(Ticket ticket, Slot& slot) noexcept {
        return book_.take(ticket, slot);
    }
    /// Returns the oldest trial under way; one without a ticket where there is none.
    [[nodiscard]] typename Book::Begun oldest() const noexcept { return book_.oldest(); }
    /// Takes the oldest trial out of the book, if its lease is over; see `TrialBook::take_overdue`.
    [[nodiscard]] Taken take_overdue(TimePoint now, std::chrono::nanoseconds lease,
                                     Slot& slot) noexcept {
        return book_.take_overdue(now, lease, slot);
    }

    /// Counts how a trial ended, and draws the consequence by `conclude()`. Where that fails,
    /// nothing was counted.
    template <class Conclude>
    auto count(bool success, Conclude conclude) {
        typename Book::Count count{book_, success};
        const auto concluded = conclude();
        count.keep();
        return concluded;
    }

    /// Ends this half-open, or any other period.
    void end() noexcept { book_.end(); }

    /// Begins this half-open anew for another permit: no trial has succeeded or failed yet, and
    /// those under way go on.
    void begin_anew() noexcept { book_.forget_outcomes(); }

private:
    template <EnvironmentPolicy Environment>
    [[nodiscard]] TrialContext context(const Period& period, Environment& environment,
                                       TimePoint now) const {
        return {time_between(period.start_of_trials(), now), environment.uniform(),
                book_.under_way(), book_.succeeded(), book_.failed()};
    }

    Book book_;
    std::uint32_t most_;
    std::chrono::nanoseconds lease_;
};

/// No trials, where no account is kept of them.
class NoTrials {
public:
    explicit NoTrials(const TrialLimits&) noexcept {}

    template <PermitPolicy Permit, EnvironmentPolicy Environment, class F>
    [[nodiscard]] static Verdict verdict(const Permit&, const Period&, Environment&, bool,
                                         F of_tripper) {
        return of_tripper();
    }
    template <class Conclude>
    static auto count(bool, Conclude conclude) {
        return conclude();
    }
    static void end() noexcept {}
    [[nodiscard]] static std::optional<std::uint64_t> under_way() noexcept { return std::nullopt; }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
