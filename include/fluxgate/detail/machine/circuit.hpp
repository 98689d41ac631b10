// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/buckets.hpp>
#include <fluxgate/detail/machine/call_logging.hpp>
#include <fluxgate/detail/machine/exchange.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/detail/machine/locked.hpp>
#include <fluxgate/detail/machine/missing_calls.hpp>
#include <fluxgate/detail/machine/period.hpp>
#include <fluxgate/detail/machine/registry_link.hpp>
#include <fluxgate/detail/machine/snapshots.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/machine/unlocked_recorder.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/policies/attachments.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/state.hpp>

#include <cstdint>
#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A circuit that anybody may use: what is done without its lock, and sections that run under it.
///
/// Parts are given out as const, by which they say what anybody may do with them. All else is done
/// in a section, which is given the parts as a `Locked`.
///
/// Thread-safe where the environment is. Sections are short: in them windows, trippers, retries and
/// the `admits`, `judge` and `lease` of permits are called, and neither listeners nor anything of the
/// caller's.
template <class Types>
class Circuit {
    using Environment = typename Types::Environment;
    using Relations = typename Types::Relations;
    using Delivery = typename Relations::template Delivery<typename Types::Strand>;
    using Threshold = typename Types::Threshold;

public:
    using Locked = detail::Locked<Types>;

    /// Begins with a circuit that is closed, or as it was saved. Throws `std::invalid_argument`
    /// where that cannot be.
    Circuit(typename Types::Window&& window, typename Types::Tripper&& tripper,
            typename Types::Retry&& retry, typename Types::Permit&& permit,
            Environment&& environment, typename Types::Listeners&& listeners,
            const Attachments& attachments, const Threshold& threshold, const TrialLimits& limits,
            const Snapshot* restored)
        : locked_{std::move(window),
                  std::move(tripper),
                  std::move(retry),
                  std::move(permit),
                  std::move(environment),
                  std::move(listeners),
                  attachments,
                  threshold,
                  limits} {
        // Nobody else has it yet.
        if constexpr (Types::is_exchangeable) {
            Exchange<Types>::begin(locked_, threshold);
        }
        if (restored != nullptr) {
            restore(locked_, *restored);
        }
        if constexpr (Types::is_exchangeable) {
            if (threshold.state != State::closed) {
                begin_in(locked_, threshold.state, locked_.environment.now(), (TimePoint::max)());
            }
        }
    }

    /// Runs a section under the lock, with the parts. Returns what it returns.
    template <class Section>
    auto run(Section section) {
        return locked_.strand_.run([&] { return section(locked_); });
    }

    /// Runs a section under the lock in which policies judge an outcome, reports what they throw,
    /// and follows up.
    template <class Section>
    void judge(Section section) {
        AfterLock left = AfterLock::nothing;
        guarded<typename Types::Unwinding>(
            [&] { left = run(section); },
            [&] {
                relations().report(Types::tracks_trials ? "a window, a tripper, a permit or a retry"
                                                        : "a window, a tripper or a retry");
            });
        follow(left);
    }

    /// Counts as failures the calls that are overdue and the trials whose lease is over, whose
    /// places are free then.
    void reap() {
        if constexpr (Types::has_leases) {
            for (bool goes_on = true; goes_on;) {
                [[maybe_unused]] typename Types::Slot slot;
                goes_on = false;
                judge([&](Locked& locked) {
                    return MissingCalls<Types>::record_one(locked, goes_on, slot);
                });
            }
        }
    }

    /// Leaves the state whose wait is over, unless another thread was faster.
    void end_wait() {
        follow(run([](Locked& locked) { return locked.end_wait(); }));
    }

    /// Does what a section has left to be done without the lock.
    void follow(AfterLock left) {
        if (left == AfterLock::wake_and_tell) {
            locked_.waiters.wake_all();
        }
        if (left != AfterLock::nothing) {
            deliver();
        }
    }

    /// Counts out a watched call. Returns false where it was taken as overdue, or its period is
    /// over.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE bool end_watched(Ticket ticket) noexcept {
        return watch().end(ticket) || end_watched_under_lock(ticket);
    }

    /// Tries the second way: adds a quick success to the pending ones if they are armed for this
    /// period and the bucket of `at`. Returns false if the third way must be taken.
    [[nodiscard]] bool defer([[maybe_unused]] std::uint64_t period,
                             [[maybe_unused]] TimePoint at) noexcept {
        if constexpr (Types::can_defer) {
            return locked_.pending().try_add(period, at);
        } else {
            return false;
        }
    }

    /// Returns the listeners that come later, which are `fresh` from the first time on. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] std::shared_ptr<LateListeners> late_listeners(
        std::shared_ptr<LateListeners> fresh) {
        return locked_.relations.late_listeners(locked_.strand_, std::move(fresh));
    }
    [[nodiscard]] Delivery delivery() { return locked_.relations.delivery(locked_.strand_); }

    [[nodiscard]] const Period& period() const noexcept { return locked_.period; }
    /// Guards itself.
    [[nodiscard]] Environment& environment() noexcept { return locked_.environment; }
    [[nodiscard]] const typename Types::Permit& permit() const noexcept { return locked_.permit; }
    [[nodiscard]] const typename Types::Tally& tally() const noexcept { return locked_.tally; }
    [[nodiscard]] const typename Types::Watch& watch() const noexcept { return locked_.watch; }
    [[nodiscard]] typename Types::CallLogging& call_logging() noexcept {
        return locked_.call_logging;
    }
    [[nodiscard]] auto recorder() const noexcept {
        return UnlockedRecorder{locked_.ledger.recorder()};
    }
    /// Returns what knows which times lie in the same bucket of the window.
    [[nodiscard]] auto buckets() const noexcept { return Buckets{recorder(), locked_.pending()}; }
    [[nodiscard]] const Relations& relations() const noexcept { return locked_.relations; }
    /// Enters the breaker's registry and its fleet. At the end of construction.
    void enter_relations(void* core, const BreakerOperations& operations) {
        locked_.relations.enter(core, operations);
    }
    /// Leaves them. At the beginning of destruction.
    template <class F>
    void leave_relations(F last_info) noexcept {
        locked_.relations.leave(last_info);
    }
    /// Guards itself.
    [[nodiscard]] typename Types::Waiters& waiters() noexcept { return locked_.waiters; }

private:
    [[nodiscard]] FLUXGATE_NOINLINE bool end_watched_under_lock(Ticket ticket) noexcept {
        return run([&](Locked& locked) {
            const bool was_under_way = locked.watch.end_under_lock(ticket);
            if (!was_under_way) {
                MissingCalls<Types>::forget(locked, ticket);
            }
            return was_under_way;
        });
    }

    /// Tells the listeners of all signals in order, unless a thread is doing so already; then that
    /// one goes on with ours. Listeners that are coroutines are left to those who can await them.
    FLUXGATE_NOINLINE void deliver() {
        if constexpr (!Types::Listeners::are_awaited) {
            using Unwinding = typename Types::Unwinding;
            Delivery delivered = delivery();
            while (delivered.next()) {
                if (!delivered.template tell_late<Unwinding>()) {
                    relations().listeners().template tell<Unwinding>(delivered.listener(),
                                                                     delivered.signal());
                }
            }
        }
    }

    FLUXGATE_NO_UNIQUE_ADDRESS Locked locked_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
