// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/expressions.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/state.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

// Trippers: do these metrics open the circuit?
//
// 1. MinRequests{n}            at least n calls are in the window. Use it with `&` beside a rate,
//                              so that one failed call out of one is not taken for an outage.
// 2. FailureRate{r}            this share of them failed.
// 3. SlowRate{r, threshold}    this share of them lasted at least the threshold.
// 4. AvgLatency{threshold}     they lasted at least so long on average. Prefer SlowRate: one call
//                              that hangs says more than the average shows.
// 5. FailureStreak{n}          the latest n calls failed. Opens at once when a service is gone.
// 6. FailureScore              failures weigh more than successes forgive. Opens within a handful
//                              of calls, whether there are ten a minute or ten thousand a second,
//                              and hardly ever by chance. Use it when in doubt.
// 7. FailureCount{n}           n calls in the window failed, however many succeeded. Prefer a rate
//                              or a score: a count opens the sooner the more calls there are.
// 8. Closed, HalfOpened        the circuit is in that state: to ask for more, or for less, of trial
//                              calls than of ordinary ones.
//
// They combine with `&` and `|`; parenthesise where you mix the two:
//
//     FailureStreak{5} | (MinRequests{20} & (FailureRate{0.5} | SlowRate{0.3, 1s}))
//
// Absent on purpose: `~`. Not tripping is no reason to open a circuit.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// The base of every tripper: it brings `&` and `|`, and the needs of one that declares none.
struct tripper_base {
    /// True if the tripper looks at `avg_duration()`, which is then kept for it.
    static constexpr bool uses_durations = true;

    /// True if the answer depends on the context alone: the tripper is then asked only where its
    /// answer may have changed, else after each outcome.
    static constexpr bool pure = true;

    /// True if, once `min_requests()` calls are in the window, an answer of no stays no while only
    /// quick successes come: those of calls shorter than every threshold. They may then be recorded
    /// later.
    static constexpr bool deferrable = false;

    /// True if the tripper looks at the score, which is then kept for it.
    static constexpr bool uses_score = false;

    /// Returns how much a success takes from the score, at least zero.
    [[nodiscard]] static constexpr double forgives() noexcept { return 0.0; }

    /// Returns how many calls it waits for before it says yes.
    [[nodiscard]] static constexpr std::uint64_t min_requests() noexcept { return 0; }

    /// The thresholds for which `slow_count` and `slow_rate` are to be kept: a `std::array`.
    [[nodiscard]] static constexpr std::array<std::chrono::nanoseconds, 0>
    slow_thresholds() noexcept {
        return {};
    }
};

/// The base of trippers that look at counts alone, as all shipped ones but `AvgLatency` do: they
/// need no average, and more quick successes do not make them say yes.
struct count_tripper_base : tripper_base {
    /// It does not look at the average.
    static constexpr bool uses_durations = false;
    /// More quick successes do not make it say yes.
    static constexpr bool deferrable = true;
};

/// Says whether the circuit opens (in closed), or opens again rather than closes (in half-open).
///
/// Semantics: asked after each recorded outcome, successes too, under the breaker's lock; so it
/// neither blocks nor calls the breaker. A pure function of the context, unless `pure` is false.
/// `uses_durations`, `uses_score` with `forgives()`, and `slow_thresholds()`, which has a fixed
/// size and always the same values, say what it looks at; `deferrable` and `min_requests()` when it
/// need not be asked.
template <class T>
concept TripperPolicy =
    std::derived_from<T, tripper_base> && std::move_constructible<T> &&
    requires(const T& tripper, const CallContext& context) {
        { tripper(context) } -> std::convertible_to<bool>;
        { T::uses_durations } -> std::convertible_to<bool>;
        { T::pure } -> std::convertible_to<bool>;
        { T::deferrable } -> std::convertible_to<bool>;
        { T::uses_score } -> std::convertible_to<bool>;
        { tripper.forgives() } -> std::convertible_to<double>;
        { tripper.min_requests() } -> std::convertible_to<std::uint64_t>;
        std::tuple_size<std::remove_cvref_t<decltype(tripper.slow_thresholds())>>::value;
    };

namespace trippers {

/// At least `count` calls are in the window.
class MinRequests : public count_tripper_base {
public:
    /// Takes `count` in [1, 2^32 - 1], else throws `std::invalid_argument`. More than a
    /// `CountWindow` holds is never reached.
    constexpr explicit MinRequests(detail::Count count)
        : count_{count.checked("MinRequests' count")} {}

    /// Returns the number of calls, at least 1.
    [[nodiscard]] constexpr std::uint32_t count() const noexcept { return count_; }

    /// Returns the same number.
    [[nodiscard]] constexpr std::uint64_t min_requests() const noexcept { return count_; }

    /// Returns whether the window holds so many calls.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const noexcept {
        return context.metric.total_count >= count_;
    }

private:
    std::uint32_t count_;
};

/// At least this share of the calls failed.
class FailureRate : public count_tripper_base {
public:
    /// Takes `ratio` in (0, 1], else throws `std::invalid_argument`.
    constexpr explicit FailureRate(detail::Number ratio)
        : ratio_{ratio.as_ratio("FailureRate's ratio")} {}

    /// Returns the share, in (0, 1].
    [[nodiscard]] constexpr double ratio() const noexcept { return ratio_; }

    /// Returns whether failures / calls is at least the ratio.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const noexcept {
        const auto rate = context.metric.failure_rate();
        return rate && *rate >= ratio_;
    }

private:
    double ratio_;
};

/// At least `count` calls in the window failed.
class FailureCount : public count_tripper_base {
public:
    /// Takes `count` in [1, 2^32 - 1], else throws `std::invalid_argument`. More than a
    /// `CountWindow` holds is never reached.
    constexpr explicit FailureCount(detail::Count count)
        : count_{count.checked("FailureCount's count")} {}

    /// Returns the number of failures, at least 1.
    [[nodiscard]] constexpr std::uint32_t count() const noexcept { return count_; }

    /// Returns whether the window holds so many failures.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const noexcept {
        return context.metric.failure_count >= count_;
    }

private:
    std::uint32_t count_;
};

/// At least this share of the calls, failures among them, lasted at least `threshold`.
class SlowRate : public count_tripper_base {
public:
    /// Takes `ratio` in (0, 1] and `threshold` above zero, else throws `std::invalid_argument`.
    constexpr SlowRate(detail::Number ratio, detail::Duration threshold)
        : ratio_{ratio.as_ratio("SlowRate's ratio")},
          threshold_{threshold.checked("SlowRate's threshold")} {}

    /// Returns the share, in (0, 1].
    [[nodiscard]] constexpr double ratio() const noexcept { return ratio_; }
    /// Returns the threshold, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds threshold() const noexcept {
        return threshold_;
    }
    /// Returns its one threshold.
    [[nodiscard]] constexpr std::array<std::chrono::nanoseconds, 1> slow_thresholds()
        const noexcept {
        return {threshold_};
    }

    /// Returns whether slow calls / calls is at least the ratio.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const noexcept {
        const auto rate = context.metric.slow_rate(threshold_);
        return rate && *rate >= ratio_;
    }

private:
    double ratio_;
    std::chrono::nanoseconds threshold_;
};

/// The calls, failures among them, lasted at least `threshold` on average.
class AvgLatency : public tripper_base {
public:
    /// Takes `threshold` above zero, else throws `std::invalid_argument`.
    constexpr explicit AvgLatency(detail::Duration threshold)
        : threshold_{threshold.checked("AvgLatency's threshold")} {}

    /// Returns the threshold, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds threshold() const noexcept {
        return threshold_;
    }

    /// Returns whether the mean is at least the threshold.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const noexcept {
        const auto average = context.metric.avg_duration();
        return average && *average >= threshold_;
    }

private:
    std::chrono::nanoseconds threshold_;
};

/// The latest `count` calls failed, in whatever order they were begun.
class FailureStreak : public count_tripper_base {
public:
    /// Takes `count` in [1, 2^32 - 1], else throws `std::invalid_argument`.
    constexpr explicit FailureStreak(detail::Count count)
        : count_{count.checked("FailureStreak's count")} {}

    /// Returns the number of calls, at least 1.
    [[nodiscard]] constexpr std::uint32_t count() const noexcept { return count_; }

    /// Returns whether so many failures came in a row.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const noexcept {
        return context.consecutive_failures >= count_;
    }

private:
    std::uint32_t count_;
};

/// A score has come too high: a failure adds one to it, a success takes `forgives` away, down to
/// zero. Too high is `base`, and more the more calls are in the window, since so many more give
/// chance its opportunity: `base + slope * log2(1 + calls)`.
///
/// A call that is overdue and hangs on adds one again after each further threshold; see `Overdue`.
///
/// It is a cumulative-sum test (Page: "Continuous inspection schemes", Biometrika 41, 1954). With
/// the defaults, a service of which every call fails opens the circuit after 7 failures where no
/// call is in the window, 12 where a thousand are, 16 where a hundred thousand are. Where calls
/// fail at random, a share of failures above `forgives / (1 + forgives)`, two thirds, opens it
/// soon; below that chance does, the later the smaller the share: at a thousand calls in the window
/// within some 2,000 calls where half of them fail, and a million where three in ten do.
class FailureScore : public count_tripper_base {
public:
    /// It looks at the score.
    static constexpr bool uses_score = true;

    /// Takes `base` above zero, `slope` and `forgives` at least zero, all finite, else throws
    /// `std::invalid_argument`.
    constexpr explicit FailureScore(detail::Number base = 5.0, detail::Number slope = 0.63,
                                    detail::Number forgives = 2.0)
        : base_{base.as_positive("FailureScore's base")},
          slope_{slope.as_not_negative("FailureScore's slope")},
          forgives_{forgives.as_not_negative("FailureScore's forgives")} {}

    /// Returns the score that is too high where no call is in the window, above zero.
    [[nodiscard]] constexpr double base() const noexcept { return base_; }
    /// Returns by how much that grows when the calls double, at least zero.
    [[nodiscard]] constexpr double slope() const noexcept { return slope_; }
    /// Returns how much a success takes from the score, at least zero.
    [[nodiscard]] constexpr double forgives() const noexcept { return forgives_; }

    /// Returns whether the latest call failed and the score is too high. A success says no, lest a
    /// window that has emptied since lets it open the circuit.
    [[nodiscard]] bool operator()(const CallContext& context) const noexcept {
        if (context.consecutive_failures == 0 || context.score < base_) {
            return false;
        }
        const auto calls = static_cast<double>(context.metric.total_count);
        return context.score >= base_ + slope_ * std::log2(1.0 + calls);
    }

private:
    double base_;
    double slope_;
    double forgives_;
};

/// The circuit is closed.
class Closed : public count_tripper_base {
public:
    /// Returns whether the state is `closed`.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const noexcept {
        return context.state == State::closed;
    }
};

/// The circuit is half-open.
class HalfOpened : public count_tripper_base {
public:
    /// Returns whether the state is `half_open`.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const noexcept {
        return context.state == State::half_open;
    }
};

}  // namespace trippers

namespace detail {

template <class... Arrays>
constexpr auto concatenated(const Arrays&... arrays) noexcept {
    std::array<std::chrono::nanoseconds, (std::size_t{0} + ... + std::tuple_size_v<Arrays>)> all{};
    std::size_t size = 0;
    const auto append = [&](const auto& array) {
        for (const std::chrono::nanoseconds threshold : array) {
            all[size] = threshold;
            ++size;
        }
    };
    (append(arrays), ...);
    return all;
}

/// Returns how much a success takes from the score that these operands look at. Throws
/// `std::invalid_argument` where two of them say different things, as there is one score.
template <class... Operands>
constexpr double common_forgives(const Operands&... operands) {
    double forgives = 0.0;
    bool is_known = false;
    const auto look_at = [&]<class Operand>(const Operand& operand) {
        if constexpr (Operand::uses_score) {
            const double theirs = operand.forgives();
            if (is_known && theirs != forgives) {
                throw_invalid(
                    "FailureScore's forgives", written(theirs),
                    "the same in one expression, where it is " + written(forgives) + " already");
            }
            forgives = theirs;
            is_known = true;
        }
    };
    (look_at(operands), ...);
    return forgives;
}

/// What `AllOf` and `AnyOf` share: the operands and the sum of their needs.
template <TripperPolicy... Operands>
class TripperExpression : public tripper_base {
public:
    static constexpr bool uses_durations = (Operands::uses_durations || ...);
    static constexpr bool pure = (Operands::pure && ...);
    static constexpr bool deferrable = (Operands::deferrable && ...);
    static constexpr bool uses_score = (Operands::uses_score || ...);

    /// Throws what `common_forgives` throws.
    constexpr explicit TripperExpression(std::tuple<Operands...> operands)
        : operands_{std::move(operands)} {
        static_cast<void>(forgives());
    }

    [[nodiscard]] constexpr const std::tuple<Operands...>& operands() const& noexcept {
        return operands_;
    }
    [[nodiscard]] constexpr std::tuple<Operands...> operands() && { return std::move(operands_); }

    [[nodiscard]] constexpr std::uint64_t min_requests() const noexcept {
        return std::apply(
            [](const Operands&... operand) {
                return (std::max)({std::uint64_t{0}, operand.min_requests()...});
            },
            operands_);
    }

    [[nodiscard]] constexpr double forgives() const {
        return std::apply([](const Operands&... operand) { return common_forgives(operand...); },
                          operands_);
    }

    [[nodiscard]] constexpr auto slow_thresholds() const noexcept {
        return std::apply(
            [](const Operands&... operand) { return concatenated(operand.slow_thresholds()...); },
            operands_);
    }

private:
    std::tuple<Operands...> operands_;
};

}  // namespace detail

namespace trippers {

/// `a & b & ...`: each says so, asked from the left until one says no.
template <class... Operands>
class AllOf : public detail::TripperExpression<Operands...> {
public:
    using detail::TripperExpression<Operands...>::TripperExpression;

    /// Returns whether each operand says so.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const {
        return std::apply(
            [&](const Operands&... operand) { return (bool(operand(context)) && ...); },
            this->operands());
    }
};

/// `a | b | ...`: one says so, asked from the left until one does.
template <class... Operands>
class AnyOf : public detail::TripperExpression<Operands...> {
public:
    using detail::TripperExpression<Operands...>::TripperExpression;

    /// Returns whether an operand says so.
    [[nodiscard]] constexpr bool operator()(const CallContext& context) const {
        return std::apply(
            [&](const Operands&... operand) { return (bool(operand(context)) || ...); },
            this->operands());
    }
};

}  // namespace trippers

/// Returns a tripper that opens the circuit when both operands say so.
template <TripperPolicy Left, TripperPolicy Right>
[[nodiscard]] constexpr auto operator&(Left left, Right right) {
    return detail::joined<trippers::AllOf>(std::move(left), std::move(right));
}

/// Returns a tripper that opens the circuit when one of the operands says so.
template <TripperPolicy Left, TripperPolicy Right>
[[nodiscard]] constexpr auto operator|(Left left, Right right) {
    return detail::joined<trippers::AnyOf>(std::move(left), std::move(right));
}

using trippers::AvgLatency;
using trippers::Closed;
using trippers::FailureCount;
using trippers::FailureRate;
using trippers::FailureScore;
using trippers::FailureStreak;
using trippers::HalfOpened;
using trippers::MinRequests;
using trippers::SlowRate;

}  // namespace fluxgate::inline v0_1
