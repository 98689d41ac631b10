// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <cstdint>
#include <limits>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A sum of durations that neither overflows nor loses a nanosecond when they leave again: 128 bits
/// in two words. Durations below zero count as zero.
class DurationSum {
public:
    DurationSum() = default;

    void add(std::chrono::nanoseconds duration) noexcept { add(DurationSum{counted(duration)}); }
    void remove(std::chrono::nanoseconds duration) noexcept {
        remove(DurationSum{counted(duration)});
    }

    void add(const DurationSum& other) noexcept {
        low_ += other.low_;
        const std::uint64_t carry = low_ < other.low_ ? 1 : 0;
        high_ += other.high_ + carry;
    }

    /// Removes what was added before.
    void remove(const DurationSum& other) noexcept {
        const std::uint64_t borrow = low_ < other.low_ ? 1 : 0;
        low_ -= other.low_;
        high_ -= other.high_ + borrow;
    }

    /// Returns the sum, at most `nanoseconds::max()`.
    [[nodiscard]] std::chrono::nanoseconds saturated() const noexcept {
        constexpr auto most = (std::numeric_limits<std::int64_t>::max)();
        if (high_ != 0 || low_ > static_cast<std::uint64_t>(most)) {
            return std::chrono::nanoseconds{most};
        }
        return std::chrono::nanoseconds{static_cast<std::int64_t>(low_)};
    }

private:
    explicit DurationSum(std::uint64_t low) noexcept : low_{low} {}

    static std::uint64_t counted(std::chrono::nanoseconds duration) noexcept {
        return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
    }

    std::uint64_t low_ = 0;
    std::uint64_t high_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail
