// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/state.hpp>

#include <atomic>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

static_assert(state_table.size() <= Word::most_states, "a Word has too few bits for the state");

/// Returns the word of a state in a new period, where the circuit is not clean.
constexpr Word word_of(State state, std::uint64_t period) noexcept {
    return {state, row_of(state).admitting == Admitting::always, period};
}

/// The period that a circuit is in: its word, and the moments on which calls may depend.
///
/// Anybody calls what is const, and reads; the holder of the breaker's lock calls the rest, and
/// writes. The word and its orders:
///
/// - `begin`, `change_needs` and `set_clean` release it, and `load` acquires it: a thread that sees
///   a word sees the moments of its period, or later ones.
/// - `begin` releases the moments before the word, `set_end_of_wait` releases one, and those who read one acquire it before they
///   ask `is_current`: a thread that sees a moment of a later period sees that its own is over. Two
///   periods that write the same moment have another one between them, so the word that ends the
///   first was released before the moment of the second.
class Period {
public:
    /// Returns the word. A call takes effect where it reads this.
    [[nodiscard]] Word load() const noexcept { return word_.load(std::memory_order_acquire); }

    /// Returns when the wait of the latest opening ends; the end of time where it never does. It is
    /// that of a word that was seen before, if that is still current.
    [[nodiscard]] TimePoint end_of_wait() const noexcept {
        return end_of_wait_.load(std::memory_order_acquire);
    }
    /// Returns when the wait began whose end was seen before, or a later one.
    [[nodiscard]] TimePoint start_of_wait() const noexcept {
        return start_of_wait_.load(std::memory_order_relaxed);
    }
    /// Returns when the latest trials began: those of a word that was seen before, if that is still
    /// current.
    [[nodiscard]] TimePoint start_of_trials() const noexcept {
        return start_of_trials_.load(std::memory_order_acquire);
    }
    /// Returns whether the circuit is still in the period of `word`.
    [[nodiscard]] bool is_current(Word word) const noexcept {
        return word_.load(std::memory_order_relaxed).period() == word.period();
    }

    // The rest, which is not const, is called under the breaker's lock, where nobody else writes.

    [[nodiscard]] Word word() noexcept { return word_.load(std::memory_order_relaxed); }
    [[nodiscard]] const StateRow& row() noexcept { return row_of(word().state()); }

    void set_clean(bool clean) noexcept {
        if (clean != word().is_clean()) {
            word_.store(word().with_clean(clean), std::memory_order_release);
        }
    }

    /// Has calls do what new policies need. It is a period of its own, in the same state, so that
    /// no shortcut of the old ones is taken.
    void change_needs(Word::Needs needs) noexcept {
        const Word changed = word_of(word().state(), word().period() + 1).with_needs(needs);
        word_.store(changed, std::memory_order_release);
    }

    /// Has the wait of this opening end at another time.
    void set_end_of_wait(TimePoint changed) noexcept {
        end_of_wait_.store(changed, std::memory_order_release);
    }

    /// Begins a period in the state `next`, which is entered now, and whose wait, where it has one,
    /// ends at `end_of_wait`.
    void begin(State next, TimePoint now, TimePoint end_of_wait) noexcept {
        const OnEntry& on_entry = row_of(next).on_entry;
        if (on_entry.starts_wait) {
            start_of_wait_.store(now, std::memory_order_relaxed);
            end_of_wait_.store(end_of_wait, std::memory_order_release);
        }
        if (on_entry.starts_trials) {
            start_of_trials_.store(now, std::memory_order_release);
        }
        const Word begun = word_of(next, word().period() + 1).with_needs_of(word());
        word_.store(begun, std::memory_order_release);
    }

private:
    /// The state, the period, and whether the circuit is clean.
    std::atomic<Word> word_{word_of(State::closed, 0)};
    /// When the wait of the latest opening ends; the end of time where it never does.
    std::atomic<TimePoint> end_of_wait_{};
    /// When that wait began. Relaxed: the end is stored behind it, and read before it.
    std::atomic<TimePoint> start_of_wait_{};
    /// When the latest trials began.
    std::atomic<TimePoint> start_of_trials_{};

    static_assert(sizeof(Word) == sizeof(std::uint64_t) &&
                  sizeof(TimePoint) == sizeof(std::uint64_t));
    static_assert(sizeof(void*) < 8 || std::atomic_uint64_t::is_always_lock_free,
                  "a call must not wait for a lock to read one machine word");
};

}  // namespace fluxgate::inline v0_1::detail
