// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/exchangeable.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/detail/windows/recorders.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/windows.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <variant>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A shipped window that is known at run time alone.
struct AnyWindow {
    std::variant<CountWindow, TimeWindow> window;
    /// True if durations are kept although no tripper asks for them.
    bool keeps_durations = false;
};

/// What a window is to keep of each call, beside whether it failed.
struct AnyNeeds {
    /// Different ones.
    std::vector<std::chrono::nanoseconds> thresholds{};
    bool durations = false;

    [[nodiscard]] bool times_calls() const noexcept { return durations || !thresholds.empty(); }
    /// Returns the shortest threshold; the longest duration where there is none.
    [[nodiscard]] std::chrono::nanoseconds shortest() const noexcept {
        auto shortest = (std::chrono::nanoseconds::max)();
        for (const std::chrono::nanoseconds threshold : thresholds) {
            shortest = (std::min)(shortest, threshold);
        }
        return shortest;
    }
    /// Returns whether all that the other one wants is here.
    [[nodiscard]] bool include(const AnyNeeds& other) const noexcept {
        const auto is_kept = [&](std::chrono::nanoseconds threshold) {
            return std::ranges::find(thresholds, threshold) != thresholds.end();
        };
        return (durations || !other.durations) && std::ranges::all_of(other.thresholds, is_kept);
    }
};

/// The recorder of any shipped window and of any needs. Not thread-safe: the core calls it under
/// its lock, but for `is_quick`, `bucket_of` and `uses_buckets`, whose answers are
/// hints to those who do not hold that.
class AnyRecorder : public window_base {
public:
    /// Throws `std::bad_alloc`.
    AnyRecorder(const AnyWindow& window, AnyNeeds needs)
        : needs_{with_kept(std::move(needs), window)},
          window_{window.window},
          content_{made(window_, needs_)},
          shortest_{needs_.shortest()},
          bucket_{bucket_of_window(window_)} {}

    [[nodiscard]] bool times_calls() const noexcept { return needs_.times_calls(); }
    [[nodiscard]] std::chrono::nanoseconds shortest_threshold() const noexcept {
        return needs_.shortest();
    }

    /// Takes the other one's place, and its calls, where it is of the same window and has kept all
    /// that is wanted here; else begins empty. Gives the other one what this was. Returns whether
    /// it has taken the calls.
    bool replace(AnyRecorder& other) noexcept {
        const bool goes_on = are_same(window_, other.window_) && other.needs_.include(needs_);
        if (goes_on) {
            take_over(other);
        }
        std::swap(needs_, other.needs_);
        std::swap(window_, other.window_);
        std::swap(content_, other.content_);
        // Others read these, and nobody those of this.
        other.shortest_ = shortest_;
        other.bucket_ = bucket_;
        return goes_on;
    }

    // Without the lock.

    [[nodiscard]] bool is_quick(std::chrono::nanoseconds duration) const noexcept {
        return duration < shortest_.get();
    }
    /// Returns whether the window is one of time, which wants to know when calls are settled.
    [[nodiscard]] bool uses_buckets() const noexcept { return bucket_.get() != no_bucket; }
    [[nodiscard]] std::int64_t bucket_of(TimePoint time) const noexcept {
        const std::chrono::nanoseconds bucket = bucket_.get();
        return bucket == no_bucket ? 0 : bucket_number(time, bucket);
    }

    // Under it.

    void record(const Record& record) noexcept {
        std::visit([&](auto& recorder) { recorder.record(record); }, content_);
    }
    void record_successes(std::uint64_t count) noexcept {
        std::visit(
            [&](auto& recorder) {
                if constexpr (requires { recorder.record_successes(count); }) {
                    recorder.record_successes(count);
                }
            },
            content_);
    }
    void advance(TimePoint now) noexcept {
        std::visit(
            [&](auto& recorder) {
                if constexpr (requires { recorder.advance(now); }) {
                    recorder.advance(now);
                }
            },
            content_);
    }
    /// Returns how much time the window covers; zero where it is not one of time.
    [[nodiscard]] std::chrono::nanoseconds covered(TimePoint now, TimePoint since) const noexcept {
        return std::visit(
            [&](const auto& recorder) {
                if constexpr (requires { recorder.covered(now, since); }) {
                    return recorder.covered(now, since);
                } else {
                    return std::chrono::nanoseconds::zero();
                }
            },
            content_);
    }
    [[nodiscard]] MetricView metric() const noexcept {
        return std::visit([](const auto& recorder) { return recorder.metric(); }, content_);
    }
    void reset() noexcept {
        std::visit([](auto& recorder) { recorder.reset(); }, content_);
    }
    [[nodiscard]] bool is_clean() const noexcept {
        return std::visit([](const auto& recorder) { return recorder.is_clean(); }, content_);
    }
    [[nodiscard]] std::uint64_t most_deferred() const noexcept {
        return std::visit([](const auto& recorder) { return recorder.most_deferred(); }, content_);
    }
    [[nodiscard]] std::uint64_t most_total() const noexcept {
        return std::visit([](const auto& recorder) { return recorder.most_total(); }, content_);
    }
    [[nodiscard]] TimePoint end_of_newest_bucket() const noexcept {
        return std::visit([](const auto& recorder) { return recorder.end_of_newest_bucket(); },
                          content_);
    }

private:
    using Content = std::variant<CountRecorder<false, any_number>, CountRecorder<true, any_number>,
                                 TimeRecorder<false, any_number>, TimeRecorder<true, any_number>>;
    using Window = std::variant<CountWindow, TimeWindow>;

    static constexpr std::chrono::nanoseconds no_bucket{0};

    [[nodiscard]] static AnyNeeds with_kept(AnyNeeds needs, const AnyWindow& window) {
        needs.durations = needs.durations || window.keeps_durations;
        return needs;
    }

    [[nodiscard]] static Content made(const Window& window, const AnyNeeds& needs) {
        const std::span<const std::chrono::nanoseconds> thresholds = needs.thresholds;
        if (const auto* const count = std::get_if<CountWindow>(&window)) {
            if (needs.durations) {
                return CountRecorder<true, any_number>{count->size(), thresholds};
            }
            return CountRecorder<false, any_number>{count->size(), thresholds};
        }
        const auto& time = std::get<TimeWindow>(window);
        const auto buckets = static_cast<std::size_t>(time.span() / time.bucket());
        if (needs.durations) {
            return TimeRecorder<true, any_number>{time.bucket(), buckets, thresholds};
        }
        return TimeRecorder<false, any_number>{time.bucket(), buckets, thresholds};
    }

    [[nodiscard]] static std::chrono::nanoseconds bucket_of_window(const Window& window) noexcept {
        const auto* const time = std::get_if<TimeWindow>(&window);
        return time != nullptr ? time->bucket() : no_bucket;
    }

    [[nodiscard]] static bool are_same(const Window& one, const Window& other) noexcept {
        const auto* const calls = std::get_if<CountWindow>(&one);
        const auto* const its_calls = std::get_if<CountWindow>(&other);
        if (calls != nullptr || its_calls != nullptr) {
            return calls != nullptr && its_calls != nullptr && calls->size() == its_calls->size();
        }
        const auto& time = std::get<TimeWindow>(one);
        const auto& its_time = std::get<TimeWindow>(other);
        return time.span() == its_time.span() && time.bucket() == its_time.bucket();
    }

    void take_over(const AnyRecorder& other) noexcept {
        std::visit(
            [](auto& mine, const auto& theirs) {
                if constexpr (requires { mine.take_over(theirs); }) {
                    mine.take_over(theirs);
                }
            },
            content_, other.content_);
    }

    AnyNeeds needs_;
    Window window_;
    Content content_;
    Exchangeable<std::chrono::nanoseconds> shortest_;
    /// Zero for a window of calls.
    Exchangeable<std::chrono::nanoseconds> bucket_;
};

}  // namespace fluxgate::inline v0_1::detail
