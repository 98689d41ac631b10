// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/hanging_calls.hpp>
#include <fluxgate/detail/machine/locked.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What calls mean that do not come back: each is a failure once it is overdue, or a trial's lease
/// is over. Where a score is kept, it adds to that once more whenever it has lasted as long again.
///
/// Functions without a state, for circuits of these types, under their lock.
template <class Types>
class MissingCalls {
    using Locked = detail::Locked<Types>;
    static constexpr bool adds_to_score = !std::same_as<typename Types::Hanging, NoHangingCalls>;

public:
    /// Records one that is missing, and says whether there was one: a call that is overdue, those
    /// that hang on, or the oldest trial if its lease is over. Its slot goes to `slot`.
    static AfterLock record_one(Locked& locked, bool& was_there, typename Types::Slot& slot) {
        const TimePoint now = locked.environment.now();
        const Word word = locked.period.word();
        if constexpr (Types::watches) {
            if (const auto taken = locked.watch.take_overdue(word, now)) {
                was_there = true;
                const std::chrono::nanoseconds threshold = locked.watch.threshold();
                watch_on(locked, taken->ticket, time_after(taken->due, threshold));
                return locked.record(locked.watch.record(now), Reason::overdue);
            }
        }
        const std::chrono::nanoseconds lease =
            locked.watch.shorter(locked.trials.lease(locked.permit), word);
        if constexpr (adds_to_score) {
            const std::chrono::nanoseconds step = threshold_or(lease, locked, word);
            if (const std::uint64_t count = locked.hanging.take(now, step)) {
                look_again(locked);
                was_there = true;
                return locked.add_to_score(count, {.success = false, .duration = step, .at = now});
            }
        }
        const auto oldest = locked.trials.oldest();
        const auto taken = locked.trials.take_overdue(now, lease, slot);
        was_there = taken != Types::Trials::Taken::none;
        if (taken != Types::Trials::Taken::of_now) {
            return AfterLock::nothing;
        }
        if (!locked.trials.are_judged_by(locked.permit)) {
            watch_on(locked, ticket_of_trial(oldest.ticket),
                     time_after(time_after(oldest.began, lease), lease));
        }
        return locked.record({.success = false, .duration = lease, .at = now}, Reason::overdue);
    }

    /// Notes the end of a call that may have been missing.
    static void forget(Locked& locked, Ticket ticket) noexcept {
        if constexpr (adds_to_score) {
            locked.hanging.remove(ticket);
            look_again(locked);
        }
    }
    /// Notes the end of a trial that may have been missing.
    static void forget_trial(Locked& locked, Ticket ticket) noexcept {
        if constexpr (adds_to_score) {
            locked.hanging.remove(ticket_of_trial(ticket));
        }
    }

    /// Goes on with other policies, of which `threshold` is that of overdue calls; `is_other` says
    /// whether that was another before: then those that hang are missing since now.
    static void go_on(Locked& locked, std::optional<std::chrono::nanoseconds> threshold,
                      bool is_other, TimePoint now) noexcept {
        if constexpr (adds_to_score) {
            if (!locked.ledger.has_score() || (is_other && !threshold)) {
                locked.hanging.clear();
            } else if (is_other) {
                locked.hanging.postpone(time_after(now, *threshold));
            }
            look_again(locked);
        }
    }

private:
    /// Returns the ticket of a trial as one that no other call has, but for the 2^31st.
    [[nodiscard]] static constexpr Ticket ticket_of_trial(Ticket ticket) noexcept {
        return ticket ^ (Ticket{1} << 31);
    }

    static void watch_on([[maybe_unused]] Locked& locked, [[maybe_unused]] Ticket ticket,
                         [[maybe_unused]] TimePoint due) noexcept {
        if constexpr (adds_to_score) {
            if (locked.ledger.has_score()) {
                locked.hanging.add(ticket, due);
                look_again(locked);
            }
        }
    }

    /// Returns the threshold of overdue calls in a state where all are granted, else the lease.
    [[nodiscard]] static std::chrono::nanoseconds threshold_or(std::chrono::nanoseconds lease,
                                                               Locked& locked, Word word) noexcept {
        if constexpr (Types::watches) {
            if (word.admits_always() && Types::Watch::is_over(word)) {
                return locked.watch.threshold();
            }
        }
        return lease;
    }

    /// Has callers look for those that hang when they are due again. Trials are looked for anyway.
    static void look_again([[maybe_unused]] Locked& locked) noexcept {
        if constexpr (Types::watches) {
            locked.watch.look_at(locked.hanging.first_due(), locked.period.word());
        }
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
