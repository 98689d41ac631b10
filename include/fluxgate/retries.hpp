// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/policies/scaled.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>

// X11's X.h has a macro of the name of a retry.
#ifdef Always
#error \
    "fluxgate: a macro named Always is in force (X11 defines it): include Fluxgate first, or write #undef Always before it"
#include <fluxgate/stops_here_with_a_macro_named_always>
#endif

// Retries: how long does the circuit stay open before it lets trial calls through?
//
// 1. Cooldown{d}       always as long. Use it when in doubt.
// 2. Backoff{initial}  longer each time that the trial calls failed, up to a maximum. Use it for
//                      services that take long to recover, and that trial calls burden.
// 3. Linear{step}      longer by the same step each time, up to a maximum.
// 4. SquareRootWait    longer the longer the outage lasts, and the fewer calls there are to lose.
//                      Use it for calls that somebody waits for.
// 5. Always            no time at all: the very next call is a trial. Use it together with a
//                      permit, which then alone limits the trial calls.
// 6. Never             for ever: only an operator's command closes the circuit.
//
// The first four take a jitter, which keeps many clients from coming back at the same moment: with
// a jitter of 0.2 the wait is uniform in [0.8, 1.2] times itself. It is drawn once at each opening.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// The base of every retry policy.
struct retry_base {};

/// What a retry knows of an opening.
struct RetryContext {
    /// The openings since the circuit was last closed, beyond the first. It saturates.
    std::uint32_t reopens = 0;
    /// Uniform in [0, 1).
    double u = 0.0;
    /// The time since the circuit left the states that admit every call: how long the outage has
    /// lasted so far. Zero at the first opening.
    std::chrono::nanoseconds since_opened{};
    /// How many calls a second there were when it left them: those in a `TimeWindow`, by the time
    /// that it covered. Empty for other windows, and where there were none.
    std::optional<double> calls_per_second{};
};

namespace detail {

template <class T>
concept WaitsByContext = requires(const T& retry, const RetryContext& context) {
    { retry.wait(context) } -> std::same_as<std::chrono::nanoseconds>;
};

template <class T>
concept WaitsByCount = requires(const T& retry, std::uint32_t reopens, double u) {
    { retry.wait(reopens, u) } -> std::same_as<std::chrono::nanoseconds>;
};

}  // namespace detail

/// Says how long the circuit stays open, by `wait(reopens, u)` or, where there is one, by
/// `wait(const RetryContext&)`.
///
/// Semantics: asked once at each opening, under the breaker's lock; neither blocks nor calls the
/// breaker nor throws. `reopens` and `u` are those of a `RetryContext`. `nanoseconds::max()` is for
/// ever; a wait below zero is none.
template <class T>
concept RetryPolicy = std::derived_from<T, retry_base> && std::move_constructible<T> &&
                      (detail::WaitsByContext<T> || detail::WaitsByCount<T>);

namespace detail {

/// Returns `duration`, spread uniformly by `jitter` to both sides.
constexpr std::chrono::nanoseconds spread(std::chrono::nanoseconds duration, double jitter,
                                          double u) {
    return jitter == 0.0 ? duration : scaled(duration, 1.0 + jitter * (2.0 * u - 1.0));
}

}  // namespace detail

namespace retries {

/// Stays open for `duration`, give or take the jitter.
class Cooldown : public retry_base {
public:
    /// Takes `duration` above zero and `jitter` in [0, 1], else throws `std::invalid_argument`.
    constexpr explicit Cooldown(detail::Duration duration, detail::Number jitter = 0.0)
        : duration_{duration.checked("Cooldown's duration")},
          jitter_{jitter.as_jitter("Cooldown's jitter")} {}

    /// Returns the wait without jitter, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds duration() const noexcept { return duration_; }
    /// Returns the spread to each side, as a share of the wait, in [0, 1].
    [[nodiscard]] constexpr double jitter() const noexcept { return jitter_; }

    /// Returns the same wait after each opening, but for the draw.
    [[nodiscard]] constexpr std::chrono::nanoseconds wait(std::uint32_t, double u) const noexcept {
        return detail::spread(duration_, jitter_, u);
    }

private:
    std::chrono::nanoseconds duration_;
    double jitter_;
};

/// Stays open for `initial` the first time, then `multiplier` times as long as the time before, up
/// to `max`; the jitter is applied last, so that it spreads waits of `max` too.
class Backoff : public retry_base {
public:
    /// Takes durations above zero, `multiplier` above 1 and finite, `max` at least `initial`,
    /// `jitter` in [0, 1], else throws `std::invalid_argument`.
    constexpr explicit Backoff(detail::Duration initial, detail::Number multiplier = 2.0,
                               detail::Duration max = std::chrono::seconds{300},
                               detail::Number jitter = 0.0)
        : initial_{initial.checked("Backoff's initial")},
          multiplier_{multiplier.as_multiplier("Backoff's multiplier")},
          longest_{max.checked("Backoff's max")},
          jitter_{jitter.as_jitter("Backoff's jitter")} {
        if (longest_ < initial_) {
            detail::throw_invalid("Backoff's max", detail::written(longest_),
                                  "at least its initial of " + detail::written(initial_));
        }
    }

    /// Returns the first wait without jitter, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds initial() const noexcept { return initial_; }
    /// Returns the factor from one wait to the next, above 1.
    [[nodiscard]] constexpr double multiplier() const noexcept { return multiplier_; }
    /// Returns the longest wait without jitter.
    [[nodiscard]] constexpr std::chrono::nanoseconds longest() const noexcept { return longest_; }
    /// Returns the spread to each side, as a share of the wait, in [0, 1].
    [[nodiscard]] constexpr double jitter() const noexcept { return jitter_; }

    /// Returns the wait of that opening. Complexity: logarithmic in `reopens`.
    [[nodiscard]] constexpr std::chrono::nanoseconds wait(std::uint32_t reopens,
                                                          double u) const noexcept {
        return detail::spread(without_jitter(reopens), jitter_, u);
    }

private:
    [[nodiscard]] constexpr std::chrono::nanoseconds without_jitter(
        std::uint32_t reopens) const noexcept {
        // Greater than any ratio of two durations, and its square does not overflow.
        constexpr double huge = 1e150;
        const double most =
            static_cast<double>(longest_.count()) / static_cast<double>(initial_.count());
        double factor = 1.0;
        double power = multiplier_ < huge ? multiplier_ : huge;
        for (std::uint32_t left = reopens; left != 0; left /= 2) {
            if (left % 2 != 0) {
                factor *= power;
            }
            if (factor >= most) {
                return longest_;
            }
            power = power * power < huge ? power * power : huge;
        }
        return (std::min)(detail::scaled(initial_, factor), longest_);
    }

    std::chrono::nanoseconds initial_;
    double multiplier_;
    std::chrono::nanoseconds longest_;
    double jitter_;
};

/// Stays open for `step` the first time, then `step` longer than the time before, up to `max`; the
/// jitter is applied last, so that it spreads waits of `max` too.
class Linear : public retry_base {
public:
    /// Takes `step` above zero, `max` at least `step`, `jitter` in [0, 1], else throws
    /// `std::invalid_argument`.
    constexpr explicit Linear(detail::Duration step,
                              detail::Duration max = std::chrono::seconds{300},
                              detail::Number jitter = 0.0)
        : step_{step.checked("Linear's step")},
          longest_{max.checked("Linear's max")},
          jitter_{jitter.as_jitter("Linear's jitter")} {
        if (longest_ < step_) {
            detail::throw_invalid("Linear's max", detail::written(longest_),
                                  "at least its step of " + detail::written(step_));
        }
    }

    /// Returns the first wait without jitter, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds step() const noexcept { return step_; }
    /// Returns the longest wait without jitter.
    [[nodiscard]] constexpr std::chrono::nanoseconds longest() const noexcept { return longest_; }
    /// Returns the spread to each side, as a share of the wait, in [0, 1].
    [[nodiscard]] constexpr double jitter() const noexcept { return jitter_; }

    /// Returns the wait of that opening.
    [[nodiscard]] constexpr std::chrono::nanoseconds wait(std::uint32_t reopens,
                                                          double u) const noexcept {
        return detail::spread(without_jitter(reopens), jitter_, u);
    }

private:
    [[nodiscard]] constexpr std::chrono::nanoseconds without_jitter(
        std::uint32_t reopens) const noexcept {
        const std::int64_t steps = std::int64_t{reopens} + 1;
        return steps > longest_ / step_ ? longest_ : step_ * steps;
    }

    std::chrono::nanoseconds step_;
    std::chrono::nanoseconds longest_;
    double jitter_;
};

/// Stays open for the square root of the outage so far times the mean time between calls, from
/// `least` to `most`, give or take the jitter, which is applied last.
///
/// Trials that come too early cost a failed call each, and trials that come too late cost the good
/// calls that are rejected when the outage is over. The sum is least where the wait grows as the
/// square root: about 3 s after 10 s of outage with one call a second, or after 100 s with ten.
/// Where nothing is known of the calls, as with a `CountWindow`, they are taken to be one a second.
class SquareRootWait : public retry_base {
public:
    /// Takes `least` above zero, `most` at least `least`, `jitter` in [0, 1], else throws
    /// `std::invalid_argument`.
    constexpr explicit SquareRootWait(detail::Duration least = std::chrono::milliseconds{500},
                                      detail::Duration most = std::chrono::seconds{30},
                                      detail::Number jitter = 0.25)
        : least_{least.checked("SquareRootWait's least")},
          most_{most.checked("SquareRootWait's most")},
          jitter_{jitter.as_jitter("SquareRootWait's jitter")} {
        if (most_ < least_) {
            detail::throw_invalid("SquareRootWait's most", detail::written(most_),
                                  "at least its least of " + detail::written(least_));
        }
    }

    /// Returns the shortest wait without jitter, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds least() const noexcept { return least_; }
    /// Returns the longest wait without jitter.
    [[nodiscard]] constexpr std::chrono::nanoseconds most() const noexcept { return most_; }
    /// Returns the spread to each side, as a share of the wait, in [0, 1].
    [[nodiscard]] constexpr double jitter() const noexcept { return jitter_; }

    /// Returns the wait of that opening.
    [[nodiscard]] std::chrono::nanoseconds wait(const RetryContext& context) const noexcept {
        return detail::spread(without_jitter(context), jitter_, context.u);
    }

private:
    [[nodiscard]] std::chrono::nanoseconds without_jitter(
        const RetryContext& context) const noexcept {
        using Seconds = std::chrono::duration<double>;
        const double outage = Seconds{context.since_opened}.count();
        const double seconds = std::sqrt(outage / context.calls_per_second.value_or(1.0));
        // Also where a rate of zero makes it infinite, or no number.
        if (!(seconds < Seconds{most_}.count())) {
            return most_;
        }
        const auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(Seconds{seconds});
        return std::clamp(wait, least_, most_);
    }

    std::chrono::nanoseconds least_;
    std::chrono::nanoseconds most_;
    double jitter_;
};

/// Stays open until the next call, which is handled in half-open.
class Always : public retry_base {
public:
    /// Returns zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds wait(std::uint32_t, double) const noexcept {
        return std::chrono::nanoseconds::zero();
    }
};

/// Stays open until an operator's command.
class Never : public retry_base {
public:
    /// Returns `nanoseconds::max()`, which is for ever.
    [[nodiscard]] constexpr std::chrono::nanoseconds wait(std::uint32_t, double) const noexcept {
        return (std::chrono::nanoseconds::max)();
    }
};

}  // namespace retries

using retries::Always;
using retries::Backoff;
using retries::Cooldown;
using retries::Linear;
using retries::Never;
using retries::SquareRootWait;

}  // namespace fluxgate::inline v0_1
