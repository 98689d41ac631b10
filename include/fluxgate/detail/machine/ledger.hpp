// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/next_question.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Makes the recorder that holds just what this tripper looks at; a user's own window is its own
/// recorder.
template <class Window, class Tripper>
auto make_recorder(Window window, const Tripper& tripper) {
    if constexpr (WindowRecorder<Window>) {
        return window;
    } else {
        return window.template make_recorder<Tripper::uses_durations>(tripper.slow_thresholds());
    }
}

/// A recorder that says when a quick success changes nothing, and when it may be recorded later.
template <class T>
concept DeferringRecorder = requires(T& recorder, const T& seen, TimePoint time) {
    recorder.record_successes(std::uint64_t{});
    seen.is_clean();
    seen.most_deferred();
    seen.most_total();
    seen.is_quick(std::chrono::nanoseconds{});
    seen.bucket_of(time);
    seen.end_of_newest_bucket();
};

/// What an outcome means for its state.
enum class Verdict : std::uint8_t {
    stays,   ///< nothing
    trips,   ///< the tripper opens the circuit
    goes_on  ///< a trial has shown that the circuit may close
};

/// The memory of a breaker and its judge: window, streak, score and tripper. Not thread-safe: the
/// core calls it under its lock, except for the recorder through an `UnlockedRecorder`.
template <WindowPolicy Window, TripperPolicy Tripper>
class Ledger {
public:
    using Recorder =
        decltype(make_recorder(std::declval<Window>(), std::declval<const Tripper&>()));

    static constexpr bool uses_durations = Recorder::uses_durations;
    static constexpr bool uses_time = Recorder::uses_time;
    static constexpr bool forgets_with_time =
        requires(Recorder& recorder, TimePoint now) { recorder.advance(now); };
    /// True if the window can become clean: one more quick success then leaves it as it is.
    static constexpr bool can_be_clean = Tripper::pure && DeferringRecorder<Recorder>;
    /// True if quick successes may be recorded later, when `room_for_later` says so.
    static constexpr bool can_defer = can_be_clean && Tripper::deferrable;

    Ledger(Window window, Tripper tripper)
        : recorder_{make_recorder(std::move(window), tripper)}, tripper_{std::move(tripper)} {}

    /// Records an outcome. Throws what the window throws.
    void record(const Record& record) {
        recorder_.record(record);
        if (record.success) {
            forgive(1);
            return;
        }
        if (streak_ != (std::numeric_limits<std::uint64_t>::max)()) {
            ++streak_;
        }
        if constexpr (Tripper::uses_score) {
            if (has_score()) {
                score_ += 1.0;
            }
        }
    }

    /// Adds to the score what so many failures add, and nothing to window and streak; the window
    /// forgets what is too old by this time.
    void add_to_score(std::uint64_t failures, [[maybe_unused]] TimePoint now) noexcept
        requires Tripper::uses_score
    {
        if constexpr (forgets_with_time) {
            recorder_.advance(now);
        }
        score_ += has_score() ? static_cast<double>(failures) : 0.0;
    }

    /// Says what the outcome that was recorded last means in a state with this row. Throws what the
    /// tripper throws.
    [[nodiscard]] Verdict verdict(const Record& record, const StateRow& row) const {
        if (row.settling == Settling::records) {
            return Verdict::stays;
        }
        const bool trips = trips_by(recorder_.metric(), row.state);
        if (row.settling == Settling::decides_trial && record.success) {
            return trips ? Verdict::stays : Verdict::goes_on;
        }
        return trips ? Verdict::trips : Verdict::stays;
    }

    /// Returns whether the tripper, in a state that asks it, says yes to a window that is not this
    /// one. Throws what the tripper throws.
    [[nodiscard]] bool trips_by(const MetricView& metric, State state) const {
        CallContext context{metric, state, streak_};
        if constexpr (Tripper::uses_score) {
            context.score = score_;
        }
        return tripper_(context);
    }

    /// Records so many quick successes, of which no tripper needs to hear.
    void record_successes(std::uint64_t count) noexcept
        requires can_defer
    {
        if (count != 0) {
            recorder_.record_successes(count);
            forgive(count);
        }
    }

    /// Returns whether one more quick success would change nothing, as the tripper has said no.
    [[nodiscard]] bool is_clean() const noexcept
        requires can_be_clean
    {
        if constexpr (Tripper::uses_score) {
            return score_ == 0.0 && recorder_.is_clean();
        } else {
            return recorder_.is_clean();
        }
    }

    /// Returns how many quick successes may be recorded later, in a state with this row; zero where
    /// none may. The tripper, where the state asks it, has said no to what is in the window.
    [[nodiscard]] std::uint64_t room_for_later(const StateRow& row) const noexcept
        requires can_defer
    {
        const std::uint64_t most = recorder_.most_deferred();
        if (row.settling == Settling::records) {
            return most;
        }
        const std::uint64_t total = recorder_.metric().total_count;
        const std::uint64_t room = successes_until_question(tripper_, total);
        const bool is_ever_asked = room < recorder_.most_total() - total;
        return is_ever_asked ? (std::min)(room, most) : most;
    }

    [[nodiscard]] const Recorder& recorder() const noexcept { return recorder_; }
    [[nodiscard]] std::uint64_t streak() const noexcept { return streak_; }
    /// Returns the score; zero where the tripper does not look at it.
    [[nodiscard]] double score() const noexcept {
        if constexpr (Tripper::uses_score) {
            return score_;
        } else {
            return 0.0;
        }
    }

    /// Goes on from this streak, and from this score where the tripper looks at it.
    void go_on_from(std::uint64_t streak, [[maybe_unused]] double score) noexcept {
        streak_ = streak;
        if constexpr (Tripper::uses_score) {
            score_ = has_score() ? score : 0.0;
        }
    }

    /// Takes other policies, and gives the old ones for them. Streak and score go on, and the
    /// window where it is the same and has kept all that is wanted now; returns whether it is.
    bool exchange(Recorder& recorder, Tripper& tripper) noexcept {
        const bool goes_on = recorder.replace(recorder_);
        std::swap(tripper_, tripper);
        if (!has_score()) {
            score_ = {};
        }
        return goes_on;
    }

    /// Returns whether the tripper looks at the score, where it may.
    [[nodiscard]] bool has_score() const noexcept {
        if constexpr (requires { tripper_.has_score(); }) {
            return tripper_.has_score();
        } else {
            return Tripper::uses_score;
        }
    }

    /// Returns whether the window forgets as time goes by.
    [[nodiscard]] bool forgets() const noexcept {
        if constexpr (requires { recorder_.uses_buckets(); }) {
            return recorder_.uses_buckets();
        } else {
            return forgets_with_time;
        }
    }

    /// Returns what the window holds at this time.
    [[nodiscard]] auto metric_at([[maybe_unused]] TimePoint now) {
        if constexpr (forgets_with_time) {
            recorder_.advance(now);
        }
        return recorder_.metric();
    }

    /// Returns how many calls a second the window holds, by the time that it covers, where it was
    /// last cleared at `since`. Empty where it does not know, or holds none.
    [[nodiscard]] std::optional<double> calls_per_second([[maybe_unused]] TimePoint now,
                                                         [[maybe_unused]] TimePoint since) {
        if constexpr (requires { recorder_.covered(now, since); }) {
            recorder_.advance(now);
            const std::chrono::duration<double> covered = recorder_.covered(now, since);
            const std::uint64_t calls = recorder_.metric().total_count;
            if (calls != 0 && covered.count() > 0.0) {
                return static_cast<double>(calls) / covered.count();
            }
        }
        return std::nullopt;
    }

    void clear_window() noexcept { recorder_.reset(); }
    /// Forgets how the latest outcomes followed one another.
    void clear_streak() noexcept {
        streak_ = 0;
        score_ = {};
    }

private:
    struct NoScore {};

    /// Takes what so many successes take from streak and score.
    void forgive([[maybe_unused]] std::uint64_t successes) noexcept {
        streak_ = 0;
        if constexpr (Tripper::uses_score) {
            const double forgiven = static_cast<double>(successes) * tripper_.forgives();
            score_ = (std::max)(0.0, score_ - forgiven);
        }
    }

    /// How many of the latest outcomes in a row were failures. It saturates.
    std::uint64_t streak_ = 0;
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<Tripper::uses_score, double, NoScore> score_{};
    Recorder recorder_;
    FLUXGATE_NO_UNIQUE_ADDRESS Tripper tripper_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
