// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/expected.hpp>
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
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

// The machine under every breaker: a grant for each call that may run, and what its outcome does.
// It knows neither functions nor results nor exceptions.

namespace fluxgate::detail {

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

/// Leave for one call to run, given in this period.
struct Grant {
    std::uint64_t period;
    /// When the call began; the clock's epoch where no policy asks for durations.
    std::chrono::steady_clock::time_point started;
    /// Whether the call is a trial, granted in half-open.
    bool trial;
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

/// The state of a breaker and all that moves it.
///
/// Thread-safe where the environment is. Its lock is held for short sections, in which windows,
/// trippers and retries are called, and neither permits nor listeners nor anything of the caller's.
template <WindowPolicy Window, TripperPolicy Tripper, RetryPolicy Retry, PermitPolicy Permit,
          EnvironmentPolicy Environment, class Listening = Listeners<>, class Waiters = NoWaiters>
class Core {
public:
    using Listeners = Listening;
    using Slot = typename Waiters::Slot;

    template <class... WaitersArgs>
    Core(Window window, Tripper tripper, Retry retry, Permit permit, Environment environment,
         Listeners listeners, WaitersArgs... waiters)
        : environment_{std::move(environment)},
          tripper_{std::move(tripper)},
          retry_{std::move(retry)},
          permit_{std::move(permit)},
          listeners_{std::move(listeners)},
          recorder_{make_recorder(std::move(window), tripper_)},
          changed_at_{environment_.wall_clock()},
          waiters_{waiters...} {}

    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// May a call run now? Turns an open circuit half-open when its wait is over.
    ///
    /// Throws what the permit throws, and `std::bad_alloc` where a signal cannot be kept; the
    /// circuit is then as before.
    [[nodiscard]] expected<Grant, Rejection> admit() { return *admit_with(true); }

    /// As `admit`, for a call that holds a slot for trial calls, or holds none; nothing where it
    /// needs one first.
    [[nodiscard]] std::optional<expected<Grant, Rejection>> admit_with(bool has_slot) {
        for (;;) {
            std::unique_lock lock{mutex_};
            const State state = state_;
            const std::uint64_t period = period_;
            switch (row_of(state).admitting) {
                case Admitting::always: lock.unlock(); return granted(period, false);
                case Admitting::never: return unexpected{Rejection{state}};
                case Admitting::after_wait: {
                    const auto now = environment_.now();
                    if (now < deadline_) {
                        return unexpected{Rejection{state, time_left(now)}};
                    }
                    enter(State::half_open, Reason::wait_over, now);
                    lock.unlock();
                    deliver();
                    break;  // the call is handled by the state that it finds now
                }
                case Admitting::by_permit: {
                    if (!has_slot) {
                        return std::nullopt;
                    }
                    const auto since = half_open_since_;
                    lock.unlock();
                    // Another thread may have entered the state after this one read the clock.
                    const auto elapsed =
                        std::max(environment_.now() - since, std::chrono::nanoseconds::zero());
                    if (permit_(elapsed, environment_.uniform())) {
                        return granted(period, true);
                    }
                    return unexpected{Rejection{state}};
                }
            }
        }
    }

    /// The outcome of a granted call. It counts only in the period that granted the call.
    void settle(const Grant& grant, bool success) noexcept {
        Record record{.success = success};
        if constexpr (reads_clock) {
            record.at = environment_.now();
        }
        if constexpr (times_calls) {
            record.duration = record.at - grant.started;
        }
        Transition transition = Transition::none;
        guarded([&] { transition = settle_locked(grant.period, record); },
                [&] { listeners_.report("a window, a tripper or a retry"); });
        follow(transition);
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
        return {state_, changed_at_, reopens_, to_metrics(metric())};
    }

    /// Leave to tell the listeners, which one at a time has: until nothing is left to be told, or
    /// it gives up. What it was about to tell then counts as told; the next one goes on behind it.
    class Telling {
    public:
        explicit Telling(Core& core) noexcept : core_{core} {
            const std::lock_guard lock{core_.mutex_};
            has_leave_ = !std::exchange(core_.telling_, true);
        }
        ~Telling() {
            if (has_leave_) {
                const std::lock_guard lock{core_.mutex_};
                core_.telling_ = false;
            }
        }
        Telling(const Telling&) = delete;
        Telling& operator=(const Telling&) = delete;

        /// Goes to the next listener and signal; whether there are any.
        bool next() noexcept {
            if (!has_leave_) {
                return false;
            }
            const std::lock_guard lock{core_.mutex_};
            if (core_.told_ != 0 && core_.told_ == core_.listeners_.size()) {
                core_.signals_.pop_front();
                core_.told_ = 0;
            }
            if (core_.signals_.empty()) {
                core_.has_untold_.store(false, std::memory_order_relaxed);
                core_.telling_ = false;
                has_leave_ = false;
                return false;
            }
            // Stays where it is, whatever is pushed behind it.
            signal_ = &core_.signals_.front();
            listener_ = core_.told_++;
            return true;
        }

        [[nodiscard]] std::size_t listener() const noexcept { return listener_; }
        [[nodiscard]] const Signal& signal() const noexcept { return *signal_; }

    private:
        Core& core_;
        bool has_leave_;
        std::size_t listener_ = 0;
        const Signal* signal_ = nullptr;
    };

    /// Whether somebody is to tell the listeners, if nobody does so already.
    [[nodiscard]] bool has_untold() const noexcept {
        return has_untold_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] const Listeners& listeners() const noexcept { return listeners_; }
    [[nodiscard]] Waiters& waiters() noexcept { return waiters_; }

private:
    enum class Transition : std::uint8_t { none, made, ended_half_open };

    using WindowRecorder =
        decltype(make_recorder(std::declval<Window>(), std::declval<const Tripper&>()));
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr bool times_calls = WindowRecorder::uses_durations;
    static constexpr bool reads_clock = times_calls || WindowRecorder::uses_time;
    static constexpr bool forgets_with_time =
        requires(WindowRecorder& recorder, TimePoint now) { recorder.advance(now); };

    [[nodiscard]] Grant granted(std::uint64_t period, bool trial) {
        if constexpr (times_calls) {
            return {period, environment_.now(), trial};
        } else {
            return {period, {}, trial};
        }
    }

    /// What is left of the wait; empty where it never ends.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> time_left(TimePoint now) const noexcept {
        if (deadline_ == TimePoint::max()) {
            return std::nullopt;
        }
        return deadline_ - now;
    }

    /// Records an outcome and draws the consequence.
    Transition settle_locked(std::uint64_t period, const Record& record) {
        const std::lock_guard lock{mutex_};
        const Settling settling = row_of(state_).settling;
        if (period != period_ || settling == Settling::ignores) {
            return Transition::none;
        }
        recorder_.record(record);
        if (record.success) {
            streak_ = 0;
        } else if (streak_ != std::numeric_limits<std::uint64_t>::max()) {
            ++streak_;
        }
        if (settling == Settling::records) {
            return Transition::none;
        }

        const auto recorded = recorder_.metric();
        const bool trips = tripper_(CallContext{recorded, state_, streak_});
        if (settling == Settling::may_open ? trips : trips && !record.success) {
            return enter(State::open, Reason::tripped, environment_.now());
        }
        if (settling == Settling::may_open_or_close && !trips && record.success) {
            return enter(State::closed, Reason::recovered, environment_.now());
        }
        return Transition::none;
    }

    /// Begins a new period: the one place where the state changes. Under the lock.
    Transition enter(State next, Reason reason, TimePoint now) {
        const auto wall_clock = environment_.wall_clock();
        const std::uint32_t reopens = reopens_after(next);
        const TimePoint deadline = next == State::open ? after(now, reopens) : TimePoint{};
        if (!listeners_.empty()) {
            signals_.push_back({state_, next, wall_clock, reason, to_metrics(metric_at(now))});
            has_untold_.store(true, std::memory_order_relaxed);
        }

        // Nothing throws from here on.
        const Transition transition =
            state_ == State::half_open ? Transition::ended_half_open : Transition::made;
        state_ = next;
        ++period_;
        changed_at_ = wall_clock;
        reopens_ = reopens;
        deadline_ = deadline;
        half_open_since_ = now;
        if (next == State::half_open || next == State::closed) {
            streak_ = 0;
        }
        recorder_.reset();
        return transition;
    }

    /// What a transition means for others. Without the lock.
    void follow(Transition transition) noexcept {
        if (transition == Transition::ended_half_open) {
            waiters_.wake_all();
        }
        if (transition != Transition::none) {
            deliver();
        }
    }

    [[nodiscard]] std::uint32_t reopens_after(State next) const noexcept {
        if (next == State::closed) {
            return 0;
        }
        const bool reopens = state_ == State::half_open && next == State::open;
        const bool more = reopens && reopens_ != std::numeric_limits<std::uint32_t>::max();
        return more ? reopens_ + 1 : reopens_;
    }

    /// When an opening of now ends; the end of time where that is beyond it.
    [[nodiscard]] TimePoint after(TimePoint now, std::uint32_t reopens) {
        const std::chrono::nanoseconds wait = retry_.wait(reopens, environment_.uniform());
        if (wait <= std::chrono::nanoseconds::zero()) {
            return now;
        }
        return wait < TimePoint::max() - now ? now + wait : TimePoint::max();
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
    void deliver() noexcept {
        if constexpr (!Listeners::are_awaited) {
            Telling telling{*this};
            while (telling.next()) {
                listeners_.tell(telling.listener(), telling.signal());
            }
        }
    }

    [[no_unique_address]] Environment environment_;
    [[no_unique_address]] Tripper tripper_;
    [[no_unique_address]] Retry retry_;
    [[no_unique_address]] Permit permit_;
    const Listeners listeners_;

    // All below is guarded by the mutex.
    [[no_unique_address]] mutable typename Environment::Mutex mutex_;
    State state_ = State::closed;
    /// Whether somebody is telling the listeners; he alone does, until he finds no more signals.
    bool telling_ = false;
    /// Whether there are signals. Written under the mutex; read without it too, as a hint that
    /// needs no order, for who acts on it takes the mutex first.
    std::atomic<bool> has_untold_{false};
    std::uint32_t reopens_ = 0;
    /// The number of the period: it grows with each transition and does not come round.
    std::uint64_t period_ = 0;
    std::uint64_t streak_ = 0;
    /// Mutable, since to look at a window of time makes it forget what has left it.
    mutable WindowRecorder recorder_;
    std::chrono::system_clock::time_point changed_at_;
    /// In open, when the wait ends; the end of time where it never does.
    TimePoint deadline_{};
    /// In half-open, when that began.
    TimePoint half_open_since_{};
    /// Transitions that the listeners are yet to be told of, oldest first.
    std::list<Signal> signals_;
    /// How many listeners were told of the first of them.
    std::size_t told_ = 0;

    /// Guards itself.
    [[no_unique_address]] Waiters waiters_;
};

}  // namespace fluxgate::detail
