// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/machine/cheap_clock.hpp>
#include <fluxgate/detail/machine/circuit.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/ticket.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/permits.hpp>

#include <optional>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The beginning of calls: the answer to one that asks to be let through, in the period of the word
/// that it found.
///
/// Functions without a state, for circuits of these types.
template <class Types>
class CallAdmitting {
    using Circuit = detail::Circuit<Types>;
    using Locked = detail::Locked<Types>;
    using Watch = typename Types::Watch;
    using Permit = typename Types::Permit;

public:
    using Admission = typename Types::Admission;
    using Grant = typename Types::Grant;

    /// Turns an open circuit half-open when its wait is over, as the next call would.
    static void end_wait_if_over(Circuit& circuit) {
        const Word word = circuit.period().load();
        if (row_of(word.state()).admitting == Admitting::after_wait &&
            !is_before(circuit.environment(), circuit.period().end_of_wait())) {
            circuit.end_wait();
        }
    }

    /// Begins a call that finds a state which grants every call, unless that needs the lock. Returns
    /// whether it has begun.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE static bool try_begin(Circuit& circuit, Grant& grant) {
        const Word word = circuit.period().load();
        if (!word.admits_always()) [[unlikely]] {
            return false;
        }
        if constexpr (Types::is_exchangeable) {
            if (word.admits_always_without_time()) [[likely]] {
                grant = {word, TimePoint{}, 0};
                return true;
            }
            const Beginning begun = begin_with_time(circuit, word);
            grant = {word, begun.now, begun.ticket};
            return begun.ticket != 0;
        } else {
            const TimePoint now = circuit.watch().now(circuit.environment(), word);
            const Ticket ticket = circuit.watch().begin(word.period(), now);
            grant = {word, now, ticket};
            return ticket != 0;
        }
    }

    /// Begins a call that was granted.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE static Grant begin([[maybe_unused]] Circuit& circuit,
                                                            const Admission& admission) {
        Grant grant{};
        grant.word = admission.word;
        if constexpr (Types::is_exchangeable) {
            if (admission.ticket != 0) {
                grant.started = admission.began;
            } else if (admission.word.is_timed()) {
                grant.started = circuit.environment().now();
            }
        } else if constexpr (Types::watches) {
            grant.started = admission.began;
        } else if constexpr (Types::needs_duration) {
            grant.started = circuit.environment().now();
        }
        if constexpr (Types::tracks_trials) {
            grant.ticket = admission.ticket;
        }
        return grant;
    }

    /// Gives the slot of a granted trial to the machine, which can take it back from a trial that
    /// hangs. Without an account of trials the call keeps it.
    static void keep_slot([[maybe_unused]] Circuit& circuit,
                          [[maybe_unused]] const Admission& admission,
                          [[maybe_unused]] typename Types::Slot& slot) {
        if constexpr (Types::tracks_trials) {
            // The ticket of another call is no number of a trial.
            if (admission.is_trial()) {
                circuit.run([&](Locked& locked) { locked.trials.keep(admission.ticket, slot); });
            }
        }
    }

    /// Answers a call that the word alone cannot answer.
    [[nodiscard]] FLUXGATE_NOINLINE static Admission admit_by_state(Circuit& circuit, Word word,
                                                                    bool has_slot) {
        if constexpr (Types::is_exchangeable) {
            if (word.admits_always()) {
                Admission admission = Types::answer(word, Decision::granted);
                if (try_begin_watched(circuit, admission)) [[likely]] {
                    return admission;
                }
            }
        }
        for (;;) {
            switch (row_of(word.state()).admitting) {
                case Admitting::always: {
                    if (const std::optional<Admission> admission = grant_always(circuit, word)) {
                        return *admission;
                    }
                    break;
                }
                case Admitting::never: return Types::answer(word, Decision::rejected);
                case Admitting::after_wait: {
                    const TimePoint end = circuit.period().end_of_wait();
                    if (!is_before(circuit.environment(), end)) {
                        circuit.end_wait();
                    } else if (circuit.period().is_current(word)) {
                        return Types::answer(word, Decision::rejected);
                    }
                    break;  // the call is handled by the state that it finds now
                }
                case Admitting::by_permit: {
                    circuit.reap();  // before the call may have to wait for a slot that hangs
                    if (!has_slot && needs_slot(circuit)) {
                        return Types::answer(word, Decision::needs_slot);
                    }
                    if (const std::optional<Admission> admission = try_trial(circuit, word)) {
                        return *admission;
                    }
                    break;
                }
            }
            word = circuit.period().load();
        }
    }

    /// Counts in a call that may be overdue, which found a state that grants every call. Returns
    /// false where that needs the lock.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE static bool try_begin_watched(Circuit& circuit,
                                                                       Admission& admission) {
        const TimePoint now = circuit.watch().now(circuit.environment(), admission.word);
        const Ticket ticket = circuit.watch().begin(admission.word.period(), now);
        admission.began = now;
        admission.ticket = ticket;
        return ticket != 0;
    }

private:
    /// When a call began, and its ticket: as much as registers take.
    struct Beginning {
        TimePoint now;
        Ticket ticket;
    };

    /// Begins a call that may be overdue. Without a ticket where it may not, or needs the lock.
    [[nodiscard]] FLUXGATE_NOINLINE static Beginning begin_with_time(Circuit& circuit, Word word)
        requires Types::is_exchangeable
    {
        if (!word.is_watched()) {
            return {TimePoint{}, 0};
        }
        const TimePoint now = circuit.watch().now(circuit.environment(), word);
        return {now, circuit.watch().begin(word.period(), now)};
    }

    /// Grants a call that found a state which grants every call, and counts it in where it may be
    /// overdue. Empty if the state may be another one by now.
    [[nodiscard]] static std::optional<Admission> grant_always(Circuit& circuit, Word word) {
        if constexpr (Types::watches) {
            if (Watch::is_over(word)) {
                return grant_watched(circuit, word);
            }
        }
        return Types::answer(word, Decision::granted);
    }

    /// Grants such a call where it may be overdue.
    [[nodiscard]] static std::optional<Admission> grant_watched(Circuit& circuit, Word word) {
        if (row_of(word.state()).settling == Settling::ignores) {
            Admission admission = Types::answer(word, Decision::granted);
            if constexpr (Types::counts_times || Types::logs_calls) {
                admission.began = circuit.watch().now(circuit.environment(), word);
            }
            return admission;
        }
        circuit.reap();
        return circuit.run([&](Locked& locked) { return locked.grant_watched(word); });
    }

    /// Returns whether a trial needs a slot: it does, unless the permit bounds their number itself.
    [[nodiscard]] static bool needs_slot([[maybe_unused]] Circuit& circuit) {
        if constexpr (requires(const Permit& permit) { permit.bounds_trials(); }) {
            return circuit.run([](Locked& locked) { return !locked.permit.bounds_trials(); });
        } else {
            return !AdmitsTrials<Permit>;
        }
    }

    /// Asks whether a call that found a half-open circuit is tried. Empty if its half-open is over.
    [[nodiscard]] static std::optional<Admission> try_trial(Circuit& circuit, Word word) {
        if constexpr (!AdmitsTrials<Permit>) {
            const TimePoint start = circuit.period().start_of_trials();
            if (!circuit.period().is_current(word)) {
                return std::nullopt;
            }
            const bool permitted = is_permitted(circuit.environment(), circuit.permit(), start,
                                                circuit.environment().uniform());
            if constexpr (!Types::tracks_trials) {
                return Types::answer(word, permitted ? Decision::granted : Decision::rejected);
            } else if (!permitted) {
                return Types::answer(word, Decision::rejected);
            }
        }
        if constexpr (Types::tracks_trials) {
            return circuit.run([&](Locked& locked) { return locked.try_trial(word); });
        }
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
