// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/machine/admitting.hpp>
#include <fluxgate/detail/machine/cheap_clock.hpp>
#include <fluxgate/detail/machine/circuit.hpp>
#include <fluxgate/detail/machine/core_types.hpp>
#include <fluxgate/detail/machine/exchange.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/detail/machine/observation.hpp>
#include <fluxgate/detail/machine/registry_link.hpp>
#include <fluxgate/detail/machine/settling.hpp>
#include <fluxgate/detail/machine/sharing.hpp>
#include <fluxgate/detail/machine/snapshots.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/totals_bank.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/policies/attachments.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

// The machine under every breaker: a grant for each call that may run, and what its outcome does.
// It knows neither functions nor results nor exceptions.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The door to a breaker's machine: what breakers and their calls do with it. Thread-safe where the
/// environment is.
template <WindowPolicy Window, TripperPolicy Tripper, RetryPolicy Retry, PermitPolicy Permit,
          EnvironmentPolicy Environment, class Listening = Listeners<>, class Waiters = NoWaiters,
          class Options = BreakerOptions<>>
class Core {
    using Types =
        CoreTypes<Window, Tripper, Retry, Permit, Environment, Listening, Waiters, Options>;
    using Circuit = detail::Circuit<Types>;
    using Locked = detail::Locked<Types>;
    using Calls = CallAdmitting<Types>;
    using Outcomes = CallSettling<Types>;

public:
    using Admission = typename Types::Admission;
    using Grant = typename Types::Grant;
    using Slot = typename Types::Slot;
    using Listeners = Listening;
    using Unwinding = typename Types::Unwinding;
    using Threshold = typename Types::Threshold;
    using Change = typename Types::Change;

    /// Begins with a circuit that is closed, or as it was saved. Throws `std::invalid_argument`
    /// where that cannot be.
    Core(Window window, Tripper tripper, Retry retry, Permit permit, Environment environment,
         Listeners listeners, const Attachments& attachments, const Threshold& threshold,
         const TrialLimits& limits, const Snapshot* restored)
        : circuit_{std::move(window),
                   std::move(tripper),
                   std::move(retry),
                   std::move(permit),
                   std::move(environment),
                   std::move(listeners),
                   attachments,
                   threshold,
                   limits,
                   restored} {
        static constexpr BreakerOperations operations{&info_of, &command_of};
        circuit_.enter_relations(this, operations);
    }

    ~Core() {
        circuit_.leave_relations([this] { return circuit_.run(tells_info); });
    }

    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// True if `try_begin` is worth a look before `admit`.
    static constexpr bool has_short_way = Types::has_short_way;

    /// Begins a call where the word says that this needs nothing but a moment, and no lock. Returns
    /// false where `admit` is to say whether it may run.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE bool try_begin(Grant& grant)
        requires has_short_way
    {
        return Calls::try_begin(circuit_, grant);
    }

    /// Returns whether a call may run now. Turns an open circuit half-open when its wait is over.
    /// `has_slot` says whether the call holds a slot for trial calls, or needs none.
    ///
    /// Throws what the permit throws, and `std::bad_alloc` where a signal cannot be kept; the
    /// circuit is then as before.
    [[nodiscard]] Admission admit(bool has_slot = true) {
        // Filled where it is returned: a copy would wait for what was just stored.
        Admission admission = Types::answer(circuit_.period().load(), Decision::granted);
        if (admission.word.admits_always()) [[likely]] {
            if (!Types::Watch::is_over(admission.word)) {
                return admission;
            }
            if constexpr (Types::watches && !Types::is_exchangeable) {
                if (Calls::try_begin_watched(circuit_, admission)) [[likely]] {
                    return admission;
                }
            }
        }
        admission = Calls::admit_by_state(circuit_, admission.word, has_slot);
        return admission;
    }

    /// Turns an open circuit half-open when its wait is over, as the next call would.
    void end_wait_if_over() { Calls::end_wait_if_over(circuit_); }

    /// Begins a call that was granted.
    [[nodiscard]] Grant begin(const Admission& admission) {
        return Calls::begin(circuit_, admission);
    }

    /// Begins a granted call that holds a slot. Where account is kept of trials the machine keeps
    /// the slot, so that it can take it back from a trial that hangs; else the call keeps it.
    [[nodiscard]] Grant begin(const Admission& admission, Slot& slot) {
        Calls::keep_slot(circuit_, admission, slot);
        return begin(admission);
    }

    /// Counts a rejection and returns why the call is rejected at this moment.
    [[nodiscard]] Rejection reject(const detail::Admission& admission) noexcept {
        count_rejection();
        Rejection rejection{admission.word.state(), std::nullopt, circuit_.relations().name()};
        if (row_of(rejection.state).admitting == Admitting::after_wait) {
            const TimePoint end = circuit_.period().end_of_wait();
            if (end != (TimePoint::max)()) {
                const TimePoint start = circuit_.period().start_of_wait();
                rejection.retry_after = (std::max)(time_left(circuit_.environment(), start, end),
                                                   std::chrono::nanoseconds{1});
            }
        }
        return rejection;
    }

    /// Counts a rejection.
    void count_rejection() noexcept { circuit_.tally().count(Counted::rejected); }

    /// Settles a granted call by its outcome, which counts only in the period that granted it.
    /// Throws nothing but what unwinds a listener.
    FLUXGATE_ALWAYS_INLINE void settle(const Grant& grant, bool success) {
        Outcomes::settle(circuit_, grant, success);
    }

    /// Ends a granted call without an outcome: the place that it has among trials is free.
    FLUXGATE_ALWAYS_INLINE void abandon(const Grant& grant) noexcept {
        Outcomes::abandon(circuit_, grant);
    }

    /// Exchanges the policies. State, wait, reopens, streak, score and totals go on, and so do
    /// calls and trials under way, and the window where it is the same and has kept all that the
    /// new policies want of it; the tripper is asked at the next outcome. Another permit begins the
    /// trials anew. Under the lock, enters the state that `leads_to()` returns, if it does, as by a
    /// command, and calls `also()`; the two do not throw. Throws `std::bad_alloc`; nothing has
    /// changed then.
    template <class LeadsTo, class Also>
    void exchange(Change change, LeadsTo leads_to, Also also)
        requires Types::is_exchangeable
    {
        auto spare = Exchange<Types>::make_spare(change);
        circuit_.follow(circuit_.run([&](Locked& locked) {
            return Exchange<Types>::make(locked, change, spare, leads_to, also);
        }));
    }

    /// Enters the state by an operator's command, also where it is in it already. `wait` is how
    /// long it is to be open, where that is the state.
    ///
    /// Throws `std::bad_alloc` where the signal cannot be kept; the circuit is then as before.
    void command(State state, std::optional<std::chrono::nanoseconds> wait = std::nullopt) {
        circuit_.follow(circuit_.run([&](Locked& locked) {
            return locked.enter(state, Reason::command, locked.environment.now(), {.wait = wait});
        }));
    }

    // For those who share the circuit with others: what they do, they do only in the period `seen`.

    /// Returns the latest command, and the moment.
    [[nodiscard]] std::pair<Commanded, TimePoint> commanded() noexcept {
        return circuit_.run([](Locked& locked) {
            return std::pair{locked.relations.commanded(), locked.environment.now()};
        });
    }

    /// Returns what there is to share. Throws `std::bad_alloc`.
    [[nodiscard]] Observation observe() {
        circuit_.reap();
        return circuit_.run([](Locked& locked) { return detail::observe(locked); });
    }

    /// Enters the state that others are in, which is not half_open. `wait` is how long it is to be
    /// open, where that is the state. Returns the period that begins so; empty where `seen` is
    /// over. Throws `std::bad_alloc`; the circuit is then as before.
    std::optional<std::uint64_t> impose(std::uint64_t seen, State state,
                                        std::chrono::nanoseconds wait, std::uint32_t reopens) {
        return act([&](Locked& locked) {
            return SeenPeriod<Types>{locked, seen}.impose(state, wait, reopens);
        });
    }

    /// Has an open circuit stay open until then, which is no transition. Returns false where `seen`
    /// is over, or it is not open.
    bool hold(std::uint64_t seen, TimePoint until) noexcept {
        return circuit_.run(
            [&](Locked& locked) { return SeenPeriod<Types>{locked, seen}.hold(until); });
    }

    /// Asks the tripper of a closed circuit about the calls of all, and opens it where that says
    /// so. Returns the period that begins so; empty where none does. Reports what policies throw.
    std::optional<std::uint64_t> judge(std::uint64_t seen, const MetricView& calls) {
        std::optional<std::uint64_t> begun;
        circuit_.judge([&](Locked& locked) {
            const AfterLock left = SeenPeriod<Types>{locked, seen}.judge(calls);
            begun = period_begun(locked, left);
            return left;
        });
        return begun;
    }

    /// Returns one consistent snapshot. Throws `std::bad_alloc`.
    [[nodiscard]] CircuitBreakerInfo info() {
        circuit_.reap();
        return circuit_.run(tells_info);
    }

    /// Returns what is worth keeping over a restart. Throws `std::bad_alloc`.
    [[nodiscard]] Snapshot save() {
        circuit_.reap();
        return circuit_.run([](Locked& locked) { return detail::save(locked); });
    }

    /// Returns whether the circuit is in the state that its tripper guards.
    [[nodiscard]] bool is_closed() const noexcept {
        return row_of(circuit_.period().load().state()).settling == Settling::may_trip;
    }

    /// Calls `f` under the lock and returns its result.
    template <class F>
    [[nodiscard]] auto under_lock(F f) {
        return circuit_.run([&](Locked&) { return f(); });
    }

    /// Returns what the breaker is to others.
    [[nodiscard]] const Relations<Listening>& relations() const noexcept {
        return circuit_.relations();
    }
    /// Returns the listeners that come later, which are `fresh` from the first time on. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] std::shared_ptr<LateListeners> late_listeners(
        std::shared_ptr<LateListeners> fresh) {
        return circuit_.late_listeners(std::move(fresh));
    }
    [[nodiscard]] auto delivery() { return circuit_.delivery(); }
    [[nodiscard]] Waiters& waiters() noexcept { return circuit_.waiters(); }

private:
    /// Runs a section that may begin a period, and follows up. Returns that period.
    template <class Section>
    std::optional<std::uint64_t> act(Section section) {
        std::optional<std::uint64_t> begun;
        circuit_.follow(circuit_.run([&](Locked& locked) {
            const AfterLock left = section(locked);
            begun = period_begun(locked, left);
            return left;
        }));
        return begun;
    }
    [[nodiscard]] static std::optional<std::uint64_t> period_begun(Locked& locked, AfterLock left) {
        if (left == AfterLock::nothing) {
            return std::nullopt;
        }
        return locked.period.word().period();
    }

    static constexpr auto tells_info = [](Locked& locked) { return detail::info_of(locked); };

    // For a registry, which does not know the type.

    [[nodiscard]] static CircuitBreakerInfo info_of(void* core) {
        return static_cast<Core*>(core)->info();
    }
    static void command_of(void* core, State state, std::optional<std::chrono::nanoseconds> wait) {
        static_cast<Core*>(core)->command(state, wait);
    }

    FLUXGATE_NO_UNIQUE_ADDRESS Circuit circuit_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
