// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/outage.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/snapshot.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What others say of a transition, which the circuit would find out by itself.
struct Told {
    /// How long it is to be open: no retry is asked. Such an opening counts as none.
    std::optional<std::chrono::nanoseconds> wait{};
    /// How often it has opened again.
    std::optional<std::uint32_t> reopens{};
};

/// A transition that is being made.
struct Step {
    const StateRow& old;
    const StateRow& next;
    Reason reason;
    TimePoint now;
    std::chrono::system_clock::time_point wall_clock;
    Told told;
};

/// The history of a circuit: when and why it entered its state, how often it has opened
/// again, and the outage that this is part of. All of it is of the current period: `after` says
/// what comes next, which may fail, and assigning that cannot. Not thread-safe: the core keeps it
/// under its lock.
template <RetryPolicy Retry>
class History {
    using Outage = std::conditional_t<WaitsByContext<Retry>, detail::Outage, NoOutage>;

public:
    /// Begins with a circuit that has made no transition.
    template <EnvironmentPolicy Environment>
    explicit History(Environment& environment)
        : changed_at_{environment.wall_clock()},
          not_closed_since_{changed_at_},
          outage_{WaitsByContext<Retry> ? environment.now() : TimePoint{}} {}

    [[nodiscard]] std::chrono::system_clock::time_point changed_at() const noexcept {
        return changed_at_;
    }
    [[nodiscard]] std::uint32_t reopens() const noexcept { return reopens_; }
    /// Returns when the circuit last left `closed`, in a state with this row; empty where it is
    /// closed.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> not_closed_since(
        const StateRow& row) const noexcept {
        return row.state == State::closed ? std::nullopt : std::optional{not_closed_since_};
    }
    [[nodiscard]] std::optional<Reason> last_reason() const noexcept { return last_reason_; }

    /// Returns what it is after this step. The ledger still holds the period that ends.
    template <class Ledger>
    [[nodiscard]] History after(const Step& step, Ledger& ledger) const {
        History history = *this;
        history.changed_at_ = step.wall_clock;
        if (step.old.state == State::closed) {
            history.not_closed_since_ = step.wall_clock;
        }
        history.last_reason_ = step.reason;
        history.reopens_ = step.told.reopens.value_or(reopens_after(step));
        history.outage_ = outage_.after(step.old, step.next, step.now, ledger);
        return history;
    }

    /// Returns when an opening that begins with this step ends: the end of time if that is beyond
    /// it, or the wait is for ever. This is what it is after the step. Throws what the retry
    /// throws.
    template <EnvironmentPolicy Environment>
    [[nodiscard]] TimePoint end_of_wait(const Step& step, const Retry& retry,
                                        Environment& environment) const {
        const auto drawn = [&] {
            return outage_.wait(retry, reopens_, environment.uniform(), step.now);
        };
        return end_of(step.now, step.told.wait ? *step.told.wait : drawn());
    }

    /// Returns the end of a wait that begins now.
    [[nodiscard]] static TimePoint end_of(TimePoint now, std::chrono::nanoseconds wait) noexcept {
        if (wait <= std::chrono::nanoseconds::zero()) {
            return now;
        }
        const bool is_for_ever = wait == (std::chrono::nanoseconds::max)();
        return is_for_ever ? (TimePoint::max)() : time_after(now, wait);
    }

    /// Notes that the window is empty from now on.
    void note_empty_window(TimePoint now) noexcept
        requires WaitsByContext<Retry>
    {
        outage_.note_empty_window(now);
    }

    /// Writes what it knows, in a state with this row.
    void save(Snapshot& saved, const StateRow& row, TimePoint now) const {
        saved.changed_at = changed_at_;
        saved.not_closed_since = not_closed_since(row);
        saved.reopens = reopens_;
        saved.last_reason = last_reason_;
        if (const auto duration = outage_.duration(row, now)) {
            saved.outage_began_at =
                saved.saved_at -
                std::chrono::duration_cast<std::chrono::system_clock::duration>(*duration);
            saved.calls_per_second = outage_.calls_per_second();
        }
    }

    /// Goes on from what was saved.
    void restore(const Snapshot& saved, TimePoint now,
                 std::chrono::system_clock::time_point wall_clock) noexcept {
        changed_at_ = saved.changed_at;
        not_closed_since_ = saved.not_closed_since.value_or(saved.changed_at);
        last_reason_ = saved.last_reason;
        reopens_ = saved.reopens;
        // An outage whose beginning is not told began no later than its latest transition.
        outage_ = Outage::going_on(
            now, time_between(saved.outage_began_at.value_or(saved.changed_at), wall_clock),
            saved.calls_per_second);
    }

private:
    /// Returns how often the circuit has opened again, after this step. It saturates.
    [[nodiscard]] std::uint32_t reopens_after(const Step& step) const noexcept {
        if (step.told.wait) {
            return reopens_;
        }
        const OnEntry& on_entry = step.next.on_entry;
        if (on_entry.clears_reopens) {
            return 0;
        }
        const bool reopens = step.old.settling == Settling::decides_trial && on_entry.starts_wait;
        const bool more = reopens && reopens_ != (std::numeric_limits<std::uint32_t>::max)();
        return more ? reopens_ + 1 : reopens_;
    }

    std::chrono::system_clock::time_point changed_at_;
    /// When it last left `closed`; when it began, until then.
    std::chrono::system_clock::time_point not_closed_since_;
    std::uint32_t reopens_ = 0;
    std::optional<Reason> last_reason_;
    FLUXGATE_NO_UNIQUE_ADDRESS Outage outage_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
