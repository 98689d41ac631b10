// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/admission.hpp>
#include <fluxgate/detail/machine/cheap_clock.hpp>
#include <fluxgate/detail/machine/identity.hpp>
#include <fluxgate/detail/machine/ledger.hpp>
#include <fluxgate/detail/machine/outage.hpp>
#include <fluxgate/detail/machine/overdue_ring.hpp>
#include <fluxgate/detail/machine/padding.hpp>
#include <fluxgate/detail/machine/pending_successes.hpp>
#include <fluxgate/detail/machine/period.hpp>
#include <fluxgate/detail/machine/registration.hpp>
#include <fluxgate/detail/machine/signals.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/machine/tally.hpp>
#include <fluxgate/detail/machine/time_point.hpp>
#include <fluxgate/detail/machine/totals_bank.hpp>
#include <fluxgate/detail/machine/trial_book.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/nothing.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/recording/call_log.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/errors.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/strand_mutex.hpp>
#include <fluxgate/subscription.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/trial_limits.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

// The machine under every breaker: a grant for each call that may run, and what its outcome does.
// It knows neither functions nor results nor exceptions.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Has a breaker's policies be exchangeable: a part of its `BreakerOptions`, beside which all others
/// are.
struct Changeable {};

/// What the arguments of such a breaker say of the parts that others name in their type.
struct OptionalParts {
    std::optional<Overdue> overdue{};
    bool has_totals = false;
};

/// The state of a breaker and all that moves it.
///
/// Thread-safe where the environment is. Its lock is held for short sections, which are functions
/// given to the StrandMutex; in them windows, trippers, retries and the `admits` and `judge` of
/// permits are called, and neither listeners nor anything of the caller's.
///
/// An outcome takes the first of three ways that fits, and all three are exact:
///
/// 1. The word says that the circuit is *clean*: the window is full of quick successes, and the
///    tripper, asked about that, said no. One more quick success finds all that as it leaves it, so
///    there is nothing to write. It takes effect where the word is read.
/// 2. The successes *pending* have a stamp of this period: the tripper said no, and goes on to say
///    no while only quick successes come into the newest bucket. One more is added to them by a
///    compare-and-swap, which is where it takes effect. If it succeeds, the stamp was there, hence
///    the period too.
/// 3. Under the lock. An outcome first takes the pending successes and their stamp away, so that
///    those that come now wait for the lock; then it is recorded, the tripper is asked, and what
///    that means is put into the word and the stamp.
///
/// Where policies may be exchanged (`Changeable`), what they need of a call is in the word. An
/// exchange takes two periods: between them what is read without the lock is changed, and nobody
/// takes the first or the second way. An outcome that finds another period than it read is judged
/// anew under the lock; it counts where its call began in the same state.
template <WindowPolicy Window, TripperPolicy Tripper, RetryPolicy Retry, PermitPolicy Permit,
          EnvironmentPolicy Environment, class Listening = Listeners<>, class Waiters = NoWaiters,
          class Options = BreakerOptions<>>
class Core {
    using Ledger = detail::Ledger<Window, Tripper>;
    using Strand = StrandMutex<typename Environment::Mutex>;
    using Outage = std::conditional_t<WaitsByContext<Retry>, detail::Outage, NoOutage>;
    static constexpr bool times_calls = Ledger::uses_durations;
    /// True if calls may be overdue.
    static constexpr bool watches = Options::template have<Overdue>;
    static constexpr bool has_leases = LeasesTrials<Permit> || watches;
    /// True if account is kept of the trials under way.
    static constexpr bool tracks_trials = AdmitsTrials<Permit> || JudgesTrials<Permit> ||
                                          has_leases || Options::template have<MaxHalfOpenCalls>;
    /// True if everything is counted.
    static constexpr bool has_totals = Options::template have<Totals>;
    /// True if calls are taken down.
    static constexpr bool records = Options::template have<Recorder>;
    /// True if calls are to be timed.
    static constexpr bool needs_duration = times_calls || records;
    /// True if the policies may be exchanged. Then those above say what may be, and the word of a
    /// period says what is.
    static constexpr bool is_changeable = Options::template have<Changeable>;
    static constexpr bool counts_slow = has_totals && times_calls;
    static constexpr bool is_shared = !std::same_as<typename Environment::Mutex, NoMutex>;

public:
    using Admission = std::conditional_t<tracks_trials, TrackedAdmission, detail::Admission>;
    using Grant = detail::Grant<needs_duration || watches, tracks_trials>;
    using Slot = typename Waiters::Slot;
    using Listeners = Listening;
    using Unwinding = typename Environment::unwinding;
    using Delivery = typename SignalQueue<Listening>::template Delivery<Strand>;
    /// What tells when a call is overdue: an `Overdue`, where the options have it. Where policies may
    /// be exchanged, which parts there are.
    using Threshold = std::conditional_t<is_changeable, OptionalParts,
                                         std::conditional_t<watches, Overdue, NoOverdue>>;

    /// Policies that take the place of others.
    struct Change {
        Window window;
        Tripper tripper;
        Retry retry;
        Permit permit;
        std::optional<Overdue> overdue;
    };

    /// Begins with a circuit that is closed, or as it was saved. Throws `std::invalid_argument` where
    /// that cannot be.
    Core(Window window, Tripper tripper, Retry retry, Permit permit, Environment environment,
         Listeners listeners, Identity identity, Threshold threshold, const TrialLimits& limits,
         const std::shared_ptr<CallLog>& log, const Snapshot* restored)
        : environment_{std::move(environment)},
          permit_{std::move(permit)},
          tally_{least_threshold(tripper)},
          signals_{std::move(listeners), std::move(identity)},
          ledger_{std::move(window), std::move(tripper)},
          retry_{std::move(retry)},
          changed_at_{environment_.wall_clock()},
          outage_{WaitsByContext<Retry> ? environment_.now() : TimePoint{}},
          trials_{limits.trial_count},
          overdue_{make_ring(threshold)},
          recording_{make_recording(log)},
          waiters_{limits} {
        if constexpr (watches) {
            if (has_ring()) {
                overdue_->restart(period_.word().period());
            }
        }
        if constexpr (is_changeable) {
            if (threshold.has_totals) {
                tally_.start(ledger_.recorder().shortest_threshold());
            }
            change_needs(needs_of(ledger_.recorder(), has_ring()));
        }
        if (restored != nullptr) {
            restore(*restored);
        }
        static constexpr BreakerOperations operations{&info_of, &command_of};
        signals_.enter_registry(this, operations);
    }

    ~Core() {
        signals_.leave_registry([this] { return snapshot(); });
    }

    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// Returns whether a call may run now. Turns an open circuit half-open when its wait is over.
    /// `has_slot` says whether the call holds a slot for trial calls, or needs none.
    ///
    /// Throws what the permit throws, and `std::bad_alloc` where a signal cannot be kept; the
    /// circuit is then as before.
    [[nodiscard]] Admission admit(bool has_slot = true) {
        const Word word = period_.look();
        if (word.admits_always()) [[likely]] {
            if (!is_watched(word)) {
                return answer(word, Decision::granted);
            }
            if constexpr (watches && !is_changeable) {
                const Admission admission = try_watched(word);
                if (admission.ticket != 0) [[likely]] {
                    return admission;
                }
            }
        }
        if constexpr (is_changeable) {
            return admit_changeable(word, has_slot);
        } else {
            return admit_slowly(word, has_slot);
        }
    }

    /// Turns an open circuit half-open when its wait is over, as the next call would.
    void end_wait_if_over() {
        const Word word = period_.look();
        if (row_of(word.state()).admitting == Admitting::after_wait &&
            !is_before(environment_, period_.end_of_wait())) {
            end_wait();
        }
    }

    /// Begins a call that was granted.
    [[nodiscard]] Grant begin(const Admission& admission) {
        Grant grant{};
        grant.word = admission.word;
        if constexpr (is_changeable) {
            if (admission.ticket != 0) {
                grant.started = admission.began;
            } else if (admission.word.is_timed()) {
                grant.started = environment_.now();
            }
        } else if constexpr (watches) {
            grant.started = admission.began;
        } else if constexpr (needs_duration) {
            grant.started = environment_.now();
        }
        if constexpr (tracks_trials) {
            grant.ticket = admission.ticket;
        }
        return grant;
    }

    /// Does the same for one that holds a slot. Takes the slot where it can be taken from a trial
    /// that does not come back; else leaves it to the call, until that is settled.
    [[nodiscard]] Grant begin(const Admission& admission, [[maybe_unused]] Slot& slot) {
        if constexpr (tracks_trials) {
            // The ticket of another call is no number of a trial.
            if (admission.is_trial()) {
                strand_.run([&] { trials_.keep(admission.ticket, slot); });
            }
        }
        return begin(admission);
    }

    /// Adds a listener to those that came with the breaker. Throws `std::bad_alloc`.
    template <class F>
    Subscription listen(F function) {
        return signals_.listen(strand_, std::move(function));
    }

    /// Rejects a call for good. Returns why it was rejected, as of now.
    [[nodiscard]] Rejection reject(const detail::Admission& admission) noexcept {
        count_rejection();
        Rejection rejection{admission.word.state(), std::nullopt, signals_.name()};
        if (row_of(rejection.state).admitting == Admitting::after_wait) {
            const TimePoint end = period_.end_of_wait();
            if (end != (TimePoint::max)()) {
                rejection.retry_after =
                    (std::max)(time_between(environment_.now(), end), std::chrono::nanoseconds{1});
            }
        }
        return rejection;
    }

    /// Does the same where nobody asks why.
    void count_rejection() noexcept { tally_.count(Counted::rejected); }

    /// Settles a granted call by its outcome, which counts only in the period that granted it.
    /// Throws nothing but what unwinds a listener.
    FLUXGATE_ALWAYS_INLINE void settle(const Grant& grant, bool success) {
        if constexpr (is_changeable) {
            // As below. A call without a ticket is neither a trial nor watched.
            const bool is_plain = success && grant.ticket == 0;
            if (is_plain && period_.look().is_clean_without_needs()) [[likely]] {
                return;
            }
            settle_changeable(grant.word, grant.started, grant.ticket, success);
        } else {
            settle_fixed(grant, success);
        }
    }

    /// Ends a granted call without an outcome: the place that it has among trials is free.
    FLUXGATE_ALWAYS_INLINE void abandon([[maybe_unused]] const Grant& grant) noexcept {
        if constexpr (is_changeable) {
            abandon_changeable(grant.word, grant.started, grant.ticket);
        } else {
            abandon_fixed(grant);
        }
    }

    /// Exchanges the policies. State, wait, reopens, streak, score and totals go on, and so do calls
    /// and trials under way, and the window where it is the same and has kept all that the new
    /// policies want of it; the tripper is asked at the next outcome. Calls `also` under the lock;
    /// it does not throw. Throws `std::bad_alloc`; nothing has changed then.
    template <class Also>
    void exchange(Change change, Also also)
        requires is_changeable
    {
        RingHolder fresh = change.overdue ? make_ring_of(*change.overdue) : nullptr;
        strand_.run([&] { exchange_locked(change, fresh, also); });
    }

    /// Enters the state by an operator's command, also where it is in it already. `wait` is how
    /// long it is to be open, where that is the state.
    ///
    /// Throws `std::bad_alloc` where the signal cannot be kept; the circuit is then as before.
    void command(State state, std::optional<std::chrono::nanoseconds> wait = std::nullopt) {
        follow(
            strand_.run([&] { return enter(state, Reason::command, environment_.now(), wait); }));
    }

    /// Returns one consistent snapshot. Throws `std::bad_alloc`.
    [[nodiscard]] CircuitBreakerInfo info() {
        look();
        return snapshot();
    }

    /// Returns what is worth keeping over a restart. Throws `std::bad_alloc`.
    [[nodiscard]] Snapshot save() {
        look();
        return strand_.run([this] {
            fold();
            const TimePoint now = environment_.now();
            Snapshot saved;
            saved.state = period_.word().state();
            saved.saved_at = environment_.wall_clock();
            saved.changed_at = changed_at_;
            saved.wait_left = rest_of_wait();
            saved.reopens = reopens_;
            saved.streak = ledger_.streak();
            saved.score = ledger_.score();
            saved.last_reason = last_reason_;
            if (const auto duration = outage_.duration(period_.row(), now)) {
                saved.outage_began_at =
                    saved.saved_at -
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(*duration);
                saved.calls_per_second = outage_.calls_per_second();
            }
            if constexpr (has_totals) {
                saved.totals = tally_.totals();
            }
            return saved;
        });
    }

    /// Returns whether the circuit is in the state that its tripper guards.
    [[nodiscard]] bool is_closed() const noexcept {
        return row_of(period_.look().state()).settling == Settling::may_trip;
    }

    /// Returns `look()`, under the lock.
    template <class F>
    [[nodiscard]] auto look_locked(F look) {
        return strand_.run(std::move(look));
    }

    /// Has uses of the breaker through its registry, where it is in one, share in what owns it.
    void share_owner(const std::shared_ptr<void>& owner) { signals_.share_owner(owner); }

    /// Gives up the name in its registry, where it is in one, so that another breaker may have it.
    void give_up_name() noexcept { signals_.give_up_name(); }

    [[nodiscard]] const SignalQueue<Listening>& signal_queue() const noexcept { return signals_; }
    [[nodiscard]] Delivery delivery() { return Delivery{signals_, strand_}; }
    [[nodiscard]] Waiters& waiters() noexcept { return waiters_; }

private:
    /// Returns what `info` does, once it has looked.
    [[nodiscard]] CircuitBreakerInfo snapshot() {
        return strand_.run([this] {
            [[maybe_unused]] const Pending taken = fold();
            CircuitBreakerInfo info{period_.word().state(), changed_at_, reopens_,
                                    to_metrics(metric()), signals_.name()};
            info.last_reason = last_reason_;
            info.retry_after = rest_of_wait();
            if constexpr (has_totals) {
                info.totals = tally_.totals();
            }
            if constexpr (can_defer) {
                if (!ledger_.forgets()) {
                    // Looking has changed nothing that made deferring right.
                    pending_.restore(taken);
                }
            }
            return info;
        });
    }

    /// Begins as the circuit was saved. At construction.
    void restore(const Snapshot& saved) {
        check_snapshot(saved);
        const auto wall_clock = environment_.wall_clock();
        if (time_between(wall_clock, saved.saved_at) > std::chrono::minutes{1}) {
            throw_invalid("Restored's snapshot", "saved more than a minute after it",
                          "saved before the time of the system clock");
        }
        const TimePoint now = environment_.now();
        TimePoint end_of_wait = (TimePoint::max)();
        if (saved.wait_left) {
            const std::chrono::nanoseconds since = time_between(saved.saved_at, wall_clock);
            end_of_wait = after(now, *saved.wait_left - (std::min)(since, *saved.wait_left));
        }
        changed_at_ = saved.changed_at;
        last_reason_ = saved.last_reason;
        reopens_ = saved.reopens;
        ledger_.go_on_from(saved.streak, saved.score);
        if (saved.outage_began_at) {
            outage_ = Outage::going_on(now, time_between(*saved.outage_began_at, wall_clock),
                                       saved.calls_per_second);
        }
        if (saved.totals) {
            tally_.go_on_from(*saved.totals);
        }
        signals_.note_state(is_outage(row_of(saved.state)));
        begin_period(saved.state, now, end_of_wait);
    }

    /// Begins a period, of which alone outcomes count from now on.
    void begin_period(State next, TimePoint now, TimePoint end_of_wait) noexcept {
        if constexpr (watches) {
            if (has_ring()) {
                overdue_->restart(period_.word().period() + 1);
            }
        }
        if constexpr (is_changeable) {
            change_.counts_from = period_.word().period() + 1;
        }
        period_.begin(next, now, end_of_wait);
    }

    // For a registry, which does not know the type.

    [[nodiscard]] static CircuitBreakerInfo info_of(void* core) {
        return static_cast<Core*>(core)->info();
    }
    static void command_of(void* core, State state, std::optional<std::chrono::nanoseconds> wait) {
        static_cast<Core*>(core)->command(state, wait);
    }

    enum class Transition : std::uint8_t { none, made, ended_trials };

    /// A grant as it is passed to functions that are not inlined: by value where registers take it.
    using GrantParameter =
        std::conditional_t<sizeof(Grant) <= 2 * sizeof(void*), const Grant, const Grant&>;
    /// Without a lock to avoid, recording at once is cheaper than any atomic addition.
    static constexpr bool can_defer = Ledger::can_defer && is_shared;
    using Pendings = std::conditional_t<can_defer, PendingSuccesses<Ledger::uses_time>, Nothing>;

    /// Returns the duration from which on a call is slow; the longest one where none is named.
    [[nodiscard]] static std::chrono::nanoseconds least_threshold(
        [[maybe_unused]] const Tripper& tripper) {
        auto least = (std::chrono::nanoseconds::max)();
        if constexpr (counts_slow && !is_changeable) {
            for (const std::chrono::nanoseconds threshold : tripper.slow_thresholds()) {
                least = (std::min)(least, threshold);
            }
        }
        return least;
    }

    struct NoTrials {
        explicit NoTrials(std::uint32_t) noexcept {}
    };
    /// The trials, and how many may be under way at once.
    struct Trials : TrialBook<Slot> {
        explicit Trials(std::uint32_t limit) noexcept : most{limit} {}
        std::uint32_t most;
    };

    /// What is to be known of calls that began before the latest exchange of policies.
    struct Exchanged {
        /// The period in which this state began: outcomes of calls that began before it do not
        /// count.
        std::uint64_t counts_from = 0;
        /// When calls were last begun to be timed: those that began before are taken to begin then.
        TimePoint timed_since{};
        /// The period since which calls are overdue by the threshold that there is.
        std::uint64_t watched_since = 0;
    };
    struct NotExchanged {};

    struct NoRecording {};
    using RecordingIfAny = std::conditional_t<records, Recording, NoRecording>;

    /// Joins the log, which may be null, where calls may be taken down.
    [[nodiscard]] RecordingIfAny make_recording(
        [[maybe_unused]] const std::shared_ptr<CallLog>& log) {
        if constexpr (records) {
            if (log != nullptr) {
                return {log, !signals_.name().empty(), environment_.now(), changed_at_};
            }
        }
        return {};
    }

    using Tally = tally_t<has_totals, is_changeable, typename Environment::Mutex>;
    using Ring = OverdueRing<is_shared, is_changeable>;
    struct NoRing {};
    using RingHolder = std::conditional_t<watches, std::unique_ptr<Ring>, NoRing>;

    /// Makes the ring of calls that may be overdue; none where there is no threshold.
    [[nodiscard]] static RingHolder make_ring([[maybe_unused]] const Threshold& threshold) {
        if constexpr (is_changeable) {
            return threshold.overdue ? make_ring_of(*threshold.overdue) : nullptr;
        } else if constexpr (watches) {
            return make_ring_of(threshold);
        } else {
            return {};
        }
    }
    [[nodiscard]] static std::unique_ptr<Ring> make_ring_of(Overdue overdue) {
        return std::make_unique<Ring>(overdue.threshold(), error_of_watch(overdue.threshold()));
    }

    /// Returns how far the clock of calls that may be overdue may be behind.
    [[nodiscard]] static std::chrono::nanoseconds error_of_watch(
        [[maybe_unused]] std::chrono::nanoseconds threshold) noexcept {
        if constexpr (may_watch_coarsely) {
            if (Ring::bears(threshold, Environment::coarse_error)) {
                return Environment::coarse_error;
            }
        }
        return {};
    }

    /// True if the coarse clock may say when a call begins and ends, where it bears that.
    static constexpr bool may_watch_coarsely =
        (!needs_duration || is_changeable) && HasCoarseClock<Environment>;

    /// Returns the time by the clock of calls that may be overdue, which find this word.
    [[nodiscard]] TimePoint watch([[maybe_unused]] Word word) {
        if constexpr (may_watch_coarsely) {
            if (!is_timed(word) && overdue_->bears_error()) [[likely]] {
                return environment_.coarse_now();
            }
        }
        return environment_.now();
    }

    /// Returns whether calls can be watched.
    [[nodiscard]] bool has_ring() const noexcept {
        if constexpr (is_changeable) {
            return overdue_ != nullptr;
        } else {
            return watches;
        }
    }

    // What calls have to do that find this word.

    [[nodiscard]] static constexpr bool is_timed([[maybe_unused]] Word word) noexcept {
        if constexpr (is_changeable) {
            return word.is_timed();
        } else {
            return times_calls;
        }
    }
    [[nodiscard]] static constexpr bool is_watched([[maybe_unused]] Word word) noexcept {
        if constexpr (is_changeable) {
            return word.is_watched();
        } else {
            return watches;
        }
    }

    /// Counts out a call that may be overdue. Returns false where it was taken for that, or its
    /// period is over.
    [[nodiscard]] bool end_watched(const Grant& grant) noexcept {
        if (overdue_->end(mark_of(grant))) [[likely]] {
            return true;
        }
        if constexpr (is_changeable) {
            return strand_.run([&] { return overdue_->end_past(mark_of(grant)); });
        } else {
            return false;
        }
    }

    [[nodiscard]] static typename Ring::Mark mark_of(const Grant& grant) noexcept {
        return static_cast<typename Ring::Mark>(grant.ticket);
    }

    /// Returns whether a call that was granted is a trial: it is, where not every call is granted.
    [[nodiscard]] static bool is_trial(const Grant& grant) noexcept {
        return !grant.word.admits_always();
    }

    /// Grants a call that may be overdue, which found a state that grants every call. Without a
    /// ticket where that needs the lock.
    [[nodiscard]] Admission try_watched(Word word) {
        Admission admission = answer(word, Decision::granted);
        admission.began = watch(word);
        admission.ticket = overdue_->begin(word.period(), admission.began);
        return admission;
    }

    /// Answers what is not answered by a look at the word.
    [[nodiscard]] FLUXGATE_NOINLINE Admission admit_changeable(Word word, bool has_slot)
        requires is_changeable
    {
        if (word.admits_always()) {
            const Admission admission = try_watched(word);
            if (admission.ticket != 0) [[likely]] {
                return admission;
            }
        }
        return admit_slowly(word, has_slot);
    }

    /// Answers what is not answered by a look at the word, and what is not granted without the lock.
    [[nodiscard]] FLUXGATE_NOINLINE Admission admit_slowly(Word word, bool has_slot) {
        for (;;) {
            switch (row_of(word.state()).admitting) {
                case Admitting::always: {
                    if (const std::optional<Admission> admission = grant_always(word)) {
                        return *admission;
                    }
                    break;
                }
                case Admitting::never: return answer(word, Decision::rejected);
                case Admitting::after_wait: {
                    const TimePoint end = period_.end_of_wait();
                    if (!is_before(environment_, end)) {
                        end_wait();
                    } else if (period_.is_current(word)) {
                        return answer(word, Decision::rejected);
                    }
                    break;  // the call is handled by the state that it finds now
                }
                case Admitting::by_permit: {
                    look();  // before the call may have to wait for a slot that hangs
                    if (!AdmitsTrials<Permit> && !has_slot) {
                        return answer(word, Decision::needs_slot);
                    }
                    if (const std::optional<Admission> admission = try_trial(word)) {
                        return *admission;
                    }
                    break;
                }
            }
            word = period_.look();
        }
    }

    [[nodiscard]] static Admission answer(Word word, Decision decision) noexcept {
        Admission admission{};
        admission.word = word;
        admission.decision = decision;
        return admission;
    }

    /// Grants a call that found a state which grants every call, and counts it in where it may be
    /// overdue. Empty if the state may be another one by now.
    [[nodiscard]] std::optional<Admission> grant_always(Word word) {
        if constexpr (watches) {
            if (is_watched(word)) {
                return grant_watched(word);
            }
        }
        return answer(word, Decision::granted);
    }

    /// Does the same where the call may be overdue.
    [[nodiscard]] std::optional<Admission> grant_watched(Word word) {
        if (row_of(word.state()).settling == Settling::ignores) {
            Admission admission = answer(word, Decision::granted);
            if constexpr (counts_slow || records) {
                admission.began = watch(word);
            }
            return admission;
        }
        look();
        return strand_.run([&]() -> std::optional<Admission> {
            if (is_over(word)) {
                return std::nullopt;
            }
            Admission admission = answer(word, Decision::granted);
            admission.began = watch(word);
            overdue_->prepare(word.period(), admission.began);
            admission.ticket = overdue_->begin(word.period(), admission.began);
            return admission.ticket != 0 ? std::optional{admission} : std::nullopt;
        });
    }

    /// Asks whether a call that found a half-open circuit is tried. Empty if its half-open is over.
    [[nodiscard]] std::optional<Admission> try_trial(Word word) {
        if constexpr (!AdmitsTrials<Permit>) {
            const TimePoint start = period_.start_of_trials();
            if (!period_.is_current(word)) {
                return std::nullopt;
            }
            const auto elapsed = time_between(start, environment_.now());
            const bool permitted = permit_(elapsed, environment_.uniform());
            if constexpr (!tracks_trials) {
                return answer(word, permitted ? Decision::granted : Decision::rejected);
            } else if (!permitted) {
                return answer(word, Decision::rejected);
            }
        }
        if constexpr (tracks_trials) {
            return strand_.run([&] { return try_trial_locked(word); });
        }
    }

    /// Leaves the state whose wait is over, unless another thread was faster.
    void end_wait() {
        follow(strand_.run([this] {
            const TimePoint now = environment_.now();
            const StateRow& row = period_.row();
            if (row.admitting != Admitting::after_wait || now < period_.end_of_wait()) {
                return Transition::none;
            }
            return enter(row.next, Reason::wait_over, now);
        }));
    }

    /// Settles a call that may be overdue, unless it was taken for that, or its period is over.
    void settle_watched(const Grant& grant, bool success) {
        const Word word = period_.look();
        if (grant.ticket == 0) {  // of a state that ignores outcomes
            if constexpr (counts_slow) {
                tally_.count_duration(time_between(grant.started, watch(word)));
            }
            return;
        }
        const TimePoint now = watch(word);
        if constexpr (counts_slow) {
            tally_.count_duration(time_between(grant.started, now));
        }
        const bool counts = end_watched(grant);
        if (!counts || overdue_->is_due(now)) [[unlikely]] {
            look();
        }
        if (!counts) {
            return;
        }
        if constexpr (is_changeable) {
            if (word.period() == grant.word.period() && overdue_->is_late(grant.started, now)) {
                return settle_by_lock(grant, success, word, overdue_record(environment_.now()));
            }
        } else if (overdue_->is_late(grant.started, now)) [[unlikely]] {
            return settle_by_lock(grant.word.period(), overdue_record(environment_.now()));
        }
        if constexpr (Ledger::can_be_clean && !times_calls) {
            if (success && period_.look().is_clean()) {
                return;
            }
        }
        if constexpr (is_changeable) {
            settle_changed(grant, success, now);
        } else {
            settle_slowly(grant, success, now);
        }
    }

    [[nodiscard]] Record overdue_record(TimePoint now) const noexcept {
        return {.success = false, .duration = overdue_->threshold(), .at = now};
    }

    /// Does what `settle` does, where the policies are never exchanged.
    FLUXGATE_ALWAYS_INLINE void settle_fixed(const Grant& grant, bool success) {
        if constexpr (records) {
            if (recording_) {
                take_down(grant, success);
            }
        }
        if constexpr (has_totals) {
            if (success) {
                tally_.count(Counted::succeeded);
            } else {
                count_failure();
            }
        }
        if constexpr (tracks_trials) {
            if (is_trial(grant)) {
                return settle_trial(grant, success);
            }
        }
        if constexpr (watches) {
            return settle_watched(grant, success);
        }
        if constexpr (Ledger::can_be_clean && !times_calls) {
            // The success takes effect here, in a window that it leaves as it is. One of an older
            // period has no effect either.
            if (success && period_.look().is_clean()) [[likely]] {
                return;
            }
        }
        settle_slowly(grant, success);
    }

    /// Ends a granted call without an outcome.
    void abandon_fixed([[maybe_unused]] const Grant& grant) noexcept {
        if constexpr (has_totals) {
            count_neutral();
        }
        if constexpr (tracks_trials) {
            if (is_trial(grant)) {
                drop_trial(grant.ticket);
                return;
            }
        }
        if constexpr (watches) {
            if (grant.ticket != 0) {
                static_cast<void>(end_watched(grant));
            }
        }
    }

    // The next two take a grant in its parts, so that a healthy call keeps it in registers.

    /// Does what `abandon_fixed` does.
    FLUXGATE_NOINLINE void abandon_changeable(Word word, TimePoint started, Ticket ticket) noexcept
        requires is_changeable
    {
        abandon_fixed(Grant{word, started, ticket});
    }

    /// Does what `settle` does, where that is more than a look at the word.
    FLUXGATE_NOINLINE void settle_changeable(Word word, TimePoint started, Ticket ticket,
                                             bool success)
        requires is_changeable
    {
        const Grant grant{word, started, ticket};
        if (recording_) {
            take_down(grant, success);
        }
        tally_.count(success ? Counted::succeeded : Counted::failed);
        if (is_trial(grant)) {
            settle_trial(grant, success);
        } else if (grant.ticket != 0) {
            settle_watched(grant, success);
        } else {
            settle_changed(grant, success, {});
        }
    }

    /// Does what `settle_slowly` does by the policies that there are. `now` is the time by the clock
    /// of calls that may be overdue, where this is one.
    void settle_changed(const Grant& grant, bool success, TimePoint now)
        requires is_changeable
    {
        const Word word = period_.look();
        if (word.period() != grant.word.period()) {
            return settle_late(grant, success);
        }
        TimePoint at{};
        std::chrono::nanoseconds duration{};
        const bool is_watched = grant.ticket != 0;
        if (word.is_timed()) {
            at = is_watched ? now : environment_.now();
            duration = time_between(grant.started, at);
            if (!is_watched) {
                tally_.count_duration(duration);
            }
        } else if (ledger_.recorder().uses_buckets()) {
            at = is_watched ? time_in_bucket_of(now)
                            : time_in_bucket(environment_, ledger_.recorder());
        }
        if (success && ledger_.recorder().is_quick(duration)) {
            // What was read above is of the period of the word if that is still there.
            if (word.is_clean() ? period_.look() == word : defer(word.period(), at)) {
                return;
            }
        }
        if (row_of(word.state()).settling != Settling::ignores) {
            settle_by_lock(grant, success, word,
                           {.success = success, .duration = duration, .at = at});
        }
    }

    /// Settles a call that began in an earlier period, which may be one of other policies.
    FLUXGATE_NOINLINE void settle_late(const Grant& grant, bool success)
        requires is_changeable
    {
        Transition transition = Transition::none;
        guarded<Unwinding>(
            [&] {
                transition = strand_.run([&] {
                    const Record record = record_of(grant, success);
                    if (grant.ticket == 0) {
                        tally_.count_duration(record.duration);
                    }
                    return counts(grant) ? record_locked(record) : Transition::none;
                });
            },
            [&] { signals_.report("a window, a tripper, a permit or a retry"); });
        follow(transition);
    }

    /// Settles by the third way, by a record that was made for the period of `seen`.
    FLUXGATE_NOINLINE void settle_by_lock(const Grant& grant, bool success, Word seen,
                                          const Record& record)
        requires is_changeable
    {
        Transition transition = Transition::none;
        guarded<Unwinding>(
            [&] {
                transition = strand_.run([&] {
                    if (!counts(grant)) {
                        return Transition::none;
                    }
                    return record_locked(is_over(seen) ? record_of(grant, success) : record);
                });
            },
            [&] { signals_.report("a window, a tripper, a permit or a retry"); });
        follow(transition);
    }

    /// Returns a time in the bucket of now, by the time that the clock of calls that may be overdue
    /// has just said.
    [[nodiscard]] TimePoint time_in_bucket_of(TimePoint now) {
        if constexpr (may_watch_coarsely) {
            if (overdue_->bears_error()) {
                return time_in_bucket(environment_, ledger_.recorder(), now);
            }
        }
        return now;
    }

    /// Settles by the second and third way, and by the first where that needs the duration. `now`
    /// is the time by the clock of calls that may be overdue.
    FLUXGATE_NOINLINE void settle_slowly(GrantParameter grant, bool success,
                                         [[maybe_unused]] TimePoint now = {}) {
        const Word word = period_.look();
        const bool is_late = word.period() != grant.word.period();
        if (!counts_slow && is_late) {
            return;
        }
        // No Record yet: only the third way needs one in memory.
        TimePoint at{};
        std::chrono::nanoseconds duration{};
        if constexpr (times_calls && watches) {
            at = now;
            duration = time_between(grant.started, at);
        } else if constexpr (times_calls) {
            at = environment_.now();
            duration = time_between(grant.started, at);
        } else if constexpr (Ledger::uses_time && watches) {
            at = time_in_bucket_of(now);
        } else if constexpr (Ledger::uses_time) {
            at = time_in_bucket(environment_, ledger_.recorder());
        }
        if constexpr (counts_slow) {
            if constexpr (!watches) {
                tally_.count_duration(duration);
            }
            if (is_late) {
                return;
            }
        }
        if constexpr (Ledger::can_be_clean) {
            if (success && ledger_.recorder().is_quick(duration) &&
                (word.is_clean() || defer(word.period(), at))) {
                return;
            }
        }
        if (row_of(word.state()).settling != Settling::ignores) {
            settle_by_lock(word.period(), {.success = success, .duration = duration, .at = at});
        }
    }

    /// Settles by the third way.
    FLUXGATE_NOINLINE void settle_by_lock(std::uint64_t period, const Record& record) {
        Transition transition = Transition::none;
        guarded<Unwinding>(
            [&] { transition = strand_.run([&] { return settle_locked(period, record); }); },
            [&] { signals_.report("a window, a tripper or a retry"); });
        follow(transition);
    }

    /// Settles a trial of which account is kept, unless its lease or its half-open is over.
    FLUXGATE_NOINLINE void settle_trial(const Grant& grant, bool success) {
        if constexpr (counts_slow) {
            tally_.count_duration(time_between(grant.started, environment_.now()));
        }
        look();
        Transition transition = Transition::none;
        [[maybe_unused]] Slot slot;  // given back when all is done, and without the lock
        guarded<Unwinding>(
            [&] {
                transition = strand_.run([&] {
                    if (trials_.take(grant.ticket, slot) != Trials::Taken::of_now) {
                        return Transition::none;
                    }
                    Record record{.success = success, .at = environment_.now()};
                    if constexpr (times_calls) {
                        record.duration = time_between(grant.started, record.at);
                    }
                    return record_locked(record);
                });
            },
            [&] { signals_.report("a window, a tripper, a permit or a retry"); });
        follow(transition);
    }

    /// Takes down a call that was settled.
    FLUXGATE_NOINLINE void take_down(const Grant& grant, bool success) noexcept
        requires records
    {
        recording_.take_down(signals_.name(), grant.started, environment_.now(), success);
    }

    /// Counts a call that failed.
    FLUXGATE_NOINLINE void count_failure() noexcept { tally_.count(Counted::failed); }

    /// Counts a call that comes to no outcome.
    FLUXGATE_NOINLINE void count_neutral() noexcept { tally_.count(Counted::neutral); }

    /// Frees the place of a trial that comes to no outcome.
    FLUXGATE_NOINLINE void drop_trial(Ticket ticket) noexcept {
        [[maybe_unused]] Slot slot;
        strand_.run([&] { static_cast<void>(trials_.take(ticket, slot)); });
    }

    /// Counts as failures the calls that are overdue and the trials whose lease is over, whose
    /// places are free then.
    void look() {
        if constexpr (has_leases) {
            for (bool goes_on = true; goes_on;) {
                Transition transition = Transition::none;
                [[maybe_unused]] Slot slot;
                goes_on = false;
                guarded<Unwinding>(
                    [&] { transition = strand_.run([&] { return end_overdue(goes_on, slot); }); },
                    [&] { signals_.report("a window, a tripper, a permit or a retry"); });
                follow(transition);
            }
        }
    }

    /// Tries the second way: adds a quick success to the pending ones if they are armed for this
    /// period and bucket. Returns false if the third way must be taken.
    [[nodiscard]] bool defer([[maybe_unused]] std::uint64_t period,
                             [[maybe_unused]] TimePoint at) noexcept {
        if constexpr (can_defer) {
            const auto& recorder = ledger_.recorder();
            return pending_.try_add(period, recorder.bucket_of(at), recorder.most_deferred());
        } else {
            return false;
        }
    }

    // The rest, but for follow() and deliver(), is called under the lock.

    /// Returns whether a call that is settled now counts: it began in this state, which takes
    /// outcomes.
    [[nodiscard]] bool counts(const Grant& grant) const noexcept
        requires is_changeable
    {
        return grant.word.period() >= change_.counts_from &&
               period_.row().settling != Settling::ignores;
    }

    /// Returns what there is to record of a call that ends now, by the policies of now.
    [[nodiscard]] Record record_of(const Grant& grant, bool success)
        requires is_changeable
    {
        Record record{.success = success, .at = environment_.now()};
        const bool is_watched = grant.ticket != 0 && grant.word.period() >= change_.watched_since;
        if (is_watched && overdue_->is_late(grant.started, record.at)) {
            return overdue_record(record.at);
        }
        if (period_.word().is_timed()) {
            const bool was_timed = grant.ticket != 0 || grant.word.is_timed();
            record.duration =
                time_between(was_timed ? grant.started : change_.timed_since, record.at);
        }
        return record;
    }

    /// Returns what policies need of a call.
    [[nodiscard]] Word::Needs needs_of(const Window& window, bool is_watched) const noexcept
        requires is_changeable
    {
        const bool is_timed = window.times_calls() || static_cast<bool>(recording_);
        return {is_timed, is_watched, tally_.counts()};
    }

    template <class Also>
    void exchange_locked(Change& change, RingHolder& fresh, Also& also)
        requires is_changeable
    {
        const Word::Needs needs = needs_of(change.window, change.overdue.has_value());
        const Word old = period_.word();
        if (has_ring()) {
            overdue_->prepare_change();
        }
        const TimePoint now = environment_.now();

        // Nothing throws from here on. Those who see in the word that calls are watched find a ring.
        if (overdue_ == nullptr) {
            overdue_ = std::move(fresh);
        }
        change_needs(needs);
        fold();
        if (needs.is_timed && !old.is_timed()) {
            change_.timed_since = now;
        }
        tally_.set_slow_from(change.window.shortest_threshold());
        if (!ledger_.exchange(change.window, change.tripper)) {
            outage_.note_empty_window(now);
        }
        std::swap(retry_, change.retry);
        std::swap(permit_, change.permit);
        exchange_threshold(change.overdue, old);
        also();
        change_needs(needs);
    }

    /// Has calls be overdue by another threshold, or by none.
    void exchange_threshold(const std::optional<Overdue>& overdue, Word old) noexcept
        requires is_changeable
    {
        if (overdue_ == nullptr) {
            return;
        }
        const auto threshold = overdue ? overdue->threshold() : overdue_->threshold();
        const bool is_same =
            old.is_watched() == overdue.has_value() && threshold == overdue_->threshold();
        if (!is_same) {
            change_.watched_since = period_.word().period();
            overdue_->change(threshold, error_of_watch(threshold), change_.watched_since);
        }
    }

    /// Begins a period of calls that do what policies need.
    void change_needs(Word::Needs needs) noexcept
        requires is_changeable
    {
        period_.change_needs(needs);
        if (has_ring()) {
            overdue_->go_on(period_.word().period());
        }
    }

    /// Records an outcome and draws the consequence.
    Transition settle_locked(std::uint64_t period, const Record& record) {
        if (period != period_.word().period()) {
            return Transition::none;
        }
        return record_locked(record);
    }

    /// Does the same in a period that takes outcomes, whose own this is.
    Transition record_locked(const Record& record) {
        const StateRow& row = period_.row();
        fold();
        if constexpr (Ledger::can_be_clean) {
            // Before anything can throw: what is recorded here must be seen by the next outcome,
            // also where the tripper, the retry or the memory for a signal fails.
            period_.set_clean(false);
        }
        ledger_.record(record);
        if constexpr (tracks_trials) {
            if (row.settling == Settling::decides_trial) {
                typename Trials::Count count{trials_, record.success};
                const Transition transition = conclude(record, row);
                count.keep();
                return transition;
            }
        }
        return conclude(record, row);
    }

    /// Draws the consequence of the outcome that was recorded last in the state of this row.
    Transition conclude(const Record& record, const StateRow& row) {
        const Verdict decided = verdict(record, row);
        const typename SignalQueue<Listening>::Claim claim{signals_, decided == Verdict::trips};
        if (!claim) {
            return Transition::none;  // without a shortcut: the next outcome asks again
        }
        switch (decided) {
            case Verdict::trips: return enter(row.tripped, Reason::tripped, environment_.now());
            case Verdict::goes_on: return enter(row.next, Reason::recovered, environment_.now());
            case Verdict::stays: break;
        }
        if constexpr (has_totals) {
            if (row.settling == Settling::records && tally_.counts()) {
                const bool trips = ledger_.verdict(record, row_that_may_trip) == Verdict::trips;
                tally_.hear(trips);
                if (trips) {
                    return Transition::none;  // without a shortcut: the next no is to be heard
                }
            }
        }
        if constexpr (Ledger::can_be_clean) {
            if (row.settling != Settling::decides_trial) {
                offer_shortcuts(row);
            }
        }
        return Transition::none;
    }

    /// Says what the outcome that was recorded last means in the state of this row: the permit
    /// where it judges trials, else the tripper.
    [[nodiscard]] Verdict verdict(const Record& record, const StateRow& row) {
        if constexpr (JudgesTrials<Permit>) {
            if (row.settling == Settling::decides_trial && permit_judges()) {
                switch (permit_.judge(trial_context(environment_.now()), record.success)) {
                    case Judgement::undecided: return Verdict::stays;
                    case Judgement::closes: return Verdict::goes_on;
                    case Judgement::opens: return Verdict::trips;
                }
            }
        }
        return ledger_.verdict(record, row);
    }

    /// Returns whether the permit judges trials, where it may.
    [[nodiscard]] bool permit_judges() const noexcept {
        if constexpr (is_changeable) {
            return permit_.judges();
        } else {
            return true;
        }
    }

    [[nodiscard]] TrialContext trial_context(TimePoint now) {
        return {time_between(period_.start_of_trials(), now), environment_.uniform(),
                trials_.under_way(), trials_.succeeded(), trials_.failed()};
    }

    /// Admits a call to the trials of the period of `word`, or rejects it. Empty if that is over.
    /// Throws what the permit throws, and `std::bad_alloc`.
    [[nodiscard]] std::optional<Admission> try_trial_locked(Word word) {
        if (is_over(word)) {
            return std::nullopt;
        }
        const TimePoint now = environment_.now();
        bool admitted = trials_.all_under_way() < trials_.most;
        if constexpr (AdmitsTrials<Permit>) {
            admitted = admitted && permit_.admits(trial_context(now));
        }
        Admission admission = answer(word, admitted ? Decision::granted : Decision::rejected);
        if (admitted) {
            admission.ticket = trials_.begin(now);
            admission.began = now;
        }
        return admission;
    }

    [[nodiscard]] bool is_over(Word word) const noexcept {
        return word.period() != period_.word().period();
    }

    /// Returns how long a trial may take.
    [[nodiscard]] std::chrono::nanoseconds lease() const {
        auto lease = (std::chrono::nanoseconds::max)();
        if constexpr (LeasesTrials<Permit>) {
            lease = permit_.lease();
        }
        if constexpr (watches) {
            if (is_watched(period_.word())) {
                lease = (std::min)(lease, overdue_->threshold());
            }
        }
        return lease;
    }

    /// Ends a call that is overdue, or else the oldest trial if its lease is over, and says so; the
    /// trial failed, if it is of this half-open. Its slot goes to `slot`.
    Transition end_overdue(bool& ended, Slot& slot) {
        using Taken = typename Trials::Taken;
        const TimePoint now = environment_.now();
        if constexpr (watches) {
            ended = is_watched(period_.word()) && overdue_->take_overdue(now);
            if (ended) {
                return record_locked(overdue_record(now));
            }
        }
        const std::chrono::nanoseconds lease = this->lease();
        const Taken taken = trials_.take_overdue(now, lease, slot);
        ended = taken != Taken::none;
        return taken == Taken::of_now
                   ? record_locked({.success = false, .duration = lease, .at = now})
                   : Transition::none;
    }

    /// Publishes which way the next quick success may take. Requires: fold() in the same critical
    /// section; and, in states that ask the tripper, its answer no to the window as it is now.
    void offer_shortcuts([[maybe_unused]] const StateRow& row) noexcept {
        const bool is_clean = ledger_.is_clean();
        period_.set_clean(is_clean);
        if constexpr (can_defer) {
            // One that counts asks the tripper also where that cannot trip.
            const bool asks = row.settling != Settling::records || !tally_.counts();
            if (!is_clean && ledger_.can_wait(asks ? row : row_that_may_trip)) {
                pending_.arm(period_.word().period(), ledger_.recorder().newest_bucket());
            }
        }
    }

    /// Moves the pending successes into the window and disarms the second way, so that those that
    /// come now wait for the lock. Returns what was taken.
    Pending fold() noexcept {
        if constexpr (can_defer) {
            const Pending taken = pending_.take();
            ledger_.record_successes(taken.count());
            return taken;
        } else {
            return {};
        }
    }

    /// Begins a new period: the one place where the state changes. `told` is the wait of an opening
    /// that asks no retry, and counts as none.
    Transition enter(State next, Reason reason, TimePoint now,
                     std::optional<std::chrono::nanoseconds> told = std::nullopt) {
        fold();
        const State old = period_.word().state();
        const OnEntry& on_entry = row_of(next).on_entry;
        const auto wall_clock = environment_.wall_clock();
        const std::uint32_t reopens = told ? reopens_ : reopens_after(next);
        const Outage outage = outage_.after(row_of(old), row_of(next), now, ledger_);
        TimePoint end_of_wait{};
        if (on_entry.starts_wait) {
            const auto drawn = [&] {
                return outage.wait(retry_, reopens, environment_.uniform(), now);
            };
            end_of_wait = after(now, told ? *told : drawn());
        }
        if (signals_.has_listeners()) {
            signals_.push({old, next, wall_clock, reason, to_metrics(ledger_.metric_at(now))});
        }

        // Nothing throws from here on.
        changed_at_ = wall_clock;
        last_reason_ = reason;
        reopens_ = reopens;
        outage_ = outage;
        signals_.note_state(is_outage(row_of(next)));
        if constexpr (has_totals) {
            tally_.forget_answer();
            if (on_entry.starts_wait) {
                tally_.count_opening();
            }
        }
        if (on_entry.clears_streak) {
            ledger_.clear_streak();
        }
        ledger_.clear_window();
        if constexpr (tracks_trials) {
            trials_.end();
        }
        begin_period(next, now, end_of_wait);
        return row_of(old).admitting == Admitting::by_permit ? Transition::ended_trials
                                                             : Transition::made;
    }

    /// Returns how often the circuit has opened again, once it is in the state `next`.
    [[nodiscard]] std::uint32_t reopens_after(State next) const noexcept {
        const OnEntry& on_entry = row_of(next).on_entry;
        if (on_entry.clears_reopens) {
            return 0;
        }
        const bool reopens =
            period_.row().settling == Settling::decides_trial && on_entry.starts_wait;
        const bool more = reopens && reopens_ != (std::numeric_limits<std::uint32_t>::max)();
        return more ? reopens_ + 1 : reopens_;
    }

    /// Returns when a wait that begins now ends; the end of time if that is beyond it or the wait
    /// is for ever.
    [[nodiscard]] static TimePoint after(TimePoint now, std::chrono::nanoseconds wait) noexcept {
        if (wait <= std::chrono::nanoseconds::zero()) {
            return now;
        }
        const bool is_for_ever = wait == (std::chrono::nanoseconds::max)();
        return is_for_ever ? (TimePoint::max)() : time_after(now, wait);
    }

    /// Returns what the window holds now.
    [[nodiscard]] auto metric() {
        return ledger_.metric_at(Ledger::forgets_with_time ? environment_.now() : TimePoint{});
    }

    /// Returns how long the circuit will yet stay open, where that is known.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> rest_of_wait() {
        const TimePoint end = period_.end_of_wait();
        if (period_.row().admitting != Admitting::after_wait || end == (TimePoint::max)()) {
            return std::nullopt;
        }
        return (std::max)(time_between(environment_.now(), end), std::chrono::nanoseconds{0});
    }

    /// Does what a transition means for others. Without the lock.
    void follow(Transition transition) {
        if (transition == Transition::ended_trials) {
            waiters_.wake_all();
        }
        if (transition != Transition::none) {
            deliver();
        }
    }

    /// Tells the listeners of all signals in order, unless a thread is doing so already; then that
    /// one goes on with ours. Listeners that are coroutines are left to those who can await them.
    /// Without the lock.
    FLUXGATE_NOINLINE void deliver() {
        if constexpr (!Listeners::are_awaited) {
            Delivery delivered = delivery();
            while (delivered.next()) {
                if (!delivered.template tell_late<Unwinding>()) {
                    signals_.listeners().template tell<Unwinding>(delivered.listener(),
                                                                  delivered.signal());
                }
            }
        }
    }

    // Every call reads the period, which few write. Many write the lock, the pending successes and
    // what is in the window. So these are kept on other cache lines than the period, and than that
    // of a neighbour in an array, by what is rarely written and by padding.

    Period period_;
    FLUXGATE_NO_UNIQUE_ADDRESS Environment environment_;
    FLUXGATE_NO_UNIQUE_ADDRESS Permit permit_;
    FLUXGATE_NO_UNIQUE_ADDRESS Tally tally_;
    SignalQueue<Listening> signals_;
    FLUXGATE_NO_UNIQUE_ADDRESS
    Padding<is_shared, Period, Environment, Permit, Tally, SignalQueue<Listening>> padding_before_;

    FLUXGATE_NO_UNIQUE_ADDRESS Strand strand_;
    FLUXGATE_NO_UNIQUE_ADDRESS Pendings pending_;

    // The next five are guarded by the lock, but for what the ledger names. It ends with the
    // tripper, from which on what is written rarely keeps the next breaker apart.
    Ledger ledger_;
    FLUXGATE_NO_UNIQUE_ADDRESS Retry retry_;
    std::chrono::system_clock::time_point changed_at_;
    std::uint32_t reopens_ = 0;
    std::optional<Reason> last_reason_;
    FLUXGATE_NO_UNIQUE_ADDRESS Outage outage_;
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<tracks_trials, Trials, NoTrials> trials_;
    /// Guards itself where it does not say otherwise. Never null, but where policies may be
    /// exchanged: then null until calls are watched for the first time.
    FLUXGATE_NO_UNIQUE_ADDRESS RingHolder overdue_;
    FLUXGATE_NO_UNIQUE_ADDRESS std::conditional_t<is_changeable, Exchanged, NotExchanged> change_{};
    /// Never changes.
    FLUXGATE_NO_UNIQUE_ADDRESS RecordingIfAny recording_;

    /// Guards itself.
    FLUXGATE_NO_UNIQUE_ADDRESS Waiters waiters_;
    FLUXGATE_NO_UNIQUE_ADDRESS
    Padding<is_shared, Tripper, Retry, decltype(changed_at_), decltype(reopens_),
            decltype(last_reason_), decltype(recording_), Waiters>
        padding_behind_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
