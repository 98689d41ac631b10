// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/state.hpp>

#include <cstdint>

// The two numbers by which calls get through without the lock. Both are eight bytes, so that an
// atomic of a Word, or of the bits of a Pending, is one machine word.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// What a call needs to know of the circuit: its state, and whether that grants every call; which
/// period it is in; and whether it is clean, which means that one more quick success changes
/// nothing at all.
class Word {
public:
    constexpr Word() noexcept = default;
    constexpr Word(State state, bool admits_always, std::uint64_t period) noexcept
        : bits_{period << period_shift | (admits_always ? always_bit : 0) |
                static_cast<std::uint64_t>(state)} {}

    /// Of a period that never is.
    [[nodiscard]] static constexpr Word never() noexcept {
        Word word;
        word.bits_ = ~std::uint64_t{0};
        return word;
    }

    [[nodiscard]] constexpr State state() const noexcept {
        return static_cast<State>(bits_ & state_mask);
    }
    [[nodiscard]] constexpr bool admits_always() const noexcept {
        return (bits_ & always_bit) != 0;
    }
    /// Grows with each transition. Of 59 bits, so it does not come round: at a transition every
    /// nanosecond that would take 18 years.
    [[nodiscard]] constexpr std::uint64_t period() const noexcept { return bits_ >> period_shift; }
    [[nodiscard]] constexpr bool is_clean() const noexcept { return (bits_ & clean_bit) != 0; }

    /// The same state and period, clean or not.
    [[nodiscard]] constexpr Word with_clean(bool clean) const noexcept {
        Word word;
        word.bits_ = clean ? bits_ | clean_bit : bits_ & ~clean_bit;
        return word;
    }

    friend constexpr bool operator==(const Word&, const Word&) noexcept = default;

private:
    static constexpr std::uint64_t state_mask = 7;
    static constexpr std::uint64_t clean_bit = 8;
    static constexpr std::uint64_t always_bit = 16;
    static constexpr unsigned period_shift = 5;

    std::uint64_t bits_ = 0;
};

/// How many quick successes are not yet in the window, and for which period they may be added to:
/// its stamp. No stamp, no adding.
class Pending {
public:
    /// Takes no successes.
    constexpr Pending() noexcept = default;
    /// Takes those of this period, of which it keeps the lowest 43 bits: who adds has just compared
    /// it whole, and it would have to come round to the same bits before he adds.
    constexpr explicit Pending(std::uint64_t period) noexcept
        : bits_{armed_bit | (period & period_mask) << period_shift} {}

    /// What `bits()` gave.
    [[nodiscard]] static constexpr Pending from_bits(std::uint64_t bits) noexcept {
        Pending pending;
        pending.bits_ = bits;
        return pending;
    }
    /// All of it, as an atomic holds it.
    [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }

    /// So many fit.
    static constexpr std::uint64_t most = (std::uint64_t{1} << 20) - 1;

    [[nodiscard]] constexpr std::uint64_t count() const noexcept { return bits_ & most; }
    /// Whether the stamp is that of the other one.
    [[nodiscard]] constexpr bool has_stamp_of(const Pending& other) const noexcept {
        return (bits_ & ~most) == (other.bits_ & ~most);
    }

    /// One more, of which there is room.
    [[nodiscard]] constexpr Pending plus_one() const noexcept {
        Pending more = *this;
        ++more.bits_;
        return more;
    }
    /// The same stamp and no successes.
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
