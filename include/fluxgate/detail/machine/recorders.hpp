// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/duration_sum.hpp>
#include <fluxgate/detail/machine/time_point.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/metrics.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

// What the shipped windows become inside a breaker: counters of what its tripper asks for, and of
// nothing else. How many thresholds that are is known at compile time, or else `any_number`. None is
// thread-safe; the core calls them under its lock, but for `is_quick`, `bucket_of` and
// `most_deferred`, which look only at what never changes.

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

/// Words of bits: few of them inside, more in an allocation.
template <std::size_t Inside>
class BitWords {
public:
    /// Makes them all zero. Throws `std::bad_alloc`.
    explicit BitWords(std::size_t size)
        : outside_{size > Inside ? std::make_unique<std::uint64_t[]>(size) : nullptr} {}

    [[nodiscard]] std::uint64_t& operator[](std::size_t i) noexcept {
        return outside_ != nullptr ? outside_[i] : inside_[i];
    }
    [[nodiscard]] std::uint64_t operator[](std::size_t i) const noexcept {
        return outside_ != nullptr ? outside_[i] : inside_[i];
    }

private:
    std::unique_ptr<std::uint64_t[]> outside_;
    std::array<std::uint64_t, Inside> inside_{};
};

/// The last `size` calls: a bit a call for failure, one more for each threshold, and the duration
/// where that is kept.
template <bool KeepsDurations, std::size_t Thresholds>
class CountRecorder {
public:
    static constexpr bool uses_time = false;
    static constexpr bool uses_durations = KeepsDurations || Thresholds != 0;

    /// Throws `std::bad_alloc`.
    CountRecorder(std::uint32_t size, ThresholdsView<Thresholds> thresholds)
        : size_{size}, slow_{thresholds}, bits_{lanes() * words_a_lane()} {
        if constexpr (KeepsDurations) {
            durations_.resize(size);
        }
    }

    /// Complexity: constant.
    void record(const Record& record) noexcept {
        const bool evicts = total_ == size_;
        replace(0, !record.success, evicts, failures_);
        if constexpr (Thresholds != 0) {
            for (std::size_t i = 0; i != slow_.size(); ++i) {
                SlowCount& slow = slow_[i];
                replace(1 + i, record.duration >= slow.threshold, evicts, slow.count);
            }
        }
        if constexpr (KeepsDurations) {
            if (evicts) {
                sum_.remove(durations_[next_]);
            }
            sum_.add(record.duration);
            durations_[next_] = record.duration;
        }
        total_ += evicts ? 0 : 1;
        next_ = next_ + 1 == size_ ? 0 : next_ + 1;
    }

    /// Returns whether a call of this duration is slow for none of the thresholds.
    [[nodiscard]] bool is_quick(std::chrono::nanoseconds duration) const noexcept {
        return slow_.is_quick(duration);
    }

    /// Returns whether one more quick success would change nothing.
    [[nodiscard]] bool is_clean() const noexcept {
        return !KeepsDurations && total_ == size_ && failures_ == 0 && slow_.are_zero();
    }

    /// Returns whether quick successes may be recorded later, all at once, as far as a tripper is
    /// concerned that waits for so many calls.
    [[nodiscard]] bool can_defer(std::uint64_t min_requests) const noexcept {
        return !KeepsDurations && (total_ == size_ || total_ >= min_requests);
    }

    /// Returns how many may be kept waiting: as many as make the window clean.
    [[nodiscard]] std::uint64_t most_deferred() const noexcept {
        return std::min<std::uint64_t>(size_, Pending::most);
    }

    /// Returns the bucket of a time, of which it has one.
    [[nodiscard]] static std::int64_t bucket_of(std::chrono::steady_clock::time_point) noexcept {
        return 0;
    }
    [[nodiscard]] static std::int64_t newest_bucket() noexcept { return 0; }

    /// Records so many quick successes, at most `most_deferred()`. Complexity: linear in `count` /
    /// 64.
    void record_successes(std::uint64_t count) noexcept
        requires(!KeepsDurations)
    {
        auto left = static_cast<std::uint32_t>(count);
        while (left != 0) {
            const bool evicts = total_ == size_;
            const std::uint32_t room = evicts ? left : (std::min)(left, size_ - total_);
            const std::uint32_t step = (std::min)({room, size_ - next_, 64 - next_ % 64});
            clear(step, evicts);
            total_ += evicts ? 0 : step;
            next_ = next_ + step == size_ ? 0 : next_ + step;
            left -= step;
        }
    }

    [[nodiscard]] MetricView metric() const noexcept {
        MetricView view{.total_count = total_, .failure_count = failures_, .slow = slow_.view()};
        if constexpr (KeepsDurations) {
            view.total_duration = sum_.saturated();
        }
        return view;
    }

    /// Complexity: constant.
    void reset() noexcept {
        total_ = 0;
        next_ = 0;
        failures_ = 0;
        slow_.reset();
        sum_ = {};
    }

    /// Takes over the calls of an empty one's like: of the same size, which keeps at least as much.
    template <bool Keeps>
        requires(Thresholds == any_number && (Keeps || !KeepsDurations))
    void take_over(const CountRecorder<Keeps, Thresholds>& other) noexcept {
        total_ = other.total_;
        next_ = other.next_;
        failures_ = other.failures_;
        take_lane(0, other, 0);
        for (std::size_t i = 0; i != slow_.size(); ++i) {
            const std::size_t place = other.slow_.place_of(slow_[i].threshold);
            slow_[i].count = other.slow_[place].count;
            take_lane(1 + i, other, 1 + place);
        }
        if constexpr (KeepsDurations) {
            std::ranges::copy(other.durations_, durations_.begin());
            sum_ = other.sum_;
        }
    }

private:
    template <bool, std::size_t>
    friend class CountRecorder;

    /// A lane of bits for failures, and one for each threshold.
    [[nodiscard]] std::size_t lanes() const noexcept {
        if constexpr (Thresholds == any_number) {
            return 1 + slow_.size();
        } else {
            return 1 + Thresholds;
        }
    }
    [[nodiscard]] std::size_t words_a_lane() const noexcept {
        return (std::size_t{size_} + 63) / 64;
    }

    template <class Other>
    void take_lane(std::size_t lane, const Other& other, std::size_t its_lane) noexcept {
        for (std::size_t word = 0; word != words_a_lane(); ++word) {
            bits_[word * lanes() + lane] = other.bits_[word * other.lanes() + its_lane];
        }
    }

    /// Puts a call's bit where the oldest call's is, and keeps the count of ones right.
    void replace(std::size_t lane, bool bit, bool evicts, std::uint64_t& count) noexcept {
        std::uint64_t& word = bits_[next_ / 64 * lanes() + lane];
        const std::uint64_t mask = std::uint64_t{1} << (next_ % 64);
        if (evicts && (word & mask) != 0) {
            --count;
        }
        if (bit) {
            ++count;
            word |= mask;
        } else {
            word &= ~mask;
        }
    }

    /// Makes the next `step` calls, all in one word, successes.
    void clear(std::uint32_t step, bool evicts) noexcept {
        const std::uint64_t mask = (~std::uint64_t{0} >> (64 - step)) << (next_ % 64);
        const auto clear_lane = [&](std::size_t lane, std::uint64_t& count) {
            std::uint64_t& word = bits_[next_ / 64 * lanes() + lane];
            if (evicts) {
                count -= static_cast<std::uint64_t>(std::popcount(word & mask));
            }
            word &= ~mask;
        };
        clear_lane(0, failures_);
        if constexpr (Thresholds != 0) {
            for (std::size_t i = 0; i != slow_.size(); ++i) {
                clear_lane(1 + i, slow_[i].count);
            }
        }
    }

    std::uint32_t size_;
    std::uint32_t total_ = 0;
    std::uint32_t next_ = 0;
    std::uint64_t failures_ = 0;
    FLUXGATE_NO_UNIQUE_ADDRESS SlowCounters<Thresholds> slow_;
    // A word of each lane beside one another. Bits from `total_` on are what a reset left behind.
    BitWords<2 * (Thresholds == any_number ? 1 : 1 + Thresholds)> bits_;
    FLUXGATE_NO_UNIQUE_ADDRESS
    std::conditional_t<KeepsDurations, std::vector<std::chrono::nanoseconds>, Nothing> durations_;
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<KeepsDurations, DurationSum, Nothing> sum_;
};

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

    /// Complexity: as `advance`.
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

    /// Returns what `CountRecorder::can_defer` does, for successes of the newest bucket.
    [[nodiscard]] bool can_defer(std::uint64_t min_requests) const noexcept {
        return !KeepsDurations && total_ != 0 && total_ >= min_requests;
    }

    [[nodiscard]] static std::uint64_t most_deferred() noexcept { return Pending::most; }

    /// Returns the number of the bucket that a time lies in.
    [[nodiscard]] std::int64_t bucket_of(
        std::chrono::steady_clock::time_point time) const noexcept {
        return bucket_number(time, width_);
    }
    [[nodiscard]] std::int64_t newest_bucket() const noexcept { return newest_number_; }

    /// Records so many quick successes of the newest bucket. Complexity: constant.
    void record_successes(std::uint64_t count) noexcept
        requires(!KeepsDurations)
    {
        buckets_[newest_].total += count;
        total_ += count;
    }

    /// Complexity: linear in the number of buckets.
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
