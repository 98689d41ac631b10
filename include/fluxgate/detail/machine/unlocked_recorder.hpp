// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <chrono>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A recorder whose lock is not held: only what never changes, or changes with the policies. Each
/// function is there if the recorder has it.
template <class Recorder>
class UnlockedRecorder {
public:
    explicit UnlockedRecorder(const Recorder& recorder) noexcept : recorder_{recorder} {}

    /// Returns whether a call of this duration is slow for none of the thresholds.
    [[nodiscard]] bool is_quick(std::chrono::nanoseconds duration) const noexcept {
        return recorder_.is_quick(duration);
    }
    /// Returns the number of the bucket that a time lies in.
    [[nodiscard]] std::int64_t bucket_of(TimePoint time) const noexcept
        requires requires(const Recorder& recorder) { recorder.bucket_of(time); }
    {
        return recorder_.bucket_of(time);
    }
    /// Returns whether a success has to know the bucket of its time.
    [[nodiscard]] bool uses_buckets() const noexcept { return recorder_.uses_buckets(); }

private:
    const Recorder& recorder_;
};

}  // namespace fluxgate::inline v0_1::detail
