// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

// Permits: is this call admitted as a trial while the circuit is half-open?
//
// 1. All                               every call. Only where a burst of them does no harm.
// 2. Random{r}                         this share of the calls, drawn at random.
// 3. RampUp{initial, final, duration}  a share that grows evenly from the moment the circuit turned
//                                      half-open: a service that has just come back warms up.
// 4. SingleTrial{lease}                one call at a time, whose outcome decides. Use it when in
//                                      doubt: it costs an outage the fewest calls.
// 5. Trials{calls, needed}             so many calls, of which so many are to succeed. Use it where
//                                      a service that is half back answers some calls.
// 6. SlowStart{full}                   one call, and with each success one more at a time. Use it
//                                      where all the callers at once would bring it down again,
//                                      and not where only calls can warm it up.
//
// The last three decide by the outcomes of the trials, in the tripper's place. A trial that does
// not come back within their lease has failed, and its place is free. The lease is for trials that
// never come back, and 30 seconds by default: a service that is well and takes longer than its
// lease never gets back in.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// The base of every permit.
struct permit_base {};

/// What a permit knows of half-open and its trials.
struct TrialContext {
    /// Not below zero.
    std::chrono::nanoseconds since_half_open{};
    /// Uniform in [0, 1).
    double u = 0.0;
    /// The trials that are not settled, without the one that is judged.
    std::uint64_t under_way = 0;
    /// The trials of this half-open that have succeeded, with the one that is judged.
    std::uint64_t succeeded = 0;
    /// The trials of this half-open that have failed, with the one that is judged.
    std::uint64_t failed = 0;
};

/// What a permit makes of the outcome of a trial.
enum class Judgement : std::uint8_t {
    undecided,  ///< the circuit stays half-open
    closes,     ///< the circuit closes
    opens       ///< the circuit opens again
};

namespace detail {

/// A permit that is asked outside the lock.
template <class T>
concept AsksAlone = requires(const T& permit, std::chrono::nanoseconds since_half_open, double u) {
    { permit(since_half_open, u) } -> std::convertible_to<bool>;
};

/// A permit of which each call that it admits is admitted at any later time, too, with the same draw.
template <class T>
concept GrowsWithTime = AsksAlone<T> && T::grows_with_time;

/// A permit that is asked under the lock, so that what it bounds is exact.
template <class T>
concept AdmitsTrials = requires(const T& permit, const TrialContext& context) {
    { permit.admits(context) } -> std::convertible_to<bool>;
};

/// A permit that decides in half-open, in the tripper's place.
template <class T>
concept JudgesTrials = requires(const T& permit, const TrialContext& context, bool success) {
    { permit.judge(context, success) } -> std::same_as<Judgement>;
};

/// A permit whose trials have a lease.
template <class T>
concept LeasesTrials = requires(const T& permit) {
    { permit.lease() } -> std::convertible_to<std::chrono::nanoseconds>;
};

}  // namespace detail

/// Says which calls in half-open are admitted as trials, and may say when there were enough.
///
/// It offers one of the first two, and may offer the others:
///
///     bool operator()(std::chrono::nanoseconds since_half_open, double u) const
///     bool admits(const TrialContext&) const
///     Judgement judge(const TrialContext&, bool success) const
///     std::chrono::nanoseconds lease() const
///     static constexpr bool grows_with_time = true;
///
/// Semantics: the first is asked outside every lock, from any thread, once a call. The others are
/// asked under the breaker's lock, so they neither block nor call the breaker: `admits` once a
/// call, `judge` after each trial's outcome. A permit without `judge` leaves the verdict to the
/// tripper. `lease` returns always the same, above zero: a trial that is not settled within it
/// counts as a failure as soon as anyone looks (a call, an outcome, `info()`), and its own outcome
/// then counts no more. What the first two throw reaches the caller, and the call is not run.
/// `grows_with_time` says of the first that what it admits it admits at any later time, too, with
/// the same draw: then the breaker asks it about two times of a cheap clock before it reads the
/// exact one.
template <class T>
concept PermitPolicy = std::derived_from<T, permit_base> && std::move_constructible<T> &&
                       (detail::AsksAlone<T> || detail::AdmitsTrials<T>);

namespace permits {

/// Admits every call.
class All : public permit_base {
public:
    /// What is admitted now is admitted later, too.
    static constexpr bool grows_with_time = true;

    /// Returns true.
    [[nodiscard]] constexpr bool operator()(std::chrono::nanoseconds, double) const noexcept {
        return true;
    }
};

/// Admits this share of the calls, at random.
class Random : public permit_base {
public:
    /// What is admitted now is admitted later, too.
    static constexpr bool grows_with_time = true;

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
    /// What is admitted now is admitted later, too.
    static constexpr bool grows_with_time = true;

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

/// Admits one trial at a time: its success closes the circuit, its failure opens it again.
class SingleTrial : public permit_base {
public:
    /// Takes `lease` above zero, else throws `std::invalid_argument`.
    constexpr explicit SingleTrial(detail::Duration lease = std::chrono::seconds{30})
        : lease_{lease.checked("SingleTrial's lease")} {}

    /// Returns how long a trial may take, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds lease() const noexcept { return lease_; }

    /// Returns whether no trial is under way.
    [[nodiscard]] constexpr bool admits(const TrialContext& context) const noexcept {
        return context.under_way == 0;
    }

    /// Returns what the success says.
    [[nodiscard]] constexpr Judgement judge(const TrialContext&, bool success) const noexcept {
        return success ? Judgement::closes : Judgement::opens;
    }

private:
    std::chrono::nanoseconds lease_;
};

/// Admits `calls` trials. Closes the circuit once `needed` of them have succeeded, and opens it
/// once so many no longer can. Trials that come to no outcome are made up for.
class Trials : public permit_base {
public:
    /// Takes `calls` in [1, 2^32 - 1], all of which are to succeed; else throws
    /// `std::invalid_argument`.
    constexpr explicit Trials(detail::Count calls) : Trials{calls, calls} {}

    /// Takes `calls` in [1, 2^32 - 1], `needed` in [1, calls], `lease` above zero, else throws
    /// `std::invalid_argument`.
    constexpr Trials(detail::Count calls, detail::Count needed,
                     detail::Duration lease = std::chrono::seconds{30})
        : calls_{calls.checked("Trials' calls")},
          needed_{needed.checked("Trials' needed")},
          lease_{lease.checked("Trials' lease")} {
        if (needed_ > calls_) {
            detail::throw_invalid("Trials' needed", std::to_string(needed_),
                                  "at most its calls of " + std::to_string(calls_));
        }
    }

    /// Returns how many calls are tried, at least 1.
    [[nodiscard]] constexpr std::uint32_t calls() const noexcept { return calls_; }
    /// Returns how many of them are to succeed, at least 1.
    [[nodiscard]] constexpr std::uint32_t needed() const noexcept { return needed_; }
    /// Returns how long a trial may take, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds lease() const noexcept { return lease_; }

    /// Returns whether there were fewer trials than `calls()`.
    [[nodiscard]] constexpr bool admits(const TrialContext& context) const noexcept {
        return context.under_way + context.succeeded + context.failed < calls_;
    }

    /// Returns whether enough trials have succeeded, or too many have failed.
    [[nodiscard]] constexpr Judgement judge(const TrialContext& context, bool) const noexcept {
        if (context.succeeded >= needed_) {
            return Judgement::closes;
        }
        return context.failed > calls_ - needed_ ? Judgement::opens : Judgement::undecided;
    }

private:
    std::uint32_t calls_;
    std::uint32_t needed_;
    std::chrono::nanoseconds lease_;
};

/// Admits one trial at a time at first, and with each success one more at a time. Closes the
/// circuit when that would be `full` of them; a failure opens it.
///
/// Not for a service that only calls can warm up, such as one whose caches a restart has emptied:
/// it fails some trials for long, so `full - 1` successes without a failure may never come.
class SlowStart : public permit_base {
public:
    /// Takes `full` in [1, 2^32 - 1] and `lease` above zero, else throws `std::invalid_argument`.
    constexpr explicit SlowStart(detail::Count full = 8,
                                 detail::Duration lease = std::chrono::seconds{30})
        : full_{full.checked("SlowStart's full")}, lease_{lease.checked("SlowStart's lease")} {}

    /// Returns how many trials at a time close the circuit, at least 1.
    [[nodiscard]] constexpr std::uint32_t full() const noexcept { return full_; }
    /// Returns how long a trial may take, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds lease() const noexcept { return lease_; }

    /// Returns whether at most as many trials are under way as have succeeded.
    [[nodiscard]] constexpr bool admits(const TrialContext& context) const noexcept {
        return context.under_way < 1 + context.succeeded;
    }

    /// Returns whether a trial has failed, or enough have succeeded.
    [[nodiscard]] constexpr Judgement judge(const TrialContext& context,
                                            bool success) const noexcept {
        if (!success) {
            return Judgement::opens;
        }
        return 1 + context.succeeded >= full_ ? Judgement::closes : Judgement::undecided;
    }

private:
    std::uint32_t full_;
    std::chrono::nanoseconds lease_;
};

}  // namespace permits

using permits::RampUp;
using permits::Random;
using permits::SingleTrial;
using permits::SlowStart;
using permits::Trials;

}  // namespace fluxgate::inline v0_1
