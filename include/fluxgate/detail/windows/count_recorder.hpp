// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/detail/windows/duration_sum.hpp>
#include <fluxgate/detail/windows/slow_counters.hpp>
#include <fluxgate/metrics.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Words of bits: few of them inside, more in an allocation.
template <std::size_t Inside>
class BitWords {
public:
    /// Makes them all zero. Throws `std::bad_alloc`.
    explicit BitWords(std::size_t size)
        : outside_{size > Inside ? new std::uint64_t[size]{} : nullptr} {}

    BitWords(BitWords&& other) noexcept
        : outside_{std::exchange(other.outside_, nullptr)}, inside_{other.inside_} {}
    BitWords& operator=(BitWords&& other) noexcept {
        std::swap(outside_, other.outside_);
        inside_ = other.inside_;
        return *this;
    }
    ~BitWords() { delete[] outside_; }

    [[nodiscard]] std::uint64_t& operator[](std::size_t i) noexcept {
        return outside_ != nullptr ? outside_[i] : inside_[i];
    }
    [[nodiscard]] std::uint64_t operator[](std::size_t i) const noexcept {
        return outside_ != nullptr ? outside_[i] : inside_[i];
    }

private:
    /// Owned. Null where all are inside.
    std::uint64_t* outside_;
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

    /// Records a call. Complexity: constant.
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

    /// Returns how many quick successes may be recorded later, all at once, as far as the window is
    /// concerned: as many as make it clean.
    [[nodiscard]] std::uint64_t most_deferred() const noexcept {
        return KeepsDurations ? 0 : size_;
    }

    /// Returns how many calls the window holds at most.
    [[nodiscard]] std::uint64_t most_total() const noexcept { return size_; }

    /// Returns the bucket of a time, of which it has one.
    [[nodiscard]] static std::int64_t bucket_of(std::chrono::steady_clock::time_point) noexcept {
        return 0;
    }
    [[nodiscard]] static std::chrono::steady_clock::time_point end_of_newest_bucket() noexcept {
        return (std::chrono::steady_clock::time_point::max)();
    }

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

    /// Forgets all calls. Complexity: constant.
    void reset() noexcept {
        total_ = 0;
        next_ = 0;
        failures_ = 0;
        slow_.reset();
        sum_ = {};
    }

    /// Takes the calls of another recorder, of the same size, that keeps at least as much. Begins empty.
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

}  // namespace fluxgate::inline v0_1::detail
