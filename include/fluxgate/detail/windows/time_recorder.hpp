// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/detail/windows/duration_sum.hpp>
#include <fluxgate/detail/windows/slow_counters.hpp>
#include <fluxgate/metrics.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Returns the number of the bucket of this width, counted from the clock's epoch, that a time lies
/// in.
inline std::int64_t bucket_number(std::chrono::steady_clock::time_point time,
                                  std::chrono::nanoseconds width) noexcept {
    const std::chrono::nanoseconds since_epoch = time.time_since_epoch();
    const std::int64_t towards_zero = since_epoch / width;
    const bool below = since_epoch % width < std::chrono::nanoseconds::zero();
    return below ? towards_zero - 1 : towards_zero;
}

/// Returns how long ago that bucket began. Unlike its beginning, this always is a duration.
inline std::chrono::nanoseconds time_since_bucket_began(std::chrono::steady_clock::time_point time,
                                                        std::chrono::nanoseconds width) noexcept {
    const std::chrono::nanoseconds rest = time.time_since_epoch() % width;
    return rest < std::chrono::nanoseconds::zero() ? rest + width : rest;
}

/// The calls of the newest bucket of time and of those before it that the ring has place for.
template <bool KeepsDurations, std::size_t Thresholds>
class TimeRecorder {
public:
    static constexpr bool uses_time = true;
    static constexpr bool uses_durations = KeepsDurations || Thresholds != 0;

    /// Throws `std::bad_alloc`.
    TimeRecorder(std::chrono::nanoseconds width, std::size_t buckets,
                 ThresholdsView<Thresholds> thresholds)
        : width_{width}, slow_{thresholds}, buckets_(buckets) {
        if constexpr (Thresholds != 0) {
            slow_counts_.resize(buckets * slow_.size());
        }
    }

    /// Forgets what has left the window; a time before the latest one forgets nothing.
    /// Complexity: linear in the buckets that have passed, at most in all there are.
    void advance(std::chrono::steady_clock::time_point now) noexcept {
        const std::int64_t number = bucket_number(now, width_);
        if (number <= newest_number_) {
            return;
        }
        // Unsigned, since the difference may not fit where nothing was recorded so far.
        std::uint64_t passed =
            static_cast<std::uint64_t>(number) - static_cast<std::uint64_t>(newest_number_);
        for (; passed != 0 && total_ != 0; --passed) {
            newest_ = newest_ + 1 == buckets_.size() ? 0 : newest_ + 1;
            forget(newest_);
        }
        newest_number_ = number;
    }

    /// Records a call. Complexity: that of `advance`.
    void record(const Record& record) noexcept {
        advance(record.at);
        Bucket& bucket = buckets_[newest_];
        ++bucket.total;
        ++total_;
        if (!record.success) {
            ++bucket.failures;
            ++failures_;
        }
        if constexpr (Thresholds != 0) {
            for (std::size_t i = 0; i != slow_.size(); ++i) {
                SlowCount& slow = slow_[i];
                if (record.duration >= slow.threshold) {
                    ++slow_counts_[place_of(newest_, i)];
                    ++slow.count;
                }
            }
        }
        if constexpr (KeepsDurations) {
            bucket.sum.add(record.duration);
            sum_.add(record.duration);
        }
    }

    [[nodiscard]] MetricView metric() const noexcept {
        MetricView view{.total_count = total_, .failure_count = failures_, .slow = slow_.view()};
        if constexpr (KeepsDurations) {
            view.total_duration = sum_.saturated();
        }
        return view;
    }

    /// Returns whether a call of this duration is slow for none of the thresholds.
    [[nodiscard]] bool is_quick(std::chrono::nanoseconds duration) const noexcept {
        return slow_.is_quick(duration);
    }

    /// Returns how much time the buckets cover, `now` included, where they were emptied at `since`.
    [[nodiscard]] std::chrono::nanoseconds covered(
        std::chrono::steady_clock::time_point now,
        std::chrono::steady_clock::time_point since) const noexcept {
        const auto full = static_cast<std::int64_t>(buckets_.size()) - 1;
        return (std::min)(time_between(since, now),
                          width_ * full + time_since_bucket_began(now, width_));
    }

    /// Returns false: one more success always changes the total.
    [[nodiscard]] static bool is_clean() noexcept { return false; }

    /// Returns how many quick successes may be recorded later, all at once, as far as the window is
    /// concerned: the largest number once it holds a call, as one bucket holds any number of them.
    [[nodiscard]] std::uint64_t most_deferred() const noexcept {
        return KeepsDurations || total_ == 0 ? 0 : most_total();
    }

    /// Returns the largest number: the window holds any number of calls.
    [[nodiscard]] static std::uint64_t most_total() noexcept {
        return (std::numeric_limits<std::uint64_t>::max)();
    }

    /// Returns the number of the bucket that a time lies in.
    [[nodiscard]] std::int64_t bucket_of(
        std::chrono::steady_clock::time_point time) const noexcept {
        return bucket_number(time, width_);
    }
    /// Returns when the newest bucket ends: the beginning of time where there was none yet, and the
    /// end of time where it ends later.
    [[nodiscard]] std::chrono::steady_clock::time_point end_of_newest_bucket() const noexcept {
        using Time = std::chrono::steady_clock::time_point;
        const std::int64_t most = (std::chrono::nanoseconds::max)() / width_;
        if (newest_number_ < -most) {
            return (Time::min)();
        }
        return newest_number_ < most ? Time{width_ * (newest_number_ + 1)} : (Time::max)();
    }

    /// Records so many quick successes of the newest bucket. Complexity: constant.
    void record_successes(std::uint64_t count) noexcept
        requires(!KeepsDurations)
    {
        buckets_[newest_].total += count;
        total_ += count;
    }

    /// Forgets all calls. Complexity: linear in the number of buckets.
    void reset() noexcept {
        for (Bucket& bucket : buckets_) {
            bucket = {};
        }
        if constexpr (Thresholds != 0) {
            std::ranges::fill(slow_counts_, 0);
        }
        total_ = 0;
        failures_ = 0;
        slow_.reset();
        sum_ = {};
    }

    /// Takes over the calls of an empty one's like: of the same buckets, which keeps at least as
    /// much.
    template <bool Keeps>
        requires(Thresholds == any_number && (Keeps || !KeepsDurations))
    void take_over(const TimeRecorder<Keeps, Thresholds>& other) noexcept {
        newest_number_ = other.newest_number_;
        newest_ = other.newest_;
        total_ = other.total_;
        failures_ = other.failures_;
        for (std::size_t bucket = 0; bucket != buckets_.size(); ++bucket) {
            buckets_[bucket].total = other.buckets_[bucket].total;
            buckets_[bucket].failures = other.buckets_[bucket].failures;
            if constexpr (KeepsDurations) {
                buckets_[bucket].sum = other.buckets_[bucket].sum;
            }
        }
        for (std::size_t i = 0; i != slow_.size(); ++i) {
            const std::size_t place = other.slow_.place_of(slow_[i].threshold);
            slow_[i].count = other.slow_[place].count;
            for (std::size_t bucket = 0; bucket != buckets_.size(); ++bucket) {
                slow_counts_[place_of(bucket, i)] =
                    other.slow_counts_[other.place_of(bucket, place)];
            }
        }
        if constexpr (KeepsDurations) {
            sum_ = other.sum_;
        }
    }

private:
    template <bool, std::size_t>
    friend class TimeRecorder;

    using Sum = std::conditional_t<KeepsDurations, DurationSum, Nothing>;
    struct NoCounts {};

    struct Bucket {
        std::uint64_t total = 0;
        std::uint64_t failures = 0;
        FLUXGATE_NO_UNIQUE_ADDRESS Sum sum{};
    };

    /// Returns where the count of slow calls of a bucket for a threshold is.
    [[nodiscard]] std::size_t place_of(std::size_t bucket, std::size_t threshold) const noexcept {
        return bucket * slow_.size() + threshold;
    }

    void forget(std::size_t number) noexcept {
        Bucket& bucket = buckets_[number];
        total_ -= bucket.total;
        failures_ -= bucket.failures;
        if constexpr (Thresholds != 0) {
            for (std::size_t i = 0; i != slow_.size(); ++i) {
                slow_[i].count -= std::exchange(slow_counts_[place_of(number, i)], 0);
            }
        }
        if constexpr (KeepsDurations) {
            sum_.remove(bucket.sum);
        }
        bucket = {};
    }

    std::chrono::nanoseconds width_;
    std::int64_t newest_number_ = (std::numeric_limits<std::int64_t>::min)();
    std::size_t newest_ = 0;
    std::uint64_t total_ = 0;
    std::uint64_t failures_ = 0;
    FLUXGATE_NO_UNIQUE_ADDRESS SlowCounters<Thresholds> slow_;
    FLUXGATE_NO_UNIQUE_ADDRESS Sum sum_;
    std::vector<Bucket> buckets_;
    FLUXGATE_NO_UNIQUE_ADDRESS
    std::conditional_t<Thresholds != 0, std::vector<std::uint64_t>, NoCounts> slow_counts_;
};

}  // namespace fluxgate::inline v0_1::detail
