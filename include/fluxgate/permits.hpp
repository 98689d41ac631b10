// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>

#include <chrono>
#include <concepts>
#include <utility>

// Permits: is this call admitted as a trial while the circuit is half-open?
//
// 1. All                               every call. Only where a burst of them does no harm.
// 2. Random{r}                         this share of the calls, drawn at random.
// 3. RampUp{initial, final, duration}  a share that grows evenly from the moment the circuit turned
//                                      half-open: a service that has just come back warms up.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// The base of every permit.
struct permit_base {};

/// Says whether a call in half-open is admitted as a trial.
///
/// Semantics: asked outside every lock, from any thread, once a call. `since_half_open` is not
/// below zero, `u` is uniform in [0, 1). What it throws reaches the caller, and the call is not
/// run.
template <class T>
concept PermitPolicy =
    std::derived_from<T, permit_base> && std::move_constructible<T> &&
    requires(const T& permit, std::chrono::nanoseconds since_half_open, double u) {
        { permit(since_half_open, u) } -> std::convertible_to<bool>;
    };

namespace permits {

/// Admits every call.
class All : public permit_base {
public:
    /// Returns true.
    [[nodiscard]] constexpr bool operator()(std::chrono::nanoseconds, double) const noexcept {
        return true;
    }
};

/// Admits this share of the calls, at random.
class Random : public permit_base {
public:
    /// Takes `ratio` in (0, 1], else throws `std::invalid_argument`.
    constexpr explicit Random(detail::Number ratio) : ratio_{ratio.as_ratio("Random's ratio")} {}

    /// Returns the share that is admitted, in (0, 1].
    [[nodiscard]] constexpr double ratio() const noexcept { return ratio_; }

    /// Returns whether the draw lies below the share.
    [[nodiscard]] constexpr bool operator()(std::chrono::nanoseconds, double u) const noexcept {
        return u < ratio_;
    }

private:
    double ratio_;
};

/// Admits a share of the calls, at random, that grows evenly from `initial` to `final` within
/// `duration` and stays there.
class RampUp : public permit_base {
public:
    /// Admits from a tenth to all calls within a minute.
    constexpr RampUp() = default;

    /// Takes `initial` in (0, 1], `final` in [initial, 1], `duration` above zero, else throws
    /// `std::invalid_argument`.
    constexpr explicit RampUp(detail::Number initial, detail::Number final = 1.0,
                              detail::Duration duration = std::chrono::seconds{60})
        : initial_{initial.as_ratio("RampUp's initial")},
          final_{final.as_ratio("RampUp's final")},
          duration_{duration.checked("RampUp's duration")} {
        if (final_ < initial_) {
            detail::throw_invalid("RampUp's final", detail::written(final_),
                                  "at least its initial of " + detail::written(initial_));
        }
    }

    /// Returns the share at the beginning, in (0, 1].
    [[nodiscard]] constexpr double initial() const noexcept { return initial_; }
    /// Returns the share at the end, in [initial, 1].
    [[nodiscard]] constexpr double final() const noexcept { return final_; }
    /// Returns the time from the one to the other, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds duration() const noexcept { return duration_; }

    /// Returns whether the draw lies below the share of that moment.
    [[nodiscard]] constexpr bool operator()(std::chrono::nanoseconds since_half_open,
                                            double u) const noexcept {
        return u < ratio(since_half_open);
    }

private:
    [[nodiscard]] constexpr double ratio(std::chrono::nanoseconds since_half_open) const noexcept {
        if (since_half_open >= duration_) {
            return final_;
        }
        const double progress =
            static_cast<double>(since_half_open.count()) / static_cast<double>(duration_.count());
        return initial_ + (final_ - initial_) * progress;
    }

    double initial_ = 0.1;
    double final_ = 1.0;
    std::chrono::nanoseconds duration_ = std::chrono::seconds{60};
};

}  // namespace permits

using permits::RampUp;
using permits::Random;

}  // namespace fluxgate::inline v0_1
