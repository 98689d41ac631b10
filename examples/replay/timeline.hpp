// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

// What became of calls over time, in memory that does not grow with their number.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace replaying {

/// What became of a call.
enum class Fate : std::uint8_t { good_let_by, bad_let_by, bad_spared, good_lost };
inline constexpr std::size_t fates = 4;

/// Calls in a number of equal stretches of time. As time goes on, two become one.
class Timeline {
public:
    static constexpr std::size_t size = 512;
    using Stretch = std::array<std::uint64_t, fates>;

    void add(std::chrono::nanoseconds at, Fate fate) {
        if (!begin_) {
            begin_ = at;
        }
        std::uint64_t place = place_of(at);
        while (place >= size) {
            halve();
            place = place_of(at);
        }
        ++stretches_[static_cast<std::size_t>(place)][static_cast<std::size_t>(fate)];
    }

    [[nodiscard]] const std::array<Stretch, size>& stretches() const noexcept { return stretches_; }
    [[nodiscard]] std::chrono::nanoseconds begin() const noexcept {
        return begin_.value_or(std::chrono::nanoseconds{0});
    }
    /// Returns how long a stretch is.
    [[nodiscard]] std::chrono::nanoseconds step() const noexcept { return step_; }

private:
    [[nodiscard]] std::uint64_t place_of(std::chrono::nanoseconds at) const noexcept {
        return static_cast<std::uint64_t>((at - *begin_) / step_);
    }

    void halve() {
        for (std::size_t i = 0; i != size; ++i) {
            Stretch sum{};
            for (std::size_t j = 2 * i; j < 2 * i + 2 && j < size; ++j) {
                for (std::size_t fate = 0; fate != fates; ++fate) {
                    sum[fate] += stretches_[j][fate];
                }
            }
            stretches_[i] = sum;
        }
        step_ *= 2;
    }

    std::optional<std::chrono::nanoseconds> begin_;
    std::chrono::nanoseconds step_ = std::chrono::milliseconds{1};
    std::array<Stretch, size> stretches_{};
};

}  // namespace replaying
