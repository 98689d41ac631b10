// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// One settled call, as a window sees it.
struct Record {
    /// False if the tracker judged the call a failure.
    bool success = true;
    /// How long the call took. May be zero where neither window nor tripper looks at durations.
    std::chrono::nanoseconds duration{};
    /// When the call was settled, by the monotonic clock. May be its
    /// epoch where nothing needs the time.
    std::chrono::steady_clock::time_point at{};
};

/// How many calls lasted at least as long as the threshold.
struct SlowCount {
    /// Above zero.
    std::chrono::nanoseconds threshold{};
    /// Calls that lasted at least the threshold, failures among them.
    std::uint64_t count = 0;

    /// Returns whether both have the same threshold and the same count.
    friend constexpr bool operator==(const SlowCount&, const SlowCount&) = default;
};

/// What a window remembers of recent calls: a view that borrows the slow counts, to look at, or a
/// value that owns them, to keep.
///
/// The four functions return nothing when there were no calls, or when the thing is not kept since
/// no policy of the breaker asks for it.
template <class SlowCounts>
struct BasicMetrics {
    /// The calls that the window holds.
    std::uint64_t total_count = 0;
    /// Those of them that failed.
    std::uint64_t failure_count = 0;
    /// The sum of the durations; it saturates at 292 years.
    std::optional<std::chrono::nanoseconds> total_duration{};
    /// One entry for each threshold that the tripper names.
    SlowCounts slow{};

    /// Returns failures / calls.
    [[nodiscard]] constexpr std::optional<double> failure_rate() const noexcept {
        return share_of_calls(failure_count);
    }

    /// Returns the mean duration, rounded down to a nanosecond.
    [[nodiscard]] constexpr std::optional<std::chrono::nanoseconds> avg_duration() const noexcept {
        if (total_count == 0 || !total_duration) {
            return std::nullopt;
        }
        const auto sum = static_cast<std::uint64_t>(total_duration->count());
        return std::chrono::nanoseconds{static_cast<std::int64_t>(sum / total_count)};
    }

    /// Returns how many calls lasted at least the threshold, which must be one that the tripper
    /// names. Complexity: linear in the number of thresholds.
    [[nodiscard]] constexpr std::optional<std::uint64_t> slow_count(
        std::chrono::nanoseconds threshold) const noexcept {
        if (total_count == 0) {
            return std::nullopt;
        }
        for (const SlowCount& entry : slow) {
            if (entry.threshold == threshold) {
                return entry.count;
            }
        }
        return std::nullopt;
    }

    /// Returns slow calls / calls, for a threshold that the tripper names.
    [[nodiscard]] constexpr std::optional<double> slow_rate(
        std::chrono::nanoseconds threshold) const noexcept {
        const std::optional<std::uint64_t> count = slow_count(threshold);
        return count ? share_of_calls(*count) : std::nullopt;
    }

    /// Returns the same metrics as a view, which is valid as long as this object.
    template <class Borrowed = std::span<const SlowCount>>
    [[nodiscard]] constexpr operator BasicMetrics<Borrowed>() const noexcept
        requires(std::is_same_v<Borrowed, std::span<const SlowCount>> &&
                 !std::is_same_v<Borrowed, SlowCounts>)
    {
        return {total_count, failure_count, total_duration, slow};
    }

private:
    [[nodiscard]] constexpr std::optional<double> share_of_calls(
        std::uint64_t count) const noexcept {
        if (total_count == 0) {
            return std::nullopt;
        }
        return static_cast<double>(count) / static_cast<double>(total_count);
    }
};

/// Metrics that borrow their slow counts from a window: what trippers see.
using MetricView = BasicMetrics<std::span<const SlowCount>>;

/// Metrics that own everything: what signals and `info()` carry.
using Metrics = BasicMetrics<std::vector<SlowCount>>;

/// Returns a copy that owns everything. Throws `std::bad_alloc`.
[[nodiscard]] inline Metrics to_metrics(const MetricView& view) {
    const SlowCount* const slow = view.slow.data();
    return {
        view.total_count, view.failure_count, view.total_duration, {slow, slow + view.slow.size()}};
}

/// What a tripper judges.
struct CallContext {
    /// The window after the latest outcome.
    MetricView metric{};
    /// `closed` or `half_open`: no other state asks its tripper.
    State state = State::closed;
    /// How many of the latest outcomes in a row were failures, since the circuit last entered
    /// `closed` or `half_open`. It saturates.
    std::uint64_t consecutive_failures = 0;
    /// What failures have added and successes have taken away since the circuit last entered
    /// `closed` or `half_open`: one for a failure, the tripper's `forgives()` for a success, never
    /// below zero. Zero for a tripper that does not use it.
    double score = 0.0;
};

}  // namespace fluxgate::inline v0_1
