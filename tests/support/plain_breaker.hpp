// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

// A circuit breaker that is plain: no lock, no shortcut, and a list of outcomes that is counted
// anew each time. Tests hold the library's breaker against it. It asks the library's trippers,
// retries and permits, which have tests of their own; what it does not share is the machine around
// them.

namespace plain {

/// What a window remembers: the latest calls, or the calls of the latest buckets.
struct Memory {
    std::size_t calls = std::numeric_limits<std::size_t>::max();
    std::int64_t buckets = 0;
    std::chrono::nanoseconds width{};
    bool keeps_durations = false;

    [[nodiscard]] bool uses_time() const { return buckets != 0; }
    [[nodiscard]] bool is_of_window(const Memory& other) const {
        return calls == other.calls && buckets == other.buckets && width == other.width;
    }
};

inline Memory memory_of(const fluxgate::CountWindow& window) {
    return {.calls = window.size()};
}
inline Memory memory_of(const fluxgate::TimeWindow& window) {
    return {.buckets = window.span() / window.bucket(), .width = window.bucket()};
}
template <class Window>
Memory memory_of(const fluxgate::KeepDurations<Window>& window) {
    Memory memory = memory_of(window.window());
    memory.keeps_durations = true;
    return memory;
}
inline Memory memory_of(const fluxgate::detail::AnyWindow& window) {
    Memory memory = std::visit([](const auto& one) { return memory_of(one); }, window.window);
    memory.keeps_durations = window.keeps_durations;
    return memory;
}

/// Permission for one call.
struct Grant {
    std::uint64_t period = 0;
    std::chrono::nanoseconds started{};
    /// The number of a call that is kept account of: a trial, or one that may be overdue. Else
    /// zero.
    std::uint64_t ticket = 0;
    /// False if nobody knew that its beginning would matter.
    bool is_timed = true;
};

/// What a breaker has beside its policies.
struct Limits {
    std::size_t most_trials = std::numeric_limits<std::size_t>::max();
    std::chrono::nanoseconds lease = std::chrono::nanoseconds::max();
    std::optional<std::chrono::nanoseconds> overdue_after;
};

/// The breaker. Its clock is its own: nanoseconds since the epoch of both clocks, at first those of
/// `testing::VirtualTime`. It can be copied, so that a search can go back.
template <class Tripper, class Retry, class Permit>
class Breaker {
public:
    Breaker(Memory memory, Tripper tripper, Retry retry, Permit permit, Limits limits)
        : memory_{memory},
          limits_{limits},
          tripper_{std::move(tripper)},
          retry_{std::move(retry)},
          permit_{std::move(permit)} {
        memory_.keeps_durations = memory_.keeps_durations || looks_at_durations(tripper_);
    }

    /// Exchanges the policies, where their types are of those that may change.
    void exchange(Memory memory, Tripper tripper, Retry retry, Permit permit,
                  std::optional<std::chrono::nanoseconds> overdue_after) {
        forget();
        memory.keeps_durations = memory.keeps_durations || looks_at_durations(tripper);
        const auto kept = thresholds_of(tripper_);
        bool goes_on =
            memory.is_of_window(memory_) && (memory_.keeps_durations || !memory.keeps_durations);
        for (const std::chrono::nanoseconds threshold : thresholds_of(tripper)) {
            goes_on = goes_on && std::ranges::find(kept, threshold) != kept.end();
        }
        if (!goes_on) {
            outcomes_.clear();
            newest_bucket_ = 0;
            cleared_at_ = now_;
        }
        const bool was_timed = times_calls();
        memory_ = memory;
        tripper_ = std::move(tripper);
        retry_ = std::move(retry);
        if (permit != permit_) {
            if (state_ == fluxgate::State::half_open) {
                forget_hanging();
            }
            permit_ = std::move(permit);
            succeeded_trials_ = 0;
            failed_trials_ = 0;
        }
        if (times_calls() && !was_timed) {
            timed_since_ = now_;
        }
        if (!has_score()) {
            score_ = 0.0;
            forget_hanging();
        }
        if (overdue_after != limits_.overdue_after) {
            for (const Watched& call : watched_) {
                past_.push_back(call);
            }
            watched_.clear();
            end_of_slice_ = {};
            limits_.overdue_after = overdue_after;
            if (!overdue_after) {
                forget_hanging();
            }
            for (Hanging& one : hanging_) {
                one.due = now_ + *overdue_after;
            }
        }
    }

    /// Exchanges them for those of a text.
    void exchange(std::string_view text)
        requires std::same_as<Tripper, fluxgate::detail::AnyTripper>
    {
        const auto policies = fluxgate::parse_policies(text);
        const auto made = fluxgate::detail::PolicyMaker{policies.clauses()}.make();
        std::optional<std::chrono::nanoseconds> overdue_after;
        if (made.overdue) {
            overdue_after = *made.overdue;
        }
        if (made.state != text_state_) {
            command(made.state);
        }
        text_state_ = made.state;
        exchange(memory_of(made.window), made.tripper, made.retry, made.permit, overdue_after);
    }

    /// Begins in the state that a text names.
    void begin_in(fluxgate::State state) {
        text_state_ = state;
        state_ = state;
    }

    [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
    void set_now(std::chrono::nanoseconds now) { now_ = now; }
    void advance(std::chrono::nanoseconds by) { now_ += by; }
    void draws(double uniform) { uniform_ = uniform; }

    /// Says whether calls that are overdue are noticed by all that looks, or by `end_overdue_call`
    /// alone.
    void looks_by_itself(bool does) { looks_by_itself_ = does; }

    /// Makes an open circuit half-open if its wait is over. Returns whether it was.
    bool end_wait() {
        if (state_ != fluxgate::State::open || now_ < end_of_wait_) {
            return false;
        }
        enter(fluxgate::State::half_open, fluxgate::Reason::wait_over);
        return true;
    }

    /// Returns the grant of a call; nothing where it is rejected.
    [[nodiscard]] std::optional<Grant> admit() {
        using fluxgate::State;
        end_wait();
        look();
        end_wait();  // of an opening that the look has led to
        if (state_ == State::open || state_ == State::forced_open ||
            (state_ == State::half_open && !is_tried())) {
            return std::nullopt;
        }
        if (state_ == State::half_open && keeps_account_of_trials()) {
            trials_.push_back({next_ticket_, period_, now_});
            return Grant{period_, now_, next_ticket_++};
        }
        if (!limits_.overdue_after || state_ == State::disabled || state_ == State::half_open) {
            return Grant{period_, now_, 0, times_calls()};
        }
        // Calls are overdue by the slices of time in which they begin.
        const std::chrono::nanoseconds width =
            (*limits_.overdue_after + std::chrono::nanoseconds{31}) / 32;
        // One follows the other without a gap, until all that began in them would be overdue.
        const bool is_first = end_of_slice_ == std::chrono::nanoseconds{} ||
                              now_ >= end_of_slice_ + *limits_.overdue_after;
        if (is_first) {
            ++slice_;
            end_of_slice_ = now_ + width;
        } else if (now_ >= end_of_slice_) {
            ++slice_;
            end_of_slice_ += width * ((now_ - end_of_slice_) / width + 1);
        }
        watched_.push_back({next_ticket_, slice_, end_of_slice_ + *limits_.overdue_after});
        return Grant{period_, now_, next_ticket_++};
    }

    /// Ends the oldest call that is overdue, or a later one. Returns whether there was one.
    bool end_overdue_call(std::size_t later = 0) {
        if (later >= watched_.size() || now_ < watched_[later].due) {
            return false;
        }
        const Watched call = watched_[later];
        watched_.erase(watched_.begin() + static_cast<std::ptrdiff_t>(later));
        hang_on({call.ticket, call.slice, false}, call.due + *limits_.overdue_after);
        record(false, *limits_.overdue_after, fluxgate::Reason::overdue);
        return true;
    }

    /// Adds to the score for the calls and trials that have hung on for another threshold. Returns
    /// whether there were any.
    bool end_hanging() {
        const std::chrono::nanoseconds step =
            state_ == fluxgate::State::half_open ? lease() : limits_.overdue_after.value_or(never);
        std::int64_t more = 0;
        for (Hanging& one : hanging_) {
            if (one.due <= now_) {
                const std::int64_t passed = 1 + (now_ - one.due) / step;
                one.due += step * passed;
                more += passed * one.count;
            }
        }
        if (more == 0) {
            return false;
        }
        score_ += static_cast<double>(more);
        forget();
        if (state_ != fluxgate::State::metrics_only &&
            tripper_(fluxgate::CallContext{metrics(), state_, streak_, score_})) {
            enter(fluxgate::State::open, fluxgate::Reason::overdue);
        }
        return true;
    }

    /// Ends the oldest trial if its lease is over. Returns whether it was.
    bool end_overdue_trial() {
        const std::chrono::nanoseconds lease = this->lease();
        if (trials_.empty() || now_ - trials_.front().began < lease) {
            return false;
        }
        const Trial trial = trials_.front();
        trials_.erase(trials_.begin());
        if (trial.period == period_) {
            if (!permit_judges()) {
                hang_on({trial.ticket, trial.ticket, true}, trial.began + 2 * lease);
            }
            record(false, lease, fluxgate::Reason::overdue);
        }
        return true;
    }

    /// Ends a call without an outcome.
    void drop(Grant grant) {
        take(trials_, grant.ticket);
        take(watched_, grant.ticket);
        take(past_, grant.ticket);
        come_back(grant.ticket, false);
        come_back(grant.ticket, true);
    }

    /// Returns why a call is rejected now.
    [[nodiscard]] fluxgate::Rejection rejection() const {
        fluxgate::Rejection rejection{state_, std::nullopt};
        if (state_ == fluxgate::State::open && end_of_wait_ != never) {
            rejection.retry_after = end_of_wait_ - now_;
        }
        return rejection;
    }

    void settle(Grant grant, bool success) {
        using fluxgate::State;
        const bool was_watched = take(watched_, grant.ticket);
        if (grant.ticket != 0) {
            const bool is_past = take(past_, grant.ticket);
            come_back(grant.ticket, false);
            look();
            if (!was_watched && !is_past && !take(trials_, grant.ticket)) {
                come_back(grant.ticket, true);
                return;
            }
        }
        const bool ignores =
            state_ == State::open || state_ == State::disabled || state_ == State::forced_open;
        if (grant.period != period_ || ignores) {
            return;
        }
        const std::chrono::nanoseconds duration =
            now_ - (grant.is_timed ? grant.started : std::max(grant.started, timed_since_));
        if (was_watched && duration >= *limits_.overdue_after) {
            record(false, *limits_.overdue_after, fluxgate::Reason::overdue);
        } else {
            record(success, duration);
        }
    }

    void command(fluxgate::State state) {
        ++commands_;
        enter(state, fluxgate::Reason::command);
    }
    void open_for(std::chrono::nanoseconds wait) {
        ++commands_;
        enter(fluxgate::State::open, fluxgate::Reason::command, wait);
    }

    // What others do who share it, in the period that they have seen. Each returns whether it was
    // done.

    [[nodiscard]] std::uint64_t period() const { return period_; }
    [[nodiscard]] std::uint64_t commands() const { return commands_; }
    bool impose(std::uint64_t seen, fluxgate::State state, std::chrono::nanoseconds wait,
                std::uint32_t reopens) {
        if (seen != period_) {
            return false;
        }
        enter(state, fluxgate::Reason::shared, wait);
        reopens_ = reopens;
        return true;
    }
    bool hold(std::uint64_t seen, std::chrono::nanoseconds until) {
        if (seen != period_ || state_ != fluxgate::State::open) {
            return false;
        }
        end_of_wait_ = until;
        return true;
    }
    bool judge(std::uint64_t seen, const fluxgate::Metrics& calls) {
        if (seen != period_ || state_ != fluxgate::State::closed ||
            !tripper_(fluxgate::CallContext{calls, state_, streak_, score_})) {
            return false;
        }
        enter(fluxgate::State::open, fluxgate::Reason::shared);
        return true;
    }

    [[nodiscard]] fluxgate::CircuitBreakerInfo info() {
        look();
        forget();
        return {state_, wall(changed_at_), reopens_, metrics()};
    }

    [[nodiscard]] fluxgate::State state() const { return state_; }
    [[nodiscard]] const std::vector<fluxgate::Signal>& signals() const { return signals_; }

private:
    struct Outcome {
        bool success;
        std::chrono::nanoseconds duration;
        std::int64_t bucket;
    };

    struct Trial {
        std::uint64_t ticket;
        std::uint64_t period;
        std::chrono::nanoseconds began;
    };

    struct Watched {
        std::uint64_t ticket;
        std::uint64_t slice;
        std::chrono::nanoseconds due;
    };

    /// A call that was overdue, and has not come back.
    struct Missing {
        std::uint64_t ticket;
        /// That in which it began; its ticket, where it is a trial.
        std::uint64_t slice;
        bool is_trial;
    };

    /// The calls of one slice that were overdue, or a trial, and when they are to be looked at.
    struct Hanging {
        bool are_trials;
        std::uint64_t slice;
        std::chrono::nanoseconds due;
        std::int64_t count;

        [[nodiscard]] bool is_of_slice(const Missing& call) const {
            return are_trials == call.is_trial && slice == call.slice;
        }
    };

    static constexpr std::chrono::nanoseconds never = std::chrono::nanoseconds::max();

    // What a tripper looks at, which some know at run time alone.

    static bool looks_at_durations([[maybe_unused]] const Tripper& tripper) {
        if constexpr (requires { tripper.needs(); }) {
            return tripper.needs().durations;
        } else {
            return Tripper::uses_durations;
        }
    }
    static std::vector<std::chrono::nanoseconds> thresholds_of(const Tripper& tripper) {
        if constexpr (requires { tripper.needs(); }) {
            return tripper.needs().thresholds;
        } else {
            const auto thresholds = tripper.slow_thresholds();
            return {thresholds.begin(), thresholds.end()};
        }
    }
    [[nodiscard]] bool has_score() const {
        if constexpr (requires { tripper_.has_score(); }) {
            return tripper_.has_score();
        } else {
            return Tripper::uses_score;
        }
    }
    [[nodiscard]] bool times_calls() const {
        return memory_.keeps_durations || !thresholds_of(tripper_).empty();
    }
    [[nodiscard]] bool permit_judges() const {
        if constexpr (requires { permit_.judges(); }) {
            return permit_.judges();
        } else {
            return requires { permit_.judge(trial_context(), true); };
        }
    }

    [[nodiscard]] bool keeps_account_of_trials() const {
        return requires { permit_.admits(trial_context()); } ||
               requires { permit_.judge(trial_context(), true); } ||
               requires { permit_.lease(); } || limits_.overdue_after ||
               limits_.most_trials != Limits{}.most_trials || limits_.lease != Limits{}.lease;
    }

    void look() {
        while ((looks_by_itself_ && (end_overdue_call() || end_hanging())) || end_overdue_trial()) {
        }
    }

    /// Returns how long a trial may take.
    [[nodiscard]] std::chrono::nanoseconds lease() const {
        std::chrono::nanoseconds lease =
            std::min(limits_.lease, limits_.overdue_after.value_or(never));
        if constexpr (requires { permit_.lease(); }) {
            lease = std::min(lease, permit_.lease());
        }
        return lease;
    }

    void forget_hanging() {
        hanging_.clear();
        missing_.clear();
    }
    /// Notes a call that is overdue. There is room for eight slices: one beyond that counts once.
    void hang_on(const Missing& call, std::chrono::nanoseconds due) {
        if (!has_score()) {
            return;
        }
        missing_.push_back(call);
        const auto found = std::ranges::find_if(
            hanging_, [&](const Hanging& one) { return one.is_of_slice(call); });
        if (found != hanging_.end()) {
            ++found->count;
        } else if (hanging_.size() != 8) {
            hanging_.push_back({call.is_trial, call.slice, due, 1});
        }
    }
    /// Notes the end of a call, or of a trial, that may have been overdue.
    void come_back(std::uint64_t ticket, bool is_trial) {
        const auto back = std::ranges::find_if(missing_, [&](const Missing& one) {
            return one.ticket == ticket && one.is_trial == is_trial;
        });
        if (back == missing_.end()) {
            return;
        }
        for (Hanging& one : hanging_) {
            if (one.is_of_slice(*back)) {
                --one.count;
            }
        }
        std::erase_if(hanging_, [](const Hanging& one) { return one.count == 0; });
        missing_.erase(back);
    }

    /// Takes a call out of those under way. Returns whether it was among them.
    template <class Calls>
    static bool take(Calls& calls, std::uint64_t ticket) {
        return std::erase_if(calls, [&](const auto& call) { return call.ticket == ticket; }) != 0;
    }

    [[nodiscard]] fluxgate::TrialContext trial_context() const {
        const auto under_way = std::ranges::count(trials_, period_, &Trial::period);
        return {now_ - start_of_trials_, uniform_, static_cast<std::uint64_t>(under_way),
                succeeded_trials_, failed_trials_};
    }

    [[nodiscard]] bool is_tried() const {
        if (trials_.size() >= limits_.most_trials) {
            return false;
        }
        if constexpr (requires { permit_.admits(trial_context()); }) {
            return permit_.admits(trial_context());
        } else {
            return permit_(now_ - start_of_trials_, uniform_);
        }
    }

    void record(bool success, std::chrono::nanoseconds duration,
                fluxgate::Reason opening = fluxgate::Reason::tripped) {
        using fluxgate::Judgement;
        using fluxgate::Reason;
        using fluxgate::State;
        forget();
        outcomes_.push_back({success, duration, newest_bucket_});
        forget();
        streak_ = success ? 0 : streak_ + 1;
        if (has_score()) {
            score_ = success ? std::max(0.0, score_ - tripper_.forgives()) : score_ + 1.0;
        }
        if (state_ == State::metrics_only) {
            return;
        }
        if (state_ == State::half_open) {
            ++(success ? succeeded_trials_ : failed_trials_);
            if constexpr (requires { permit_.judge(trial_context(), success); }) {
                if (permit_judges()) {
                    switch (permit_.judge(trial_context(), success)) {
                        case Judgement::undecided: return;
                        case Judgement::closes: return enter(State::closed, Reason::recovered);
                        case Judgement::opens: return enter(State::open, opening);
                    }
                }
            }
        }
        const fluxgate::Metrics metrics = this->metrics();
        const bool trips = tripper_(fluxgate::CallContext{metrics, state_, streak_, score_});
        if (trips && (state_ == State::closed || !success)) {
            enter(State::open, opening);
        } else if (state_ == State::half_open && success && !trips) {
            enter(State::closed, Reason::recovered);
        }
    }

    static std::chrono::system_clock::time_point wall(std::chrono::nanoseconds time) {
        return std::chrono::system_clock::time_point{
            std::chrono::duration_cast<std::chrono::system_clock::duration>(time)};
    }

    static bool admits_always(fluxgate::State state) {
        using fluxgate::State;
        return state == State::closed || state == State::metrics_only || state == State::disabled;
    }

    /// Returns the calls a second of the period that ends, by the time that the window covers.
    [[nodiscard]] std::optional<double> rate() const {
        const std::chrono::nanoseconds covered = std::min(
            now_ - cleared_at_, now_ - memory_.width * (newest_bucket_ - memory_.buckets + 1));
        if (!memory_.uses_time() || outcomes_.empty() || covered == std::chrono::nanoseconds{}) {
            return std::nullopt;
        }
        return static_cast<double>(outcomes_.size()) /
               std::chrono::duration<double>{covered}.count();
    }

    [[nodiscard]] std::chrono::nanoseconds wait() const {
        if constexpr (requires { retry_.wait(fluxgate::RetryContext{}); }) {
            return retry_.wait(fluxgate::RetryContext{reopens_, uniform_, now_ - outage_began_,
                                                      calls_per_second_});
        } else {
            return retry_.wait(reopens_, uniform_);
        }
    }

    void enter(fluxgate::State next, fluxgate::Reason reason,
               std::optional<std::chrono::nanoseconds> told = std::nullopt) {
        using fluxgate::State;
        forget();
        signals_.push_back({state_, next, wall(now_), reason, metrics()});
        if (next == State::closed) {
            reopens_ = 0;
        } else if (state_ == State::half_open && next == State::open && !told) {
            ++reopens_;
        }
        if (admits_always(state_) && !admits_always(next)) {
            outage_began_ = now_;
            calls_per_second_ = rate();
        }
        if (next == State::open) {
            const std::chrono::nanoseconds wait = told ? *told : this->wait();
            end_of_wait_ = wait < never - now_ ? now_ + wait : never;
        }
        if (next == State::half_open) {
            start_of_trials_ = now_;
        }
        if (next == State::half_open || next == State::closed) {
            streak_ = 0;
            score_ = 0.0;
        }
        succeeded_trials_ = 0;
        failed_trials_ = 0;
        watched_.clear();
        past_.clear();
        forget_hanging();
        end_of_slice_ = {};
        outcomes_.clear();
        cleared_at_ = now_;
        changed_at_ = now_;
        state_ = next;
        ++period_;
    }

    void forget() {
        if (memory_.uses_time()) {
            newest_bucket_ = std::max(newest_bucket_, std::int64_t{now_ / memory_.width});
            const std::int64_t oldest = newest_bucket_ - memory_.buckets + 1;
            std::erase_if(outcomes_,
                          [&](const Outcome& outcome) { return outcome.bucket < oldest; });
        }
        if (outcomes_.size() > memory_.calls) {
            outcomes_.erase(outcomes_.begin());
        }
    }

    [[nodiscard]] fluxgate::Metrics metrics() const {
        fluxgate::Metrics metrics;
        metrics.total_count = outcomes_.size();
        for (const std::chrono::nanoseconds threshold : thresholds_of(tripper_)) {
            metrics.slow.push_back({threshold, 0});
        }
        std::chrono::nanoseconds sum{};
        for (const Outcome& outcome : outcomes_) {
            metrics.failure_count += outcome.success ? 0 : 1;
            sum += outcome.duration;
            for (fluxgate::SlowCount& slow : metrics.slow) {
                slow.count += outcome.duration >= slow.threshold ? 1 : 0;
            }
        }
        if (memory_.keeps_durations) {
            metrics.total_duration = sum;
        }
        return metrics;
    }

    Memory memory_;
    Limits limits_;
    Tripper tripper_;
    Retry retry_;
    Permit permit_;

    std::chrono::nanoseconds now_ = std::chrono::seconds{1'000'000};
    double uniform_ = 0.5;
    std::uint64_t commands_ = 0;

    fluxgate::State state_ = fluxgate::State::closed;
    fluxgate::State text_state_ = fluxgate::State::closed;
    /// The number of the period; each transition begins one, also into the same state.
    std::uint64_t period_ = 0;
    std::chrono::nanoseconds changed_at_ = now_;
    std::chrono::nanoseconds end_of_wait_{};
    std::chrono::nanoseconds start_of_trials_{};
    std::uint32_t reopens_ = 0;
    std::uint64_t streak_ = 0;
    double score_ = 0.0;
    std::chrono::nanoseconds outage_began_ = now_;
    std::optional<double> calls_per_second_;
    std::vector<Outcome> outcomes_;
    std::vector<Trial> trials_;
    std::vector<Watched> watched_;
    /// Those that are watched no more, since the threshold was exchanged.
    std::vector<Watched> past_;
    std::vector<Missing> missing_;
    std::vector<Hanging> hanging_;
    /// When the window was last emptied, and when calls were last begun to be timed.
    std::chrono::nanoseconds cleared_at_ = now_;
    std::chrono::nanoseconds timed_since_{};
    std::chrono::nanoseconds end_of_slice_{};
    std::uint64_t slice_ = 0;
    bool looks_by_itself_ = true;
    std::uint64_t next_ticket_ = 1;
    std::uint64_t succeeded_trials_ = 0;
    std::uint64_t failed_trials_ = 0;
    std::int64_t newest_bucket_ = 0;
    std::vector<fluxgate::Signal> signals_;
};

/// Returns whether both hold the same.
inline bool same(const fluxgate::Metrics& one, const fluxgate::Metrics& other) {
    return one.total_count == other.total_count && one.failure_count == other.failure_count &&
           one.total_duration == other.total_duration && one.slow == other.slow;
}
inline bool same(const fluxgate::CircuitBreakerInfo& one,
                 const fluxgate::CircuitBreakerInfo& other) {
    return one.state == other.state && one.changed_at == other.changed_at &&
           one.reopens == other.reopens && same(one.metrics, other.metrics);
}
inline bool same(const fluxgate::Signal& one, const fluxgate::Signal& other) {
    return one.old_state == other.old_state && one.new_state == other.new_state &&
           one.timestamp == other.timestamp && one.reason == other.reason &&
           same(one.metrics, other.metrics);
}
inline bool same(const std::vector<fluxgate::Signal>& some,
                 const std::vector<fluxgate::Signal>& others) {
    return std::ranges::equal(some, others,
                              [](const auto& one, const auto& other) { return same(one, other); });
}

/// Returns the policy of this family among those given; else that one.
template <class Base, class... Policies, class Default>
auto policy_of(const std::tuple<Policies...>& policies, Default by_default) {
    constexpr std::array<bool, sizeof...(Policies)> is_of_family{
        std::derived_from<Policies, Base>...};
    constexpr auto place = static_cast<std::size_t>(
        std::find(is_of_family.begin(), is_of_family.end(), true) - is_of_family.begin());
    if constexpr (place == sizeof...(Policies)) {
        return by_default;
    } else {
        return std::get<place>(policies);
    }
}

/// Returns what these arguments say beside the policies.
template <class... Policies>
Limits limits_of(const std::tuple<Policies...>& policies) {
    Limits limits;
    if constexpr ((std::same_as<Policies, fluxgate::MaxHalfOpenCalls> || ...)) {
        limits.most_trials = std::get<fluxgate::MaxHalfOpenCalls>(policies).count();
    }
    if constexpr ((std::same_as<Policies, fluxgate::Overdue> || ...)) {
        limits.overdue_after = std::get<fluxgate::Overdue>(policies).threshold();
    }
    return limits;
}

/// Returns the plain breaker of these policies, which may be arguments of the library's.
template <class... Policies>
auto breaker_of(const std::tuple<Policies...>& policies) {
    using namespace fluxgate;
    using namespace std::chrono_literals;
    return Breaker{memory_of(policy_of<window_base>(policies, CountWindow{100})),
                   policy_of<tripper_base>(policies, MinRequests{100} & FailureRate{0.5}),
                   policy_of<retry_base>(policies, Cooldown{60s}),
                   policy_of<permit_base>(policies, RampUp{0.1, 1.0, 60s}), limits_of(policies)};
}

/// Returns the plain breaker of the policies that a text says.
inline auto breaker_of(const std::tuple<fluxgate::Policies>& policies) {
    const auto made = fluxgate::detail::PolicyMaker{std::get<0>(policies).clauses()}.make();
    Limits limits;
    if (made.overdue) {
        limits.overdue_after = *made.overdue;
    }
    Breaker breaker{memory_of(made.window), made.tripper, made.retry, made.permit, limits};
    breaker.begin_in(made.state);
    return breaker;
}

}  // namespace plain
