// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <bit>
#include <chrono>
#include <cstdint>
#include <limits>

// Durations times factors, exact on every platform: by integers, as `long double` is wider than
// `double` on some and not on others.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A product of two 64-bit numbers.
struct WideProduct {
    std::uint64_t high;
    std::uint64_t low;
};

constexpr WideProduct multiplied(std::uint64_t left, std::uint64_t right) noexcept {
    constexpr std::uint64_t half_mask = 0xffffffff;
    const std::uint64_t low = (left & half_mask) * (right & half_mask);
    const std::uint64_t cross = (left >> 32) * (right & half_mask) + (low >> 32);
    const std::uint64_t middle = (left & half_mask) * (right >> 32) + (cross & half_mask);
    return {(left >> 32) * (right >> 32) + (cross >> 32) + (middle >> 32),
            (middle << 32) | (low & half_mask)};
}

/// Returns `duration` * `factor`, neither of which is below zero, to the nearest nanosecond, halves
/// up; where that is `nanoseconds::max()` or more, which would mean for ever, a nanosecond less.
constexpr std::chrono::nanoseconds scaled(std::chrono::nanoseconds duration,
                                          double factor) noexcept {
    constexpr int fraction_bits = 52;
    constexpr std::uint64_t implicit_bit = std::uint64_t{1} << fraction_bits;
    constexpr auto most =
        static_cast<std::uint64_t>((std::numeric_limits<std::int64_t>::max)()) - 1;
    constexpr std::chrono::nanoseconds longest{static_cast<std::int64_t>(most)};

    // The factor is significand * 2^exponent.
    const auto bits = std::bit_cast<std::uint64_t>(factor);
    const auto biased = static_cast<int>(bits >> fraction_bits);
    const std::uint64_t fraction = bits & (implicit_bit - 1);
    const std::uint64_t significand = biased == 0 ? fraction : fraction | implicit_bit;
    const int exponent = (biased == 0 ? 1 : biased) - 1023 - fraction_bits;

    WideProduct product = multiplied(static_cast<std::uint64_t>(duration.count()), significand);
    if (product.high == 0 && product.low == 0) {
        return std::chrono::nanoseconds::zero();
    }
    if (exponent >= 0) {
        const bool fits = exponent < 64 && product.high == 0 && product.low <= most >> exponent;
        return fits ? std::chrono::nanoseconds{static_cast<std::int64_t>(product.low << exponent)}
                    : longest;
    }
    const int shift = -exponent;
    if (shift > 127) {
        return std::chrono::nanoseconds::zero();
    }
    // Half a unit of the last place that stays; the product has room for it.
    const std::uint64_t half = std::uint64_t{1} << ((shift - 1) % 64);
    if (shift > 64) {
        product.high += half;
    } else {
        product.low += half;
        product.high += product.low < half ? 1 : 0;
    }
    if (shift >= 64) {
        product.low = product.high >> (shift - 64);
        product.high = 0;
    } else {
        product.low = product.low >> shift | product.high << (64 - shift);
        product.high >>= shift;
    }
    return product.high == 0 && product.low <= most
               ? std::chrono::nanoseconds{static_cast<std::int64_t>(product.low)}
               : longest;
}

}  // namespace fluxgate::inline v0_1::detail
