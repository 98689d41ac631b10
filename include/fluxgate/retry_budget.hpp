// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/retrying/slices.hpp>
#include <fluxgate/detail/retrying/sliding_count.hpp>
#include <fluxgate/detail/retrying/sliding_limit.hpp>
#include <fluxgate/environment.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

// A budget for retries: they are a share of the calls, however many fail.
//
//     fluxgate::RetryBudget budget;       // one for all calls of a service
//     budget.count_call();                // at each first try
//     if (failed && budget.try_spend()) { // before each further one
//
// Retries multiply the load on a service when it can bear that least. Within a budget, they help
// with the odd failure and stop by themselves in an outage, also one that a circuit breaker does not
// see yet. docs/retries.md shows both together.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Says which failed calls may be tried again: so many that retries remain a share of the calls.
///
/// In any ten seconds there are at most `ratio` times as many retries as calls, and
/// `least_per_second` times ten beside them, for those who make few calls. Both ends of the ten
/// seconds are sharp to a quarter of a second.
///
/// Thread-safe, and without a lock. It neither blocks nor suspends, so coroutines and fibers use it
/// as threads do; a forked process goes on with a copy.
///
/// Source: after the retry budgets of Finagle.
class RetryBudget {
public:
    /// Takes `ratio` and `least_per_second` at least zero and finite, else throws
    /// `std::invalid_argument`.
    explicit RetryBudget(detail::Number ratio = 0.1, detail::Number least_per_second = 1.0)
        : ratio_{ratio.as_not_negative("RetryBudget's ratio")},
          least_per_second_{least_per_second.as_not_negative("RetryBudget's least_per_second")} {}

    /// Makes one that asks this environment for the time, such as `testing::Virtual`. Throws
    /// `std::bad_alloc`, too.
    template <EnvironmentPolicy Environment>
    RetryBudget(detail::Number ratio, detail::Number least_per_second, Environment environment)
        : RetryBudget{ratio, least_per_second} {
        clock_ = std::make_unique<ClockOf<Environment>>(std::move(environment));
        began_ = now();
    }
    /// Makes one that asks this environment for the time.
    template <EnvironmentPolicy Environment>
    explicit RetryBudget(Environment environment, detail::Number ratio = 0.1,
                         detail::Number least_per_second = 1.0)
        : RetryBudget{ratio, least_per_second, std::move(environment)} {}

    RetryBudget(const RetryBudget&) = delete;
    RetryBudget& operator=(const RetryBudget&) = delete;

    /// Returns how many retries a call allows, at least zero.
    [[nodiscard]] double ratio() const noexcept { return ratio_; }
    /// Returns how many retries a second are allowed beside those, at least zero.
    [[nodiscard]] double least_per_second() const noexcept { return least_per_second_; }

    /// Counts the first try of a call. Complexity: constant.
    void count_call() noexcept { calls_.count(slice_of(roughly_now())); }

    /// Returns whether a call may be tried once more, and counts that retry if so. Complexity:
    /// linear in the forty quarters of a second that are looked at.
    [[nodiscard]] bool try_spend() noexcept {
        const auto allows = [this](std::uint64_t retries, detail::Slice now) {
            // 29 % of 100 are 29, though 0.29 * 100 is below that.
            constexpr double rounding = 1 + 1e-12;
            const double allowed =
                ratio_ * static_cast<double>(calls_.sum(now)) + least_per_second_ * seconds;
            return static_cast<double>(retries) <= allowed * rounding;
        };
        return retries_.try_admit(slice_of(now()), allows);
    }

private:
    static constexpr std::chrono::milliseconds slice{250};
    static constexpr std::size_t slices = 40;
    static constexpr double seconds = 10;
    static_assert(slice * slices == std::chrono::seconds{10});

    /// Another clock than the system's.
    struct Clock {
        Clock() = default;
        Clock(const Clock&) = delete;
        Clock& operator=(const Clock&) = delete;
        virtual ~Clock() = default;
        [[nodiscard]] virtual std::chrono::steady_clock::time_point now() noexcept = 0;
    };
    template <class Environment>
    struct ClockOf final : Clock {
        explicit ClockOf(Environment its_environment) : environment{std::move(its_environment)} {}
        [[nodiscard]] std::chrono::steady_clock::time_point now() noexcept override {
            return environment.now();
        }
        Environment environment;
    };

    [[nodiscard]] detail::Slice slice_of(
        std::chrono::steady_clock::time_point time) const noexcept {
        return detail::SlidingLimit<slices>::first +
               static_cast<detail::Slice>((time - began_) / slice);
    }

    [[nodiscard]] std::chrono::steady_clock::time_point now() const noexcept {
        return clock_ != nullptr ? clock_->now() : Threaded::now();
    }
    /// Returns the time by the cheaper clock, where the system has one: a call may then belong to
    /// the slice before.
    template <EnvironmentPolicy System = Threaded>
    [[nodiscard]] std::chrono::steady_clock::time_point roughly_now() const noexcept {
        if constexpr (detail::HasCoarseClock<System>) {
            return clock_ != nullptr ? clock_->now() : System::coarse_now();
        } else {
            return now();
        }
    }

    double ratio_;
    double least_per_second_;
    /// Null for the system's clock.
    std::unique_ptr<Clock> clock_;
    std::chrono::steady_clock::time_point began_ = now();
    detail::SlidingCount<slices> calls_;
    detail::SlidingLimit<slices> retries_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
