// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/metrics.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The number of thresholds where it is known at run time alone.
inline constexpr std::size_t any_number = std::dynamic_extent;

/// Borrows thresholds, whose number is `Number` or, with `any_number`, known at run time alone.
template <std::size_t Number>
using ThresholdsView = std::span<const std::chrono::nanoseconds, Number>;

/// A counter of slow calls for each distinct threshold that a tripper names.
template <std::size_t Thresholds>
class SlowCounters {
public:
    explicit SlowCounters(ThresholdsView<Thresholds> thresholds) {
        if constexpr (Thresholds == any_number) {
            counters_.resize(thresholds.size());
        }
        for (const std::chrono::nanoseconds threshold : thresholds) {
            if (!has(threshold)) {
                counters_[size_].threshold = threshold;
                ++size_;
                shortest_ = (std::min)(shortest_, threshold);
            }
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] SlowCount& operator[](std::size_t i) noexcept { return counters_[i]; }
    [[nodiscard]] const SlowCount& operator[](std::size_t i) const noexcept { return counters_[i]; }
    /// Returns the number of the counter of a threshold that has one.
    [[nodiscard]] std::size_t place_of(std::chrono::nanoseconds threshold) const noexcept {
        std::size_t place = 0;
        while (counters_[place].threshold != threshold) {
            ++place;
        }
        return place;
    }
    [[nodiscard]] std::span<const SlowCount> view() const noexcept {
        return {counters_.data(), size_};
    }

    /// Returns whether a call of this duration is slow for none of the thresholds.
    [[nodiscard]] bool is_quick(std::chrono::nanoseconds duration) const noexcept {
        return duration < shortest_;
    }

    [[nodiscard]] bool are_zero() const noexcept {
        for (const SlowCount& counter : view()) {
            if (counter.count != 0) {
                return false;
            }
        }
        return true;
    }

    void reset() noexcept {
        for (SlowCount& counter : counters_) {
            counter.count = 0;
        }
    }

private:
    [[nodiscard]] bool has(std::chrono::nanoseconds threshold) const noexcept {
        for (const SlowCount& counter : view()) {
            if (counter.threshold == threshold) {
                return true;
            }
        }
        return false;
    }

    std::chrono::nanoseconds shortest_ = (std::chrono::nanoseconds::max)();
    std::conditional_t<Thresholds == any_number, std::vector<SlowCount>,
                       std::array<SlowCount, Thresholds>>
        counters_{};
    std::size_t size_ = 0;
};

template <>
class SlowCounters<0> {
public:
    explicit SlowCounters(ThresholdsView<0>) noexcept {}

    [[nodiscard]] static std::span<const SlowCount> view() noexcept { return {}; }
    [[nodiscard]] static bool is_quick(std::chrono::nanoseconds) noexcept { return true; }
    [[nodiscard]] static bool are_zero() noexcept { return true; }
    static void reset() noexcept {}
};

}  // namespace fluxgate::inline v0_1::detail
