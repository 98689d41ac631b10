// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// What the windows become inside a breaker, against lists that are counted anew: durations at and
// around the thresholds, the longest and the shortest ones, clocks that jump ahead and go back.

#include "input.hpp"

#include <fluxgate/detail/windows/recorders.hpp>
#include <fluxgate/metrics.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string_view>

using namespace fluxgate;
using namespace std::chrono_literals;
using fuzz::Input;
using fuzz::require;
using std::chrono::nanoseconds;

namespace {

struct Outcome {
    bool success = true;
    nanoseconds duration{};
    std::int64_t bucket = 0;
};

/// A duration that says something about thresholds of 1, 100 and 200 nanoseconds.
nanoseconds duration(std::size_t which) {
    constexpr std::array durations{0ns,
                                   1ns,
                                   99ns,
                                   100ns,
                                   101ns,
                                   199ns,
                                   200ns,
                                   nanoseconds{-5},
                                   nanoseconds::max(),
                                   nanoseconds::min(),
                                   nanoseconds{1s},
                                   300ns};
    return durations[which % durations.size()];
}

/// Returns the sum as the metrics tell it: none of it below zero, and saturated.
nanoseconds sum_of(const std::deque<Outcome>& outcomes) {
    nanoseconds sum{};
    for (const Outcome& outcome : outcomes) {
        const nanoseconds counted = std::max(outcome.duration, 0ns);
        sum = counted < nanoseconds::max() - sum ? sum + counted : nanoseconds::max();
    }
    return sum;
}

std::uint64_t slow_of(const std::deque<Outcome>& outcomes, nanoseconds threshold) {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        outcomes, [&](const Outcome& outcome) { return outcome.duration >= threshold; }));
}

/// Requires that a recorder holds these outcomes.
template <bool KeepsDurations, class Recorder, class Thresholds>
void compare(const Recorder& recorder, const std::deque<Outcome>& outcomes,
             const Thresholds& thresholds) {
    const auto metric = recorder.metric();
    const auto failures =
        static_cast<std::uint64_t>(std::ranges::count(outcomes, false, &Outcome::success));
    require(metric.total_count == outcomes.size(), "the total");
    require(metric.failure_count == failures, "the failures");
    require(metric.total_duration.has_value() == KeepsDurations, "whether durations are kept");
    if constexpr (KeepsDurations) {
        require(*metric.total_duration == sum_of(outcomes), "the sum of the durations");
    }
    for (const nanoseconds threshold : thresholds) {
        const auto slow = std::ranges::find(metric.slow, threshold, &SlowCount::threshold);
        require(slow != metric.slow.end(), "a threshold");
        require(slow->count == slow_of(outcomes, threshold), "the slow calls");
    }
}

template <bool KeepsDurations, std::size_t Thresholds>
void record_counted(Input input, const std::array<nanoseconds, Thresholds>& thresholds) {
    const std::size_t size = 1 + input.byte() + 64 * input.below(4);
    detail::CountRecorder<KeepsDurations, Thresholds> recorder{static_cast<std::uint32_t>(size),
                                                               thresholds};
    std::deque<Outcome> outcomes;
    const auto record = [&](const Outcome& outcome) {
        recorder.record({.success = outcome.success, .duration = outcome.duration});
        outcomes.push_back(outcome);
    };
    while (!input.is_over()) {
        const std::uint8_t byte = input.byte();
        const std::size_t detail = byte >> 3;
        switch (byte & 7) {
            case 0:
            case 1:
            case 2:
            case 3: record({.success = (byte & 1) != 0, .duration = duration(detail)}); break;
            case 4:
            case 5:
                if constexpr (!KeepsDurations) {
                    const std::uint64_t count = std::min<std::uint64_t>(
                        input.byte() * std::uint64_t{1 + detail % 3}, recorder.most_deferred());
                    recorder.record_successes(count);
                    outcomes.insert(outcomes.end(), count, Outcome{});
                }
                break;
            case 6:
                if (detail == 31) {
                    recorder.reset();
                    outcomes.clear();
                }
                break;
            case 7:
                for (std::size_t i = 0; i != detail; ++i) {
                    record({});
                }
                break;
        }
        while (outcomes.size() > size) {
            outcomes.pop_front();
        }
        compare<KeepsDurations>(recorder, outcomes, thresholds);
        const bool all_quick = std::ranges::all_of(
            thresholds, [&](nanoseconds threshold) { return slow_of(outcomes, threshold) == 0; });
        const bool is_clean = !KeepsDurations && outcomes.size() == size && all_quick &&
                              std::ranges::count(outcomes, false, &Outcome::success) == 0;
        require(recorder.is_clean() == is_clean, "whether the window is clean");
    }
}

template <bool KeepsDurations, std::size_t Thresholds>
class TimedRecording {
public:
    TimedRecording(const Input& input, const std::array<nanoseconds, Thresholds>& thresholds)
        : input_{input}, thresholds_{thresholds} {}

    void run() {
        while (!input_.is_over()) {
            step();
            compare<KeepsDurations>(recorder_, outcomes_, thresholds_);
        }
    }

private:
    void step() {
        const std::uint8_t byte = input_.byte();
        const std::size_t detail = byte >> 3;
        switch (byte & 7) {
            case 0:
            case 1:
            case 2: {
                const bool success = (byte & 1) != 0;
                const nanoseconds took = duration(detail);
                recorder_.record({.success = success, .duration = took, .at = time()});
                forget();
                outcomes_.push_back({success, took, newest_});
                break;
            }
            case 3: now_ += input_.byte(); break;
            case 4: now_ += std::int64_t{input_.byte()} * input_.byte(); break;
            case 5: now_ -= input_.byte(); break;
            case 6:
                if constexpr (!KeepsDurations) {
                    if (!outcomes_.empty()) {
                        const std::uint8_t count = input_.byte();
                        recorder_.record_successes(count);
                        outcomes_.insert(outcomes_.end(), count, Outcome{.bucket = newest_});
                    }
                }
                break;
            case 7: step_rarely(detail); break;
        }
    }

    void step_rarely(std::size_t detail) {
        if (detail == 31) {
            recorder_.reset();
            outcomes_.clear();
        } else if (detail == 30) {
            now_ += std::int64_t{1} << input_.below(60);
            if (now_ > std::int64_t{1} << 61) {
                now_ = 5;
            }
        } else {
            recorder_.advance(time());
            forget();
        }
    }

    [[nodiscard]] std::chrono::steady_clock::time_point time() const {
        return std::chrono::steady_clock::time_point{nanoseconds{now_}};
    }

    void forget() {
        const std::int64_t width = width_.count();
        // Rounded down, also below zero.
        const std::int64_t bucket = now_ / width - (now_ % width < 0 ? 1 : 0);
        newest_ = std::max(newest_, bucket);
        const auto buckets = static_cast<std::int64_t>(buckets_);
        while (!outcomes_.empty() && outcomes_.front().bucket <= newest_ - buckets) {
            outcomes_.pop_front();
        }
    }

    Input input_;
    const std::array<nanoseconds, Thresholds>& thresholds_;
    std::size_t buckets_ = 1 + input_.below(20);
    nanoseconds width_{1 + input_.byte()};
    detail::TimeRecorder<KeepsDurations, Thresholds> recorder_{width_, buckets_, thresholds_};
    std::deque<Outcome> outcomes_;
    std::int64_t now_ = std::int64_t{1'000'000} * (static_cast<std::int64_t>(input_.below(3)) - 1);
    std::int64_t newest_ = std::numeric_limits<std::int64_t>::min();
};

template <bool KeepsDurations, std::size_t Thresholds>
void record_timed(const Input& input, const std::array<nanoseconds, Thresholds>& thresholds) {
    TimedRecording<KeepsDurations, Thresholds>{input, thresholds}.run();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array<nanoseconds, 0> none{};
    constexpr std::array one{100ns};
    constexpr std::array two{200ns, 1ns};
    constexpr std::array repeated{100ns, 200ns, 100ns};
    Input input{data, size};
    switch (input.below(9)) {
        case 0: record_counted<false>(input, none); break;
        case 1: record_counted<true>(input, none); break;
        case 2: record_counted<false>(input, one); break;
        case 3: record_counted<false>(input, repeated); break;
        case 4: record_counted<true>(input, two); break;
        case 5: record_timed<false>(input, none); break;
        case 6: record_timed<true>(input, none); break;
        case 7: record_timed<false>(input, two); break;
        default: record_timed<true>(input, one); break;
    }
    return 0;
}
