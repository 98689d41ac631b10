// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/state.hpp>

#include <cstddef>
#include <cstdint>

// The two numbers by which calls get through without the lock. Both are eight bytes, so that an
// atomic of a Word, or of the bits of a Pending, is one machine word.

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
    /// Returns the number of the period, which grows with each transition. It has 56 bits: at one
    /// transition every nanosecond it would come round after two years.
    [[nodiscard]] constexpr std::uint64_t period() const noexcept { return bits_ >> period_shift; }
    [[nodiscard]] constexpr bool is_clean() const noexcept { return (bits_ & clean_bit) != 0; }
    [[nodiscard]] constexpr bool is_timed() const noexcept { return (bits_ & timed_bit) != 0; }
    [[nodiscard]] constexpr bool is_watched() const noexcept { return (bits_ & watched_bit) != 0; }
    /// Returns whether the circuit is clean and a call has nothing else to do.
    [[nodiscard]] constexpr bool is_clean_without_needs() const noexcept {
        return (bits_ & (clean_bit | needs_mask)) == clean_bit;
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

    std::uint64_t bits_ = 0;
};

/// A count of quick successes that are not in the window yet, with a stamp: the period in which
/// more may be added. Without a stamp none may be.
class Pending {
public:
    /// Takes no successes.
    constexpr Pending() noexcept = default;
    /// Takes those of this period. 43 bits of it are enough: the adder has just compared the whole
    /// period, so a mistake needs 2^43 transitions between its load and its compare-exchange.
    constexpr explicit Pending(std::uint64_t period) noexcept
        : bits_{armed_bit | (period & period_mask) << period_shift} {}

    /// Returns that of which `bits()` are these.
    [[nodiscard]] static constexpr Pending from_bits(std::uint64_t bits) noexcept {
        Pending pending;
        pending.bits_ = bits;
        return pending;
    }
    /// Returns all of it, as an atomic holds it.
    [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }

    /// The largest count.
    static constexpr std::uint64_t most = (std::uint64_t{1} << 20) - 1;

    [[nodiscard]] constexpr std::uint64_t count() const noexcept { return bits_ & most; }
    /// Returns whether both have the same stamp, or both have none.
    [[nodiscard]] constexpr bool has_stamp_of(const Pending& other) const noexcept {
        return (bits_ & ~most) == (other.bits_ & ~most);
    }

    /// Returns one more, where the count is less than `most`.
    [[nodiscard]] constexpr Pending plus_one() const noexcept {
        Pending more = *this;
        ++more.bits_;
        return more;
    }
    /// Returns the same stamp with no successes.
    [[nodiscard]] constexpr Pending emptied() const noexcept {
        Pending empty = *this;
        empty.bits_ &= ~most;
        return empty;
    }

private:
    static constexpr unsigned period_shift = 20;
    static constexpr std::uint64_t period_mask = (std::uint64_t{1} << 43) - 1;
    static constexpr std::uint64_t armed_bit = std::uint64_t{1} << 63;

    std::uint64_t bits_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail
