// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/permits.hpp>

#include <algorithm>
#include <chrono>

// Questions about the time that the coarse clock of an environment can often answer. Marked inline:
// GCC's inliner weighs a template without the keyword lower.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Returns whether the time is yet to come.
template <EnvironmentPolicy Environment>
[[nodiscard]] inline bool is_before(Environment& environment, TimePoint time) {
    if constexpr (HasCoarseClock<Environment>) {
        if (time_after(environment.coarse_now(), Environment::coarse_error) < time) {
            return true;
        }
    }
    return environment.now() < time;
}

/// Returns how long it is until `end`, of a wait that began at `start`: never too short, and where it
/// is long, up to a sixteenth too long, but never longer than the wait.
template <EnvironmentPolicy Environment>
[[nodiscard]] inline std::chrono::nanoseconds time_left(Environment& environment,
                                                        [[maybe_unused]] TimePoint start,
                                                        TimePoint end) {
    if constexpr (HasCoarseClock<Environment>) {
        constexpr std::chrono::nanoseconds error = Environment::coarse_error;
        const std::chrono::nanoseconds most = time_between(environment.coarse_now(), end);
        const std::chrono::nanoseconds wait = time_between(start, end);
        // A clock that went back has more left than the wait.
        if (most >= 16 * error && (most <= wait || most - wait <= error)) {
            return (std::min)(most, wait);
        }
    }
    return time_between(environment.now(), end);
}

/// Returns whether a permit that is asked outside the lock admits a call with this draw, in trials
/// that began at `start`.
template <EnvironmentPolicy Environment, AsksAlone Permit>
[[nodiscard]] inline bool is_permitted(Environment& environment, const Permit& permit,
                                       TimePoint start, double u) {
    if constexpr (HasCoarseClock<Environment> && GrowsWithTime<Permit>) {
        const TimePoint coarse = environment.coarse_now();
        if (permit(time_between(start, coarse), u)) {
            return true;
        }
        const TimePoint bound = time_after(coarse, Environment::coarse_error);
        if (!permit(time_between(start, bound), u)) {
            return false;
        }
    }
    return permit(time_between(start, environment.now()), u);
}

/// Returns some time in the current one of these buckets: `earliest`, which the coarse clock has just
/// said, unless now may lie in another bucket.
template <HasCoarseClock Environment, class Buckets>
[[nodiscard]] inline TimePoint time_in_bucket(Environment& environment, const Buckets& buckets,
                                              TimePoint earliest) {
    if (buckets.are_one(earliest, time_after(earliest, Environment::coarse_error))) {
        return earliest;
    }
    return environment.now();
}

/// Returns some time in the current bucket, by the cheapest clock that can tell.
template <EnvironmentPolicy Environment, class Buckets>
[[nodiscard]] inline TimePoint time_in_bucket(Environment& environment, const Buckets& buckets) {
    if constexpr (HasCoarseClock<Environment>) {
        return time_in_bucket(environment, buckets, environment.coarse_now());
    } else {
        return environment.now();
    }
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
