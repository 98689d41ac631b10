// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/windows/recorders.hpp>
#include <fluxgate/metrics.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

// Windows: what is remembered of recent calls.
//
// 1. CountWindow{n}            the last n calls. Use it when in doubt: it needs no clock.
// 2. TimeWindow{span, bucket}  the calls of the last span of time. Use it where traffic comes and
//                              goes, so that yesterday's failures do not judge today's calls.
// 3. KeepDurations{window}     either of them, with durations kept although no tripper asks for
//                              them: for signals and `info()` that tell the average.
//
// Absent on purpose: a window that never forgets. It grows deaf: the more calls it has seen, the
// less any outage changes its rates.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// The base of every window, and the needs of one that declares none.
struct window_base {
    /// True if the window looks at `Record::at`, for which a clock is then read.
    static constexpr bool uses_time = true;
    /// True if the window looks at `Record::duration`, for which each call is then timed.
    static constexpr bool uses_durations = true;
};

namespace detail {

/// A window that records by itself.
template <class T>
concept WindowRecorder = requires(T& window, const T& seen, const Record& record) {
    window.record(record);
    { seen.metric() } -> std::convertible_to<MetricView>;
    window.reset();
    { T::uses_time } -> std::convertible_to<bool>;
    { T::uses_durations } -> std::convertible_to<bool>;
};

/// A window that is a description, from which a recorder of just what a tripper needs is made.
template <class T>
concept RecorderFactory = requires(const T& window) {
    {
        window.template make_recorder<false>(std::array<std::chrono::nanoseconds, 0>{})
    } -> WindowRecorder;
};

}  // namespace detail

/// Remembers recent calls.
///
/// A window of your own offers `record(const Record&)`; `metric()`, a `MetricView` of what is
/// remembered, or a `Metrics`; and `reset()`, which forgets everything. One that forgets as time
/// goes by offers `advance(std::chrono::steady_clock::time_point now)` as well.
///
/// Semantics: all are called under the breaker's lock, so none blocks or calls the breaker.
/// `reset`, `metric` and `advance` do not throw. What `record` throws is reported as errors of
/// listeners are, and the outcome is not recorded.
template <class T>
concept WindowPolicy = std::derived_from<T, window_base> && std::move_constructible<T> &&
                       (detail::WindowRecorder<T> || detail::RecorderFactory<T>);

namespace windows {

/// The last `size` calls.
///
/// It costs a bit a call, one more for each `SlowRate` of the tripper, and eight bytes where
/// durations are kept. The bits of up to 128 calls are inside the breaker; more of them, and
/// durations, are allocated with it.
class CountWindow : public window_base {
public:
    /// Remembers the last 100 calls.
    constexpr CountWindow() = default;

    /// Takes `size` in [1, 2^32 - 1], else throws `std::invalid_argument`.
    constexpr explicit CountWindow(detail::Count size)
        : size_{size.checked("CountWindow's size")} {}

    /// Returns how many calls it holds at most.
    [[nodiscard]] constexpr std::uint32_t size() const noexcept { return size_; }

    /// Returns what the window is inside a breaker whose tripper has these needs.
    template <bool KeepsDurations, std::size_t Thresholds>
    [[nodiscard]] auto make_recorder(
        const std::array<std::chrono::nanoseconds, Thresholds>& thresholds) const {
        return detail::CountRecorder<KeepsDurations, Thresholds>{size_, thresholds};
    }

private:
    std::uint32_t size_ = 100;
};

/// The calls of the last `span` of time, in buckets of the width `bucket`.
///
/// The buckets lie on a grid that begins at the monotonic clock's epoch. The window is the current
/// bucket and the span / bucket - 1 before it; a call leaves it, whole buckets at a time, between
/// `span - bucket` and `span` after it was settled, also while no other call comes. A clock that
/// stands still makes it forget nothing; one that jumps ahead makes it forget everything, in no
/// more than span / bucket steps; a time before the latest one counts as the latest one.
///
/// It costs 16 bytes a bucket, 8 more for each `SlowRate` of the tripper and 16 where durations are
/// kept, however many calls there are: all of it allocated with the breaker.
class TimeWindow : public window_base {
public:
    /// Takes two durations above zero, of which `span` is a whole multiple of `bucket`, at most
    /// 2^20 of them; else throws `std::invalid_argument`.
    constexpr explicit TimeWindow(detail::Duration span,
                                  detail::Duration bucket = std::chrono::seconds{1})
        : span_{span.checked("TimeWindow's span")}, bucket_{bucket.checked("TimeWindow's bucket")} {
        if (span_ % bucket_ != std::chrono::nanoseconds::zero() || span_ / bucket_ > most_buckets) {
            detail::throw_invalid("TimeWindow's span", detail::written(span_),
                                  "a whole multiple, from 1 to 1048576, of its bucket of " +
                                      detail::written(bucket_));
        }
    }

    /// Returns how far back it looks, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds span() const noexcept { return span_; }
    /// Returns the step in which it forgets, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds bucket() const noexcept { return bucket_; }

    /// Returns what the window is inside a breaker whose tripper has these needs.
    template <bool KeepsDurations, std::size_t Thresholds>
    [[nodiscard]] auto make_recorder(
        const std::array<std::chrono::nanoseconds, Thresholds>& thresholds) const {
        return detail::TimeRecorder<KeepsDurations, Thresholds>{
            bucket_, static_cast<std::size_t>(span_ / bucket_), thresholds};
    }

private:
    static constexpr std::int64_t most_buckets = std::int64_t{1} << 20;

    std::chrono::nanoseconds span_;
    std::chrono::nanoseconds bucket_;
};

/// A shipped window that keeps durations although no tripper looks at them, so that
/// `avg_duration()` is there in signals and in `info()`. It costs two clock readings a call.
template <detail::RecorderFactory Window>
class KeepDurations : public window_base {
public:
    /// Wraps the window.
    constexpr explicit KeepDurations(Window window) : window_{std::move(window)} {}

    /// Returns the window that is wrapped.
    [[nodiscard]] constexpr const Window& window() const noexcept { return window_; }

    /// Returns what the window is inside a breaker whose tripper has these needs.
    template <bool, std::size_t Thresholds>
    [[nodiscard]] auto make_recorder(
        const std::array<std::chrono::nanoseconds, Thresholds>& thresholds) const {
        return window_.template make_recorder<true>(thresholds);
    }

private:
    Window window_;
};

}  // namespace windows

using windows::CountWindow;
using windows::KeepDurations;
using windows::TimeWindow;

}  // namespace fluxgate::inline v0_1
