// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/announcements.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/spin_wait.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/detail/word.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

// The machine under every breaker: a grant for each call that may run, and what its outcome does.
// It knows neither functions nor results nor exceptions.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What a state does with a call.
enum class Admitting : std::uint8_t {
    always,      ///< grants it
    after_wait,  ///< rejects it until the wait is over, then turns half-open
    by_permit,   ///< grants it as a trial, if the permit says so
    never,       ///< rejects it
};

/// What a state does with an outcome.
enum class Settling : std::uint8_t {
    ignores,           ///< nothing
    records,           ///< records it
    may_open,          ///< records it, then opens if the tripper says so
    may_open_or_close  ///< records it; a failure opens if the tripper says so, a success closes if
                       ///< not
};

struct StateRow {
    State state;
    Admitting admitting;
    Settling settling;
};

// clang-format off
inline constexpr std::array state_table{
    //        state                 a call                  its outcome
    StateRow{ State::closed,        Admitting::always,      Settling::may_open          },
    StateRow{ State::open,          Admitting::after_wait,  Settling::ignores           },
    StateRow{ State::half_open,     Admitting::by_permit,   Settling::may_open_or_close },
    StateRow{ State::metrics_only,  Admitting::always,      Settling::records           },
    StateRow{ State::disabled,      Admitting::always,      Settling::ignores           },
    StateRow{ State::forced_open,   Admitting::never,       Settling::ignores           },
};
// clang-format on

static_assert(
    [] {
        for (std::size_t i = 0; i != state_table.size(); ++i) {
            if (state_table[i].state != static_cast<State>(i)) {
                return false;
            }
        }
        return to_string(static_cast<State>(state_table.size())) == "unknown";
    }(),
    "every state has exactly one row, in the order of the enumerators");

constexpr const StateRow& row_of(State state) noexcept {
    return state_table[static_cast<std::size_t>(state)];
}

/// The word of a state in a new period.
constexpr Word word_of(State state, std::uint64_t period) noexcept {
    return {state, row_of(state).admitting == Admitting::always, period};
}

/// The answer to a call that asks to be let through.
enum class Decision : std::uint8_t { granted, rejected, needs_slot };

struct Admission {
    /// What the call found.
    Word word;
    Decision decision;

    [[nodiscard]] explicit operator bool() const noexcept { return decision == Decision::granted; }

    /// Returns whether the call is a trial, granted in half-open.
    [[nodiscard]] constexpr bool is_trial() const noexcept {
        return row_of(word.state()).admitting == Admitting::by_permit;
    }
};

/// A call that runs, by leave of the period of `word`.
template <bool IsTimed>
struct Grant {
    Word word;
};
template <>
struct Grant<true> {
    Word word;
    TimePoint started;
};

/// Those who wait for a slot in half-open: nobody, where trial calls are not capped.
struct NoWaiters {
    /// What a trial call holds.
    struct Slot {};
    static void wake_all() noexcept {}
};

/// The recorder that a window becomes beside this tripper.
template <class Window, class Tripper>
auto make_recorder(Window window, const Tripper& tripper) {
    if constexpr (Recorder<Window>) {
        return window;
    } else {
        return window.template make_recorder<Tripper::uses_durations>(tripper.slow_thresholds());
    }
}

/// A recorder that says when a quick success changes nothing, and when it may be recorded later.
template <class T>
concept DeferringRecorder =
    requires(T& recorder, const T& seen, std::chrono::steady_clock::time_point time) {
        recorder.record_successes(std::uint64_t{});
        seen.is_clean();
        seen.can_defer(std::uint64_t{});
        seen.most_deferred();
        seen.is_quick(std::chrono::nanoseconds{});
        seen.bucket_of(time);
        seen.newest_bucket();
    };

/// The state of a breaker and all that moves it.
///
/// Thread-safe where the environment is. Its lock is held for short sections, in which windows,
/// trippers and retries are called, and neither permits nor listeners nor anything of the caller's.
///
/// An outcome takes the first of three ways that fits, and all three are exact:
///
/// 1. The word says that the circuit is *clean*: the window is full of quick successes, and the
///    tripper, asked about that, said no. One more quick success finds all that as it leaves it, so
///    there is nothing to write. It takes effect where the word is read.
/// 2. The successes *pending* have a stamp of this period: the tripper said no, and goes on to say
/// no
///    while only quick successes come into the newest bucket. One more is added to them by a
///    compare-and-swap, which is where it takes effect. If it succeeds, the stamp was there, hence
///    the period too.
/// 3. Under the lock. An outcome first takes the pending successes and their stamp away, so that
///    those that come now wait for the lock; then it is recorded, the tripper is asked, and what
///    that means is put into the word and the stamp.
template <WindowPolicy Window, TripperPolicy Tripper, RetryPolicy Retry, PermitPolicy Permit,
          EnvironmentPolicy Environment, class Listening = Listeners<>, class Waiters = NoWaiters>
class Core {
    using WindowRecorder =
        decltype(make_recorder(std::declval<Window>(), std::declval<const Tripper&>()));
    static constexpr bool times_calls = WindowRecorder::uses_durations;

public:
    using Grant = detail::Grant<times_calls>;
    using Slot = typename Waiters::Slot;
    using Listeners = Listening;
    using Unwinding = typename Environment::unwinding;
    using Telling =
        typename Announcements<Listening>::template Telling<typename Environment::Mutex>;

    template <class... WaitersArgs>
    Core(Window window, Tripper tripper, Retry retry, Permit permit, Environment environment,
         Listeners listeners, WaitersArgs... waiters)
        : environment_{std::move(environment)},
          tripper_{std::move(tripper)},
          retry_{std::move(retry)},
          permit_{std::move(permit)},
          announcements_{std::move(listeners)},
          recorder_{make_recorder(std::move(window), tripper_)},
          changed_at_{environment_.wall_clock()},
          waiters_{waiters...} {}

    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// May a call run now? Turns an open circuit half-open when its wait is over. `has_slot` says
    /// whether the call holds a slot for trial calls, or needs none.
    ///
    /// Throws what the permit throws, and `std::bad_alloc` where a signal cannot be kept; the
    /// circuit is then as before.
    [[nodiscard]] Admission admit(bool has_slot = true) {
        // Acquires what enter() releases with a new state.
        const Word word = word_.load(std::memory_order_acquire);
        if (word.admits_always()) [[likely]] {
            return {word, Decision::granted};
        }
        return admit_slowly(word, has_slot);
    }

    /// Begins a call that was granted.
    [[nodiscard]] Grant begin(const Admission& admission) {
        if constexpr (times_calls) {
            return {admission.word, environment_.now()};
        } else {
            return {admission.word};
        }
    }

    /// Why the call was rejected, as of now.
    [[nodiscard]] Rejection rejection(const Admission& admission) noexcept {
        Rejection rejection{admission.word.state(), std::nullopt};
        if (rejection.state == State::open) {
            const TimePoint deadline = deadline_.load(std::memory_order_relaxed);
            if (deadline != (TimePoint::max)()) {
                rejection.retry_after = (std::max)(time_between(environment_.now(), deadline),
                                                   std::chrono::nanoseconds{1});
            }
        }
        return rejection;
    }

    /// The outcome of a granted call. It counts only in the period that granted the call. Throws
    /// nothing but what unwinds a listener.
    void settle(const Grant& grant, bool success) {
        if constexpr (can_be_clean && !times_calls) {
            // The success takes effect here, in a window that it leaves as it is. It reads nothing
            // else, so the order is only that of every look at the word.
            if (success && word_.load(std::memory_order_acquire) == grant.word.with_clean(true))
                [[likely]] {
                return;
            }
        }
        settle_slowly(grant, success);
    }

    /// Enters the state by an operator's command, also where it is in it already.
    ///
    /// Throws `std::bad_alloc` where the signal cannot be kept; the circuit is then as before.
    void command(State state) {
        Transition transition = Transition::none;
        {
            const std::lock_guard lock{mutex_};
            transition = enter(state, Reason::command, environment_.now());
        }
        follow(transition);
    }

    /// One consistent snapshot. Throws `std::bad_alloc`.
    [[nodiscard]] CircuitBreakerInfo info() const {
        const std::lock_guard lock{mutex_};
        [[maybe_unused]] const Pending stamp = fold();
        CircuitBreakerInfo info{state(), changed_at_, reopens_, to_metrics(metric())};
        if constexpr (can_defer && !forgets_with_time) {
            // Looking has changed nothing that made deferring right.
            pending_.store(stamp.bits(), std::memory_order_release);
        }
        return info;
    }

    [[nodiscard]] const Announcements<Listening>& announcements() const noexcept {
        return announcements_;
    }
    [[nodiscard]] Telling tell() noexcept { return Telling{announcements_, mutex_}; }
    [[nodiscard]] Waiters& waiters() noexcept { return waiters_; }

private:
    enum class Transition : std::uint8_t { none, made, ended_half_open };

    static constexpr bool uses_time = WindowRecorder::uses_time;
    static constexpr bool forgets_with_time =
        requires(WindowRecorder& recorder, TimePoint now) { recorder.advance(now); };
    static constexpr bool can_be_clean = Tripper::pure && DeferringRecorder<WindowRecorder>;
    /// Without a lock to avoid, recording at once is cheaper than any atomic addition.
    static constexpr bool can_defer =
        can_be_clean && Tripper::deferrable && !std::same_as<typename Environment::Mutex, NoMutex>;

    /// Outside of the states that grant every call.
    [[nodiscard]] FLUXGATE_NOINLINE Admission admit_slowly(Word word, bool has_slot) {
        for (;;) {
            switch (row_of(word.state()).admitting) {
                case Admitting::always: return {word, Decision::granted};
                case Admitting::never: return {word, Decision::rejected};
                case Admitting::after_wait: {
                    const TimePoint deadline = deadline_.load(std::memory_order_acquire);
                    if (!is_before(deadline)) {
                        end_wait();
                    } else if (is_current(word)) {
                        return {word, Decision::rejected};
                    }
                    break;  // the call is handled by the state that it finds now
                }
                case Admitting::by_permit: {
                    if (!has_slot) {
                        return {word, Decision::needs_slot};
                    }
                    const TimePoint since = half_open_since_.load(std::memory_order_acquire);
                    if (!is_current(word)) {
                        break;
                    }
                    const auto elapsed = time_between(since, environment_.now());
                    const bool permitted = permit_(elapsed, environment_.uniform());
                    return {word, permitted ? Decision::granted : Decision::rejected};
                }
            }
            word = word_.load(std::memory_order_acquire);
        }
    }

    /// Returns whether the circuit is still in the period of `word`, so that a moment that was
    /// acquired after `word` is of that period: whoever sees one that enter() stored for a later
    /// period sees the words of the periods before that too.
    [[nodiscard]] bool is_current(Word word) const noexcept {
        return word_.load(std::memory_order_relaxed).period() == word.period();
    }

    /// Returns whether the time is yet to come, by the cheapest clock that can tell.
    [[nodiscard]] bool is_before(TimePoint time) {
        if constexpr (HasCoarseClock<Environment>) {
            if (time_after(environment_.coarse_now(), Environment::coarse_error) < time) {
                return true;
            }
        }
        return environment_.now() < time;
    }

    /// A time in the same bucket of the window as now, by the cheapest clock that can tell.
    [[nodiscard]] TimePoint time_in_bucket() {
        if constexpr (HasCoarseClock<Environment> && DeferringRecorder<WindowRecorder>) {
            const TimePoint earliest = environment_.coarse_now();
            const TimePoint latest = time_after(earliest, Environment::coarse_error);
            if (recorder_.bucket_of(earliest) == recorder_.bucket_of(latest)) {
                return earliest;
            }
        }
        return environment_.now();
    }

    /// Turns the circuit half-open, unless another thread was faster.
    void end_wait() {
        {
            const std::lock_guard lock{mutex_};
            const TimePoint now = environment_.now();
            if (state() != State::open || now < deadline_.load(std::memory_order_relaxed)) {
                return;
            }
            enter(State::half_open, Reason::wait_over, now);
        }
        deliver();
    }

    /// Whatever is not settled by a look at the word.
    FLUXGATE_NOINLINE void settle_slowly(Grant grant, bool success) {
        const Word word = word_.load(std::memory_order_acquire);
        if (word.period() != grant.word.period()) {
            return;
        }
        // No Record yet: only the third way needs one in memory.
        TimePoint at{};
        std::chrono::nanoseconds duration{};
        if constexpr (times_calls) {
            at = environment_.now();
            duration = time_between(grant.started, at);
        } else if constexpr (uses_time) {
            at = time_in_bucket();
        }
        if constexpr (can_be_clean) {
            if (success && recorder_.is_quick(duration) &&
                (word.is_clean() || defer(word.period(), at))) {
                return;
            }
        }
        if (row_of(word.state()).settling != Settling::ignores) {
            settle_by_lock(word.period(), {.success = success, .duration = duration, .at = at});
        }
    }

    /// The third way.
    FLUXGATE_NOINLINE void settle_by_lock(std::uint64_t period, const Record& record) {
        Transition transition = Transition::none;
        guarded<Unwinding>([&] { transition = settle_locked(period, record); },
                           [&] { announcements_.report("a window, a tripper or a retry"); });
        follow(transition);
    }

    /// Adds a quick success to those pending, if they are of this period, which was the current one
    /// a moment ago, and of this time's bucket.
    [[nodiscard]] bool defer(std::uint64_t period, TimePoint at) noexcept {
        if constexpr (can_defer) {
            const Pending stamp{period};
            // Acquires what offer_shortcuts() releases: whoever sees the stamp sees its bucket, or
            // a later one. Where it becomes a later one before the success is added, the success is
            // late, and late ones are of the newest bucket.
            Pending pending = Pending::from_bits(pending_.load(std::memory_order_acquire));
            if constexpr (uses_time) {
                if (deferred_bucket_.load(std::memory_order_relaxed) != recorder_.bucket_of(at)) {
                    return false;
                }
            }
            SpinWait wait;
            while (pending.has_stamp_of(stamp) && pending.count() < recorder_.most_deferred()) {
                // Nothing but the number itself is told by it, so it needs no order.
                std::uint64_t bits = pending.bits();
                if (pending_.compare_exchange_weak(bits, pending.plus_one().bits(),
                                                   std::memory_order_relaxed)) {
                    return true;
                }
                pending = Pending::from_bits(bits);
                wait();
            }
        }
        return false;
    }

    /// Records an outcome and draws the consequence.
    Transition settle_locked(std::uint64_t period, const Record& record) {
        const std::lock_guard lock{mutex_};
        const Settling settling = row_of(state()).settling;
        if (period != word().period() || settling == Settling::ignores) {
            return Transition::none;
        }
        fold();
        if constexpr (can_be_clean) {
            // Before anything can throw: what is recorded here must be seen by the next outcome,
            // also where the tripper, the retry or the memory for a signal fails.
            set_clean(false);
        }
        recorder_.record(record);
        if (record.success) {
            streak_ = 0;
        } else if (streak_ != (std::numeric_limits<std::uint64_t>::max)()) {
            ++streak_;
        }

        if (settling != Settling::records) {
            const auto recorded = recorder_.metric();
            const bool trips = tripper_(CallContext{recorded, state(), streak_});
            if (settling == Settling::may_open ? trips : trips && !record.success) {
                return enter(State::open, Reason::tripped, environment_.now());
            }
            if (settling == Settling::may_open_or_close && !trips && record.success) {
                return enter(State::closed, Reason::recovered, environment_.now());
            }
        }
        if constexpr (can_be_clean) {
            if (settling != Settling::may_open_or_close) {
                offer_shortcuts(settling);
            }
        }
        return Transition::none;
    }

    /// Says by which way the next quick success may go. The tripper, where the state asks it, has
    /// said no to what is in the window. Under the lock.
    void offer_shortcuts(Settling settling) noexcept {
        const bool is_clean = recorder_.is_clean();
        set_clean(is_clean);
        if constexpr (can_defer) {
            const std::uint64_t min_requests =
                settling == Settling::records ? 0 : tripper_.min_requests();
            if (!is_clean && recorder_.can_defer(min_requests)) {
                if constexpr (uses_time) {
                    deferred_bucket_.store(recorder_.newest_bucket(), std::memory_order_relaxed);
                }
                pending_.store(Pending{word().period()}.bits(), std::memory_order_release);
            }
        }
    }

    /// Under the lock.
    void set_clean(bool clean) noexcept {
        if (clean != word().is_clean()) {
            word_.store(word().with_clean(clean), std::memory_order_release);
        }
    }

    /// Moves the pending successes into the window and disarms the second way, so that those that
    /// come now wait for the lock. Returns the stamp that was armed. Under the lock.
    Pending fold() const noexcept {
        if constexpr (can_defer) {
            const Pending pending =
                Pending::from_bits(pending_.exchange(Pending{}.bits(), std::memory_order_acq_rel));
            if (pending.count() != 0) {
                recorder_.record_successes(pending.count());
                streak_ = 0;
            }
            return pending.emptied();
        } else {
            return {};
        }
    }

    /// Begins a new period: the one place where the state changes. Under the lock.
    Transition enter(State next, Reason reason, TimePoint now) {
        fold();
        const auto wall_clock = environment_.wall_clock();
        const std::uint32_t reopens = reopens_after(next);
        const TimePoint deadline = next == State::open ? after(now, reopens) : TimePoint{};
        if (announcements_.has_listeners()) {
            announcements_.push({state(), next, wall_clock, reason, to_metrics(metric_at(now))});
        }

        // Nothing throws from here on.
        const Transition transition =
            state() == State::half_open ? Transition::ended_half_open : Transition::made;
        changed_at_ = wall_clock;
        reopens_ = reopens;
        // Released to those who acquire the moment: they see that the period before is over.
        if (next == State::open) {
            deadline_.store(deadline, std::memory_order_release);
        }
        if (next == State::half_open) {
            half_open_since_.store(now, std::memory_order_release);
        }
        if (next == State::half_open || next == State::closed) {
            streak_ = 0;
        }
        recorder_.reset();
        // Releases the moments above to those who acquire the word.
        word_.store(word_of(next, word().period() + 1), std::memory_order_release);
        return transition;
    }

    /// What a transition means for others. Without the lock.
    void follow(Transition transition) {
        if (transition == Transition::ended_half_open) {
            waiters_.wake_all();
        }
        if (transition != Transition::none) {
            deliver();
        }
    }

    /// Under the lock, where nobody else changes it.
    [[nodiscard]] Word word() const noexcept { return word_.load(std::memory_order_relaxed); }
    [[nodiscard]] State state() const noexcept { return word().state(); }

    [[nodiscard]] std::uint32_t reopens_after(State next) const noexcept {
        if (next == State::closed) {
            return 0;
        }
        const bool reopens = state() == State::half_open && next == State::open;
        const bool more = reopens && reopens_ != (std::numeric_limits<std::uint32_t>::max)();
        return more ? reopens_ + 1 : reopens_;
    }

    /// When an opening of now ends; the end of time where that is beyond it.
    [[nodiscard]] TimePoint after(TimePoint now, std::uint32_t reopens) {
        const std::chrono::nanoseconds wait = retry_.wait(reopens, environment_.uniform());
        if (wait <= std::chrono::nanoseconds::zero()) {
            return now;
        }
        const bool is_for_ever = wait == (std::chrono::nanoseconds::max)();
        return is_for_ever ? (TimePoint::max)() : time_after(now, wait);
    }

    /// What the window holds now. Under the lock.
    [[nodiscard]] auto metric() const {
        if constexpr (forgets_with_time) {
            return metric_at(environment_.now());
        } else {
            return recorder_.metric();
        }
    }

    [[nodiscard]] auto metric_at([[maybe_unused]] TimePoint now) const {
        if constexpr (forgets_with_time) {
            recorder_.advance(now);
        }
        return recorder_.metric();
    }

    /// Tells the listeners of all signals in order, unless a thread is doing so already; then that
    /// one goes on with ours. Those that are coroutines are told by whoever can await them. Without
    /// the lock.
    void deliver() {
        if constexpr (!Listeners::are_awaited) {
            Telling telling = tell();
            while (telling.next()) {
                announcements_.listeners().template tell<Unwinding>(telling.listener(),
                                                                    telling.signal());
            }
        }
    }

    using DeferredBucket =
        std::conditional_t<can_defer && uses_time, std::atomic<std::int64_t>, Nothing>;

    // Each atomic below is written under the lock alone, but for `pending_`. What every call reads
    // and few write comes first, at some distance from what many write.

    /// The state, the period, and whether the circuit is clean.
    std::atomic<Word> word_{word_of(State::closed, 0)};
    /// When the wait of the latest opening ends; the end of time where it never does.
    std::atomic<TimePoint> deadline_{};
    /// When the latest half-open began.
    std::atomic<TimePoint> half_open_since_{};

    FLUXGATE_NO_UNIQUE_ADDRESS Environment environment_;
    FLUXGATE_NO_UNIQUE_ADDRESS Tripper tripper_;
    FLUXGATE_NO_UNIQUE_ADDRESS Retry retry_;
    FLUXGATE_NO_UNIQUE_ADDRESS Permit permit_;
    Announcements<Listening> announcements_;

    /// The quick successes that are not yet in the window. Those who settle add to them; whoever
    /// has the lock takes them away, with their stamp, and gives out a new stamp. The bits of a
    /// Pending: an atomic of a class would go through memory at each compare-and-swap.
    FLUXGATE_NO_UNIQUE_ADDRESS mutable std::conditional_t<can_defer, std::atomic<std::uint64_t>,
                                                          Nothing>
        pending_{};
    /// Of which bucket of time those are: the newest one. It only grows.
    FLUXGATE_NO_UNIQUE_ADDRESS DeferredBucket deferred_bucket_{};

    // All below is guarded by the mutex.
    FLUXGATE_NO_UNIQUE_ADDRESS mutable typename Environment::Mutex mutex_;
    std::uint32_t reopens_ = 0;
    /// Mutable, as the window is: to look at it takes the pending successes in.
    mutable std::uint64_t streak_ = 0;
    /// Mutable, since to look at a window of time makes it forget what has left it.
    mutable WindowRecorder recorder_;
    std::chrono::system_clock::time_point changed_at_;

    /// Guards itself.
    FLUXGATE_NO_UNIQUE_ADDRESS Waiters waiters_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
