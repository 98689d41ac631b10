// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/detail/machine/circuit.hpp>
#include <fluxgate/detail/machine/core_types.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/totals.hpp>

#include <concepts>
#include <type_traits>

using namespace fluxgate;

namespace {

using Types =
    detail::CoreTypes<windows::CountWindow, FailureStreak, Cooldown, SingleTrial, Threaded,
                      Listeners<>, detail::NoWaiters, BreakerOptions<Overdue, Totals>>;
using Circuit = detail::Circuit<Types>;
using Locked = detail::Locked<Types>;

// What anybody may do with a circuit.
template <class T>
concept ReadsTheWord = requires(T& circuit) { circuit.period().load(); };
template <class T>
concept RunsSections = requires(T& circuit) { circuit.run([](Locked& locked) { locked.fold(); }); };
static_assert(ReadsTheWord<Circuit> && RunsSections<Circuit>);

// What needs the lock: nobody gets at it but in a section.
template <class T>
concept GivesWhatIsLocked = requires(T& circuit) { circuit.locked_; };
template <class T>
concept SetsClean = requires(T& circuit) { circuit.period().set_clean(true); };
template <class T>
concept ReadsTheWordWithoutOrder = requires(T& circuit) { circuit.period().word(); };
template <class T>
concept RestartsTheWatch = requires(T& circuit) { circuit.watch().restart(1); };
template <class T>
concept NotesVerdicts = requires(T& circuit) { circuit.tally().note_verdict(true); };
template <class T>
concept LooksForListeners = requires(T& circuit) { circuit.relations().has_listeners(); };
template <class T>
concept ReadsTheWindow = requires(T& circuit) { circuit.recorder().metric(); };
static_assert(!GivesWhatIsLocked<Circuit>);
static_assert(!SetsClean<Circuit>);
static_assert(!ReadsTheWordWithoutOrder<Circuit>);
static_assert(!RestartsTheWatch<Circuit>);
static_assert(!NotesVerdicts<Circuit>);
static_assert(!LooksForListeners<Circuit>);
static_assert(!ReadsTheWindow<Circuit>);

// A section has all of that.
template <class T>
concept DoesAllOfThat = requires(T& locked) {
    locked.period.set_clean(true);
    locked.period.word();
    locked.watch.restart(1);
    locked.tally.note_verdict(true);
    locked.relations.has_listeners();
    locked.ledger.recorder().metric();
};
static_assert(DoesAllOfThat<Locked>);

// It cannot be kept, and what folding shows cannot be made up.
static_assert(!std::copy_constructible<Locked> && !std::is_move_assignable_v<Locked>);
static_assert(!std::default_initializable<typename Locked::Folded>);

}  // namespace

TEST_CASE("what a circuit gives without its lock is what anybody may do with it") {
    SUCCEED("at compile time");
}
