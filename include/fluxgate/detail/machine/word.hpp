// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/state.hpp>

#include <cstddef>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// What a call needs to know of the circuit: its state, and whether that grants every call; the
/// number of its period; and whether it is clean, which means that one more quick success changes
/// nothing at all. Where policies may be exchanged, what they need of a call as well.
class Word {
public:
    /// What a call has to do beyond a look at the word, where that is not known at compile time.
    struct Needs {
        bool is_timed = false;    ///< its duration is measured
        bool is_watched = false;  ///< it may be overdue
        bool is_counted = false;  ///< there are totals
    };

    /// The number of states of which a word can tell.
    static constexpr std::size_t most_states = 8;

    constexpr Word() noexcept = default;
    constexpr Word(State state, bool admits_always, std::uint64_t period) noexcept
        : bits_{period << period_shift | (admits_always ? always_bit : 0) |
                static_cast<std::uint64_t>(state)} {}

    [[nodiscard]] constexpr State state() const noexcept {
        return static_cast<State>(bits_ & state_mask);
    }
    [[nodiscard]] constexpr bool admits_always() const noexcept {
        return (bits_ & always_bit) != 0;
    }
    /// Returns the number of the period, which grows with each transition and exchange. It has 56 bits: at one
    /// transition every nanosecond it would come round after two years.
    [[nodiscard]] constexpr std::uint64_t period() const noexcept { return bits_ >> period_shift; }
    [[nodiscard]] constexpr bool is_clean() const noexcept { return (bits_ & clean_bit) != 0; }
    [[nodiscard]] constexpr bool is_timed() const noexcept { return (bits_ & timed_bit) != 0; }
    [[nodiscard]] constexpr bool is_watched() const noexcept { return (bits_ & watched_bit) != 0; }
    [[nodiscard]] constexpr bool is_counted() const noexcept { return (bits_ & counted_bit) != 0; }
    /// Returns whether the state grants every call, of which no time is taken.
    [[nodiscard]] constexpr bool admits_always_without_time() const noexcept {
        return (bits_ & (always_bit | timed_bit | watched_bit)) == always_bit;
    }
    /// Returns whether the circuit is clean, and no time is taken of a call.
    [[nodiscard]] constexpr bool is_clean_without_time() const noexcept {
        return (bits_ & (clean_bit | timed_bit | watched_bit)) == clean_bit;
    }

    /// Returns the same state and period, clean or not.
    [[nodiscard]] constexpr Word with_clean(bool clean) const noexcept {
        Word word;
        word.bits_ = clean ? bits_ | clean_bit : bits_ & ~clean_bit;
        return word;
    }

    /// Returns the same with these needs.
    [[nodiscard]] constexpr Word with_needs(Needs needs) const noexcept {
        Word word;
        word.bits_ = (bits_ & ~needs_mask) | (needs.is_timed ? timed_bit : 0) |
                     (needs.is_watched ? watched_bit : 0) | (needs.is_counted ? counted_bit : 0);
        return word;
    }
    /// Returns the same with the needs of another word.
    [[nodiscard]] constexpr Word with_needs_of(Word other) const noexcept {
        Word word;
        word.bits_ = (bits_ & ~needs_mask) | (other.bits_ & needs_mask);
        return word;
    }

    friend constexpr bool operator==(const Word&, const Word&) noexcept = default;

private:
    static constexpr std::uint64_t state_mask = most_states - 1;
    static constexpr std::uint64_t clean_bit = 8;
    static constexpr std::uint64_t always_bit = 16;
    static constexpr std::uint64_t timed_bit = 32;
    static constexpr std::uint64_t watched_bit = 64;
    static constexpr std::uint64_t counted_bit = 128;
    static constexpr std::uint64_t needs_mask = timed_bit | watched_bit | counted_bit;
    static constexpr unsigned period_shift = 8;

    /// Eight bytes, so that an atomic of it is one machine word.
    std::uint64_t bits_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail
