// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

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

    /// Returns whether it has a stamp.
    [[nodiscard]] constexpr bool is_armed() const noexcept { return (bits_ & armed_bit) != 0; }
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
    /// Returns the same stamp with this count, at most `most`.
    [[nodiscard]] constexpr Pending with_count(std::uint64_t count) const noexcept {
        Pending changed = *this;
        changed.bits_ = (bits_ & ~most) | count;
        return changed;
    }

private:
    static constexpr unsigned period_shift = 20;
    static constexpr std::uint64_t period_mask = (std::uint64_t{1} << 43) - 1;
    static constexpr std::uint64_t armed_bit = std::uint64_t{1} << 63;

    std::uint64_t bits_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail
