# SPDX-FileCopyrightText: 2026 The Fluxgate authors
# SPDX-License-Identifier: MIT

# The mutants: faults of the kind that a change to the library may bring. instrument.cmake, where mutant() is
# described, plants them all in the copy of the headers; FLUXGATE_MUTANT switches one on. FOUND_BY is a test
# that finds it, and that is run for it. The few that NOTHING finds say why.

# ---- The word and its moments: period.hpp ---------------------------------------------------------

mutant("the word is read without acquire"
    FOUND_BY "the permit sees the moment of these trials: two calls"
    IN detail/machine/period.hpp
    WEAKENS [=[return word_.load(std::memory_order_acquire);]=])

mutant("a new period is stored without release"
    FOUND_BY "the permit sees the moment of these trials: two calls"
    IN detail/machine/period.hpp
    WEAKENS [=[word_.store(begun, std::memory_order_release);]=])

# Only closed and metrics_only are ever clean, and no call in them looks at a moment of its period.
mutant("clean is stored without release" FOUND_BY NOTHING
    IN detail/machine/period.hpp
    WEAKENS [=[word_.store(word().with_clean(clean), std::memory_order_release);]=])

mutant("clean is never taken back"
    FOUND_BY "a clean circuit: a success, a failure, a look"
    IN detail/machine/period.hpp
    REPLACES [=[if (clean != word().is_clean()) {]=]
    BY [=[if (MUTANT ? clean && !word().is_clean() : clean != word().is_clean()) {]=])

mutant("the end of the wait is read without acquire"
    FOUND_BY "the wait is over: a call that fails, two calls"
    IN detail/machine/period.hpp
    WEAKENS [=[return end_of_wait_.load(std::memory_order_acquire);]=])

mutant("the end of the wait is stored without release"
    FOUND_BY "the wait is over: a call that fails, two calls"
    IN detail/machine/period.hpp
    WEAKENS [=[end_of_wait_.store(end_of_wait, std::memory_order_release);]=])

mutant("the start of the trials is read without acquire"
    FOUND_BY "the permit sees the moment of these trials: others begin, a late call fails"
    IN detail/machine/period.hpp
    WEAKENS [=[return start_of_trials_.load(std::memory_order_acquire);]=])

mutant("the start of the trials is stored without release"
    FOUND_BY "the permit sees the moment of these trials: others begin, a late call fails"
    IN detail/machine/period.hpp
    WEAKENS [=[start_of_trials_.store(now, std::memory_order_release);]=])

mutant("the end of the wait is stored after the word"
    FOUND_BY "the wait of this opening is shorter than that of the one before"
    IN detail/machine/period.hpp
    REPLACES [=[if (on_entry.starts_wait) {]=]
    BY [=[if (on_entry.starts_wait && !MUTANT) {]=]
    REPLACES [=[    }

private:
    /// The state, the period]=]
    BY [=[        if (on_entry.starts_wait && MUTANT) {
            end_of_wait_.store(end_of_wait, std::memory_order_release);
        }
    }

private:
    /// The state, the period]=])

mutant("the start of the trials is stored after the word"
    FOUND_BY "the permit sees the moment of these trials: two calls"
    IN detail/machine/period.hpp
    REPLACES [=[if (on_entry.starts_trials) {]=]
    BY [=[if (on_entry.starts_trials && !MUTANT) {]=]
    REPLACES [=[    }

private:
    /// The state, the period]=]
    BY [=[        if (on_entry.starts_trials && MUTANT) {
            start_of_trials_.store(now, std::memory_order_release);
        }
    }

private:
    /// The state, the period]=])

mutant("a new period has the number of the old one"
    FOUND_BY "a clean circuit: a success, a reset, a failure of before"
    IN detail/machine/period.hpp
    REPLACES [=[word_of(next, word().period() + 1)]=]
    BY [=[word_of(next, word().period() + (MUTANT ? 0 : 1))]=])

# Who reads it with the word of an earlier opening answers as in the later one: both reject until then.
mutant("a held wait is stored without release" FOUND_BY NOTHING
    IN detail/machine/period.hpp
    WEAKENS [=[end_of_wait_.store(changed, std::memory_order_release);]=])

# ---- Sharing: sharing.hpp --------------------------------------------------------------------------

mutant("others act in a period that they have not seen"
    FOUND_BY "shared: an opening is imposed, while a call fails that trips"
    IN detail/machine/sharing.hpp
    REPLACES [=[is_over_{seen != circuit.period.word().period()}]=]
    BY [=[is_over_{!MUTANT && seen != circuit.period.word().period()}]=])

mutant("what others impose keeps the reopens of its own"
    FOUND_BY "shared: an opening is imposed, while a call fails that trips"
    IN detail/machine/sharing.hpp
    REPLACES [=[{.wait = wait, .reopens = reopens}]=]
    BY [=[{.wait = wait, .reopens = MUTANT ? std::nullopt : std::optional{reopens}}]=])

mutant("a wait is held that has ended"
    FOUND_BY "shared: a wait is held for longer, while it ends"
    IN detail/machine/sharing.hpp
    REPLACES [=[if (is_over_ || circuit_.period.row().admitting != Admitting::after_wait) {]=]
    BY [=[if ((is_over_ || circuit_.period.row().admitting != Admitting::after_wait) && !MUTANT) {]=])

mutant("the calls of all are judged in any period"
    FOUND_BY "shared: the calls of all are judged, while a failure ends and the circuit is reset"
    IN detail/machine/sharing.hpp
    REPLACES [=[if (is_over_ || row.settling != Settling::may_trip) {]=]
    BY [=[if ((is_over_ && !MUTANT) || row.settling != Settling::may_trip) {]=])

mutant("to observe drops what is pending"
    FOUND_BY "shared: an opening is imposed, while a success is pending"
    IN detail/machine/sharing.hpp
    REPLACES [=[[[maybe_unused]] const auto taken = circuit.fold_pending();
    Observation seen;]=]
    BY [=[[[maybe_unused]] const auto taken =
        MUTANT ? decltype(circuit.fold_pending()){} : circuit.fold_pending();
    Observation seen;]=])

mutant("a command is not counted"
    FOUND_BY "shared: it is observed, while commands are given"
    IN detail/machine/locked.hpp
    REPLACES [=[if (step.reason == Reason::command) {
            relations]=]
    BY [=[if (step.reason == Reason::command && !MUTANT) {
            relations]=])

# ---- Pending successes ----------------------------------------------------------------------------

# These two order the stamp and the end of its bucket, which matters to nobody as long as buckets only grow: who
# sees an older end than the armed one, and is before it, is late, and late successes belong to the newest bucket;
# and where a stamp is seen that is no longer there, the compare-exchange fails.
mutant("the stamp is read without acquire" FOUND_BY NOTHING
    IN detail/machine/pending_successes.hpp
    WEAKENS [=[bits_.load(std::memory_order_acquire)]=])

mutant("the stamp is stored without release" FOUND_BY NOTHING
    IN detail/machine/pending_successes.hpp
    WEAKENS [=[bits_.store(pending.bits(), std::memory_order_release);]=])

mutant("a success is added whatever the stamp"
    FOUND_BY "a clean circuit: a success, a failure, a look"
    IN detail/machine/pending_successes.hpp
    ALWAYS [=[pending.has_stamp_of(stamp)]=])

mutant("a success is added where there is no room"
    FOUND_BY "a rate: two failures, and two successes that make enough calls, a look"
    IN detail/machine/pending_successes.hpp
    REPLACES [=[pending.count() < Pending::most]=]
    BY [=[pending.count() < Pending::most + (MUTANT ? 1 : 0)]=])

mutant("what was taken is no room that was used"
    FOUND_BY "a rate: two failures, and two successes that make enough calls, a look"
    IN detail/machine/pending_successes.hpp
    REPLACES [=[        begun_at_ = pending.count();
]=]
    BY [=[        if (!MUTANT) {
            begun_at_ = pending.count();
        }
]=])

mutant("a success is added whatever the bucket"
    FOUND_BY "a success, a bucket passes, a look"
    IN detail/machine/pending_successes.hpp
    ALWAYS [=[time < end_of_bucket_.load(std::memory_order_relaxed)]=])

# As for the orders of the stamp: who sees the older end is late.
mutant("the end of the bucket is stored after the stamp" FOUND_BY NOTHING
    IN detail/machine/pending_successes.hpp
    REPLACES [=[        if constexpr (HasBuckets) {
            end_of_bucket_.store(end_of_bucket, std::memory_order_relaxed);
        }
        begun_at_]=]
    BY [=[        if constexpr (HasBuckets) {
            if (MUTANT) {
                begun_at_ = Pending::most - (std::min)(room, std::uint64_t{Pending::most});
                offer(Pending{period}.with_count(begun_at_));
            }
            end_of_bucket_.store(end_of_bucket, std::memory_order_relaxed);
            if (MUTANT) {
                return;
            }
        }
        begun_at_]=])

mutant("what is taken leaves the stamp"
    FOUND_BY "a clean circuit: a success, a failure, a look"
    IN detail/machine/pending_successes.hpp
    REPLACES [=[bits_.exchange(Pending{}.bits(), std::memory_order_relaxed)]=]
    BY [=[bits_.exchange(MUTANT ? bits_.load(std::memory_order_relaxed) : Pending{}.bits(),
                       std::memory_order_relaxed)]=])

mutant("the stamp does not tell the period"
    FOUND_BY "a circuit with a failure: a success, a reset and a new window with a failure, a look"
    IN detail/machine/pending.hpp
    REPLACES [=[armed_bit | (period & period_mask) << period_shift}]=]
    BY [=[armed_bit | (MUTANT ? 0 : period & period_mask) << period_shift}]=])

# ---- Settling: settling.hpp, locked.hpp and ledger.hpp ------------------------------------------------------------

mutant("an outcome counts whatever the period"
    FOUND_BY "a circuit with a failure: a success, a reset and a new window with a failure, a look"
    IN detail/machine/settling.hpp
    REPLACES [=[const bool is_late = word.period() != grant.word.period();]=]
    BY [=[const bool is_late = word.period() != grant.word.period() && !MUTANT;]=]
    REPLACES [=[if (word.period() != grant.word.period() || circuit.defer]=]
    BY [=[if ((word.period() != grant.word.period() && !MUTANT) || circuit.defer]=])

mutant("the period is not looked at again under the lock"
    FOUND_BY "a clean circuit: a success, a reset, a failure of before"
    IN detail/machine/settling.hpp
    NEVER [=[locked.is_over(seen)]=])

mutant("pending successes are not recorded before an outcome"
    FOUND_BY "a circuit with a failure: two successes, a failure, a look"
    IN detail/machine/locked.hpp
    REPLACES [=[        const Folded folded = fold();
        if constexpr (Ledger::can_be_clean) {
            // Before]=]
    BY [=[        const Folded folded = MUTANT ? Folded{} : fold();
        if constexpr (Ledger::can_be_clean) {
            // Before]=])

mutant("pending successes are not recorded before a transition"
    FOUND_BY "a clean circuit: a success, a reset, a failure of before"
    IN detail/machine/locked.hpp
    REPLACES [=[        const Folded folded = fold();
        const Step step]=]
    BY [=[        const Folded folded = MUTANT ? Folded{} : fold();
        const Step step]=])

mutant("info does not record pending successes"
    FOUND_BY "a clean circuit: a success, a failure, a look"
    IN detail/machine/snapshots.hpp
    REPLACES [=[const auto taken = circuit.fold_pending();]=]
    BY [=[const auto taken = MUTANT ? decltype(circuit.fold_pending()){} : circuit.fold_pending();]=])

mutant("info arms again where time has moved the window"
    FOUND_BY "late successes of one thread, a bucket passes and a look follows"
    IN detail/machine/snapshots.hpp
    REPLACES [=[if (!circuit.ledger.forgets()) {]=]
    BY [=[if (!circuit.ledger.forgets() || MUTANT) {]=])

mutant("trials arm the way of pending successes"
    FOUND_BY "trial calls of a half-open circuit that stays so: two failures, a success"
    IN detail/machine/locked.hpp
    ALWAYS [=[row.settling != Settling::decides_trial]=])

mutant("pending successes leave the streak"
    FOUND_BY "a circuit with a failure: two successes, a failure, a look"
    IN detail/machine/ledger.hpp
    REPLACES [=[            recorder_.record_successes(count);
            forgive(count);]=]
    BY [=[            recorder_.record_successes(count);
            if (!MUTANT) {
                forgive(count);
            }]=])

mutant("successes may wait before there are enough calls"
    FOUND_BY "a rate: two failures and a success open an empty window"
    IN detail/machine/ledger.hpp
    REPLACES [=[            return most;
        }
        const std::uint64_t total]=]
    BY [=[            return most;
        }
        if (MUTANT) {
            return most;
        }
        const std::uint64_t total]=])

mutant("the streak is counted without the lock"
    FOUND_BY "a trial succeeds, while two calls wait for its slot"
    IN detail/machine/circuit.hpp
    REPLACES [=[left = run(section);]=]
    BY [=[left = MUTANT ? run_without_lock(section) : run(section);]=])

# ---- The end of a wait, and trials ----------------------------------------------------------------

mutant("a wait is ended whatever the state is by then"
    FOUND_BY "an open circuit: a call that succeeds, one that fails"
    IN detail/machine/locked.hpp
    NEVER [=[row.admitting != Admitting::after_wait]=])

mutant("a wait is ended though it is a new one by then"
    FOUND_BY "the clock passes the end of the wait: a call that fails, two calls"
    IN detail/machine/locked.hpp
    NEVER [=[now < period.end_of_wait()]=])

mutant("a rejection does not ask whether its period is over"
    FOUND_BY "the clock passes the end of the wait: a call that fails, two calls"
    IN detail/machine/admitting.hpp
    REPLACES [=[} else if (circuit.period().is_current(word)) {]=]
    BY [=[} else if (circuit.period().is_current(word) || MUTANT) {]=])

mutant("a trial does not ask whether its period is over"
    FOUND_BY "the permit sees the moment of these trials: others begin, a call fails"
    IN detail/machine/admitting.hpp
    REPLACES [=[if (!circuit.period().is_current(word)) {]=]
    BY [=[if (!circuit.period().is_current(word) && !MUTANT) {]=])

mutant("a trial is admitted without the lock"
    FOUND_BY "an open circuit with a single trial: a call that succeeds, one that fails"
    IN detail/machine/admitting.hpp
    REPLACES [=[return circuit.run([&](Locked& locked) { return locked.try_trial(word); });]=]
    BY [=[const auto section = [&](Locked& locked) { return locked.try_trial(word); };
            return MUTANT ? circuit.run_without_lock(section) : circuit.run(section);]=])

mutant("a trial is admitted whatever the period is by then"
    FOUND_BY "a single trial fails, while the circuit is reset and a call comes"
    IN detail/machine/locked.hpp
    REPLACES [=[        if (is_over(word)) {
            return std::nullopt;
        }
        const TimePoint now]=]
    BY [=[        if (is_over(word) && !MUTANT) {
            return std::nullopt;
        }
        const TimePoint now]=])

mutant("a trial that is dropped keeps its place"
    FOUND_BY "a single trial is dropped, while two calls come"
    IN detail/machine/settling.hpp
    REPLACES [=[if (locked.trials.take(ticket, slot) == Types::Trials::Taken::none) {]=]
    BY [=[if (!MUTANT && locked.trials.take(ticket, slot) == Types::Trials::Taken::none) {]=])

mutant("a trial counts though its lease is over"
    FOUND_BY "a lease ends, while its trial succeeds and a look is taken"
    IN detail/machine/settling.hpp
    NEVER [=[locked.trials.take(grant.ticket, slot) != Types::Trials::Taken::of_now]=])

mutant("a trial of the past counts when its lease is over"
    FOUND_BY "a lease ends, while its trial is dropped and the circuit is reset"
    IN detail/machine/missing_calls.hpp
    REPLACES [=[taken != Types::Trials::Taken::of_now]=]
    BY [=[taken == Types::Trials::Taken::none || (!MUTANT && taken != Types::Trials::Taken::of_now)]=])

mutant("waiters are not woken when trials end"
    FOUND_BY "the circuit is reset, while a trial goes on and a call waits for its slot"
    IN detail/machine/circuit.hpp
    NEVER [=[left == AfterLock::wake_and_tell]=])

mutant("the generation is asked for after the state"
    FOUND_BY "the circuit is reset, while a trial goes on and a call waits for its slot"
    IN detail/calls/way_in.hpp
    REPLACES [=[            if (sees_end) {
                return true;
            }]=]
    BY [=[            if (sees_end) {
                if (MUTANT) {
                    generation_ = core_.waiters().generation();
                }
                return true;
            }]=])

mutant("a trial's slot is given back before its outcome is known"
    FOUND_BY "a trial fails, for whose slot a call waits"
    IN detail/machine/settling.hpp
    REPLACES [=[        // Given back when all is done, and without the lock.
        [[maybe_unused]] typename Types::Slot slot;]=]
    BY [=[        // Given back when all is done, and without the lock.
        [[maybe_unused]] typename Types::Slot slot;
        if (MUTANT) {
            circuit.run_without_lock([&](Locked& locked) {
                typename Types::Slot none;
                locked.trials.keep(grant.ticket, none);
            });
        }]=])

mutant("a call begins in the period that it finds, and not in that which admitted it"
    FOUND_BY "a call begins while the circuit is closed, and ends while it is half-open"
    IN detail/machine/admitting.hpp
    REPLACES [=[grant.word = admission.word;]=]
    BY [=[grant.word = MUTANT ? circuit.period().load() : admission.word;]=])

mutant("a rejection says the state of now"
    FOUND_BY "a rejection says the state that it found: open, forced open, closed again"
    IN detail/machine/core.hpp
    REPLACES [=[Rejection rejection{admission.word.state(), std::nullopt, circuit_.relations().name()};]=]
    BY [=[Rejection rejection{MUTANT ? circuit_.period().load().state() : admission.word.state(), std::nullopt, circuit_.relations().name()};]=])

mutant("info tells the time of the change without the lock"
    FOUND_BY "commands: a reset, a disabling, a look"
    IN detail/machine/core.hpp
    REPLACES [=[        circuit_.reap();
        return circuit_.run(tells_info);]=]
    BY [=[        circuit_.reap();
        if (MUTANT) {
            circuit_.run_without_lock(
                [](Locked& locked) { static_cast<void>(locked.history.changed_at()); });
        }
        return circuit_.run(tells_info);]=])

# ---- Calls that are overdue -----------------------------------------------------------------------

# The explorer has each exchange of the newest cell happen at its place in the program, so a call that sees a
# later slice's end finds no older slice there. A processor may let the store of the end overtake the exchange.
mutant("the end of a slice is stored without release" FOUND_BY NOTHING
    IN detail/machine/overdue_ring.hpp
    WEAKENS [=[end_of_newest_.store(end_, std::memory_order_release)]=])

mutant("the end of a slice is read without acquire" FOUND_BY NOTHING
    IN detail/machine/overdue_ring.hpp
    WEAKENS [=[end_of_newest_.load(std::memory_order_acquire)]=])

mutant("a call that was taken counts once more"
    FOUND_BY "a call is overdue: it fails, another begins, a look is taken"
    IN detail/machine/settling.hpp
    REPLACES [=[        if (!counts) {]=]
    BY [=[        if (!counts && !MUTANT) {]=])

mutant("a call is counted out of whatever slice has its place"
    FOUND_BY "a call of before two resets ends, while another begins in the cell that it had"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[seen >> mark_bits == mark && is_right(seen & most)]=]
    BY [=[(seen >> mark_bits == mark || MUTANT) && is_right(seen & most)]=])

mutant("a new period keeps the calls of the old one"
    FOUND_BY "calls begin, while the circuit is reset"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[            cell.store(0, std::memory_order_relaxed);
        }
        newest_cell_.store(unused(next_), std::memory_order_relaxed);]=]
    BY [=[            if (!MUTANT) {
                cell.store(0, std::memory_order_relaxed);
            }
        }
        if (!MUTANT) {
            newest_cell_.store(unused(next_), std::memory_order_relaxed);
        }]=]
    REPLACES [=[        oldest_ = next_;
        publish_due();]=]
    BY [=[        if (!MUTANT) {
            oldest_ = next_;
        }
        publish_due();]=])

mutant("a slice that is over loses the calls that begin in it"
    FOUND_BY "a call begins in a slice of time that a look finds to be over"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[        const bool is_newest = mark + 1 == next_;
        return]=]
    BY [=[        const bool is_newest = mark + 1 == next_;
        if (MUTANT) {
            (is_newest ? newest_cell_ : cell(mark)).store(0, std::memory_order_relaxed);
            return true;
        }
        return]=])

mutant("a slice that is put away loses its calls"
    FOUND_BY "a slice of time is put away, while its calls end"
    IN detail/machine/overdue_ring.hpp
    ALWAYS [=[(before & most) == 0]=])

mutant("a call whose slice is being put away is lost"
    FOUND_BY "a slice of time is put away, while its calls end"
    IN detail/machine/overdue_watch.hpp
    NEVER [=[ring_->end(ticket) || is_past(ticket)]=])

# ---- Policies that are exchanged ------------------------------------------------------------------

mutant("new policies are stored without release"
    FOUND_BY "a threshold is exchanged for a shorter one, while a slow call begins and ends"
    IN detail/machine/period.hpp
    WEAKENS [=[word_.store(changed, std::memory_order_release);]=])

mutant("a hint is set without release"
    FOUND_BY "a threshold is exchanged for a longer one, while a call ends that is slow by the old one"
    IN detail/machine/exchangeable.hpp
    WEAKENS [=[value_.store(value, std::memory_order_release);]=])

mutant("a hint is read without acquire"
    FOUND_BY "a threshold is exchanged for a longer one, while a call ends that is slow by the old one"
    IN detail/machine/exchangeable.hpp
    WEAKENS [=[return value_.load(std::memory_order_acquire);]=])

mutant("an exchange takes no period before the hints"
    FOUND_BY "a threshold is exchanged for a longer one, while a call ends that is slow by the old one"
    IN detail/machine/exchange.hpp
    REPLACES [=[        change_needs(locked, needs);
        locked.fold();]=]
    BY [=[        if (!MUTANT) {
            change_needs(locked, needs);
        }
        locked.fold();]=])

mutant("an exchange takes no period after the hints"
    FOUND_BY "a threshold is exchanged for a shorter one, while a slow call begins and ends"
    IN detail/machine/exchange.hpp
    REPLACES [=[        also();
        change_needs(locked, needs);]=]
    BY [=[        also();
        if (!MUTANT) {
            change_needs(locked, needs);
        }]=])

mutant("an exchange leaves successes pending"
    FOUND_BY "an exchange of a window with a failure, while two successes are pending"
    IN detail/machine/exchange.hpp
    REPLACES [=[        locked.fold();
        if constexpr (Types::can_defer) {]=]
    BY [=[        if (!MUTANT) {
            locked.fold();
        }
        if constexpr (Types::can_defer) {]=])

mutant("a clean word is not looked at again"
    FOUND_BY "a threshold is exchanged for a longer one, while a call ends that is slow by the old one"
    IN detail/machine/settling.hpp
    ALWAYS [=[circuit.period().load() == word]=])

mutant("an outcome is recorded as the policies of before measured it"
    FOUND_BY "an exchange of a window of calls for one of time, while a failure ends that would trip"
    IN detail/machine/settling.hpp
    REPLACES [=[return locked.record(outcome.record, outcome.opening);]=]
    BY [=[return locked.record(MUTANT ? record : outcome.record, outcome.opening);]=])

mutant("an outcome counts whatever the state that it began in"
    FOUND_BY "an exchange, while the circuit is reset and a success of before ends"
    IN detail/machine/earlier_calls.hpp
    ALWAYS [=[granted.period() >= counts_from_]=])

mutant("a call of before another threshold is lost"
    FOUND_BY "another threshold of overdue calls, while one ends and one is overdue"
    IN detail/machine/overdue_ring.hpp
    REPLACES [=[            past_.push_back(bits);]=]
    BY [=[            if (!MUTANT) {
                past_.push_back(bits);
            }]=])

# ---- Signals --------------------------------------------------------------------------------------

mutant("the right to deliver is given back after the lock"
    FOUND_BY "a trial succeeds, while two calls wait for its slot"
    IN detail/machine/signal_queue.hpp
    REPLACES [=[            holds_right_ = holds_right_ && strand_.run([this] { return advance(); });
            return holds_right_;]=]
    BY [=[            const bool more = holds_right_ && strand_.run([this] { return advance(); });
            if (!MUTANT) {
                holds_right_ = more;
            }
            return more;]=]
    REPLACES [=[            queue_->is_being_delivered_ = false;
            return false;]=]
    BY [=[            if (!MUTANT) {
                queue_->is_being_delivered_ = false;
            }
            return false;]=])

mutant("two deliver at once"
    FOUND_BY "a trial fails, while a call waits for its slot"
    IN detail/machine/signal_queue.hpp
    ALWAYS [=[!std::exchange(queue_->is_being_delivered_, true)]=])

mutant("the hint of signals is taken back before the last look"
    FOUND_BY "coroutine listeners: a call fails, while the circuit is reset"
    IN detail/machine/signal_queue.hpp
    REPLACES [=[        has_undelivered_.store(true, std::memory_order_relaxed);]=]
    BY [=[        if (!MUTANT || undelivered_.size() > 1) {
            has_undelivered_.store(true, std::memory_order_relaxed);
        }]=])

# ---- The semaphore --------------------------------------------------------------------------------

mutant("a waiter comes although all were woken"
    FOUND_BY "the circuit is reset, while a trial goes on and a call waits for its slot"
    IN semaphore.hpp
    NEVER [=[generation != generation_]=])

mutant("a slot that is given back is free for anyone"
    FOUND_BY "a trial fails, while a call waits for its slot"
    IN semaphore.hpp
    REPLACES [=[            if (first == nullptr) {
                ++free_;]=]
    BY [=[            if (first == nullptr || MUTANT) {
                ++free_;
                if (first != nullptr) {
                    waiting_.push_back(*first);
                }]=])

mutant("the size of a list is read without acquire"
    FOUND_BY "a handler is cancelled, while its slot is given back and all are woken"
    IN waiter.hpp
    WEAKENS [=[size_.load(std::memory_order_acquire) == 0]=])

mutant("the size of a list is stored without release"
    FOUND_BY "a handler is cancelled, while its slot is given back and all are woken"
    IN waiter.hpp
    WEAKENS [=[size_.store(size, std::memory_order_release);]=])

mutant("a slot that was not taken is not given back"
    FOUND_BY "a waiter that is woken destroys the next one that the same thread is to wake"
    IN waiter.hpp
    REPLACES [=[            leave();
            take_slot().release();]=]
    BY [=[            leave();
            if (!MUTANT) {
                take_slot().release();
            }]=])

mutant("a waiter that is destroyed does not leave"
    FOUND_BY "a waiter that is woken destroys the next one that the same thread is to wake"
    IN waiter.hpp
    REPLACES [=[            leave();
            if (!explore]=]
    BY [=[            if (!MUTANT) {
                leave();
            }
            if (!explore]=])

# ---- The waiter of Asio's handlers ----------------------------------------------------------------

mutant("shares are released without order"
    FOUND_BY "a handler is cancelled, while its slot is given back and all are woken"
    IN detail/adapters/asio_waiter.hpp
    WEAKENS [=[shares_.fetch_sub(1, std::memory_order_acq_rel)]=])

mutant("a handler waits before it is parked"
    FOUND_BY "a handler begins to wait, while its slot is given back"
    IN detail/adapters/asio_waiter.hpp
    REPLACES [=[        started.lot_->park(*waiter.release());
        // From here on any thread may wake it, and what is woken may be gone.
        if (!started.enter(generation)) {]=]
    BY [=[        waiter.release();
        if (!MUTANT) {
            started.lot_->park(started);
        }
        const bool waits = started.enter(generation);
        if (MUTANT) {
            started.lot_->park(started);
        }
        if (!waits) {]=])

mutant("a handler's slot is lost on the way to it"
    FOUND_BY "a handler begins to wait, while its slot is given back"
    IN detail/adapters/asio_waiter.hpp
    REPLACES [=[            Slot slot = waiter.take_slot();]=]
    BY [=[            Slot slot = waiter.take_slot();
            if (MUTANT) {
                slot.release();
            }]=])

mutant("a waiter that is no longer parked is taken out"
    FOUND_BY "a handler's context goes, while its slot is given back and all are woken"
    IN detail/adapters/asio_waiter.hpp
    REPLACES [=[        if (waiter.parked_) {
            unlink]=]
    BY [=[        if (waiter.parked_ || MUTANT) {
            unlink]=])

mutant("the share of who would have woken is kept"
    FOUND_BY "a handler's context goes, while its slot is given back and all are woken"
    IN detail/adapters/asio_waiter.hpp
    REPLACES [=[            release();  // the share]=]
    BY [=[            if (!MUTANT) {
                release();
            }  // the share]=])

mutant("a cancelled handler may still stand in the queue"
    FOUND_BY "a handler is cancelled, while its slot is given back and all are woken"
    IN detail/adapters/asio_waiter.hpp
    REPLACES [=[    void cancel() noexcept {
        if (this->leave()) {]=]
    BY [=[    void cancel() noexcept {
        if (this->leave() || MUTANT) {]=])

# ---- Senders that wait ----------------------------------------------------------------------------

mutant("a sender arrives without order"
    FOUND_BY "a sender is stopped as it starts to wait, while its slot is given back"
    IN detail/adapters/slot_sender.hpp
    WEAKENS [=[to_arrive_.fetch_sub(1, std::memory_order_acq_rel)]=])

mutant("a sender that is stopped keeps the slot it was to be woken with"
    FOUND_BY "a sender is stopped, while its slot is given back and another waits"
    IN detail/adapters/slot_sender.hpp
    REPLACES [=[                this->take_slot().release();  // with which it was about to be woken]=]
    BY [=[                if (!MUTANT) {
                    this->take_slot().release();
                }]=])

mutant("a sender that is stopped may still stand in the queue"
    FOUND_BY "a sender is stopped, while its slot is given back and all are woken"
    IN detail/adapters/slot_sender.hpp
    REPLACES [=[                if (operation->leave()) {]=]
    BY [=[                if (operation->leave() || MUTANT) {]=])

mutant("a sender's stop is not waited for"
    FOUND_BY "a sender is stopped as it starts to wait, while its slot is given back"
    IN detail/adapters/slot_sender.hpp
    REPLACES [=[            on_stop_.emplace(]=]
    BY [=[            if (MUTANT) {
                to_arrive_.fetch_sub(1, std::memory_order_acq_rel);
            }
            on_stop_.emplace(]=])

# ---- Listeners that come and go -------------------------------------------------------------------

mutant("a subscription does not wait for its listener"
    FOUND_BY "a subscription ends while its listener is told"
    IN detail/attached/occupancy.hpp
    ALWAYS [=[!has_other_visitors()]=])

mutant("a listener that has ended is told"
    FOUND_BY "a subscription ends while its listener is told"
    IN detail/attached/occupancy.hpp
    ALWAYS [=[!occupancy_.is_closed_]=])

mutant("a subscription waits for its own thread"
    FOUND_BY "a subscription ends in its listener while two threads make transitions"
    IN detail/attached/occupancy.hpp
    ALWAYS [=[visit->thread_ != self]=])

mutant("what a first listener makes is stored without release"
    FOUND_BY "a first subscription begins while a call is rejected"
    IN detail/machine/relations.hpp
    REPLACES [=[content_.store(spare.release(), std::memory_order_release);]=]
    BY [=[content_.store(spare.release(), MUTANT ? std::memory_order_relaxed : std::memory_order_release);]=])

mutant("what a first listener makes is read without acquire"
    FOUND_BY "a first subscription begins while a call is rejected"
    IN detail/machine/relations.hpp
    WEAKENS [=[content_.load(std::memory_order_acquire)]=])

mutant("each of two first listeners makes relations"
    FOUND_BY "subscriptions begin while transitions are made"
    IN detail/machine/relations.hpp
    REPLACES [=[            if (content() == nullptr) {
                content_]=]
    BY [=[            if (MUTANT || content() == nullptr) {
                content_]=])

mutant("each of two first listeners makes a list of listeners"
    FOUND_BY "subscriptions begin while transitions are made"
    IN detail/machine/signal_queue.hpp
    REPLACES [=[        if (late_[of_breaker] == nullptr) {]=]
    BY [=[        if (MUTANT || late_[of_breaker] == nullptr) {]=])

# ---- Totals ---------------------------------------------------------------------------------------

mutant("totals are summed without the lock"
    FOUND_BY "totals are read while the cells of a thread move"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[        const std::lock_guard lock{mutex_};
        Counts sum = slots_[slot].shared;]=]
    BY [=[        std::unique_lock lock{mutex_};
        if (MUTANT) {
            lock.unlock();
        }
        Counts sum = slots_[slot].shared;]=])

mutant("a cell that moves leaves its counts behind"
    FOUND_BY "totals are read while the cells of a thread move"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[i != capacity; ++i]=]
    BY [=[i != capacity && !MUTANT; ++i]=])

mutant("a slot is given back with its counts"
    FOUND_BY "a slot of totals is used again while others count"
    IN detail/machine/totals_bank.hpp
    REPLACES [=[row->cell(slot).clear();]=]
    BY [=[if (!MUTANT) {
                    row->cell(slot).clear();
                }]=])

# ---- Recorders: call_ring.hpp ---------------------------------------------------------------------

mutant("a call is put into the ring without release"
    FOUND_BY "a ring of calls is filled by one thread and emptied by another"
    IN detail/recording/call_ring.hpp
    WEAKENS [=[put_.store(put + 1, std::memory_order_release);]=])

mutant("a call is looked for in the ring without acquire"
    FOUND_BY "a ring of calls is filled by one thread and emptied by another"
    IN detail/recording/call_ring.hpp
    WEAKENS [=[= put_.load(std::memory_order_acquire);]=])

mutant("a cell of the ring is given back without release"
    FOUND_BY "a ring of calls is filled by one thread and emptied by another"
    IN detail/recording/call_ring.hpp
    WEAKENS [=[taken_.store(taken + 1, std::memory_order_release);]=])

mutant("a cell of the ring is taken again without acquire"
    FOUND_BY "a ring of calls is filled by one thread and emptied by another"
    IN detail/recording/call_ring.hpp
    WEAKENS [=[taken_.load(std::memory_order_acquire)]=])

mutant("a ring that is full takes one more"
    FOUND_BY "a ring of calls is filled by one thread and emptied by another"
    IN detail/recording/call_ring.hpp
    REPLACES [=[== capacity) {]=]
    BY [=[== capacity + (MUTANT ? 1 : 0)) {]=])

mutant("a ring is closed without release"
    FOUND_BY "a ring of calls is filled by one thread and emptied by another"
    IN detail/recording/call_ring.hpp
    WEAKENS [=[is_closed_.store(true, std::memory_order_release);]=])

# ---- The clock of Tsc: counter_clock.hpp ----------------------------------------------------------

mutant("the offset of the counter's time is read without acquire"
    FOUND_BY "threads read the clock of a counter as its rate is measured"
    IN detail/counter_clock.hpp
    WEAKENS [=[const CounterOffset offset{offset_.load(std::memory_order_acquire)};]=])

mutant("the offset of the counter's time is set without release"
    FOUND_BY "threads read the clock of a counter as its rate is measured"
    IN detail/counter_clock.hpp
    WEAKENS [=[offset_.store(CounterOffset::of(line, reading).word(), std::memory_order_release);]=])

mutant("the measurement of a rate is handed on without acquire and release"
    FOUND_BY "threads read the clock of a counter as its rate is measured twice"
    IN detail/counter_clock.hpp
    WEAKENS [=[Step::busy, std::memory_order_acq_rel,]=])

mutant("the time of a counter does not stand still"
    FOUND_BY "threads read the clock of a counter as its block ends"
    IN detail/counter_clock.hpp
    REPLACES [=[if (reading.time < last) {]=]
    BY [=[if (!MUTANT && reading.time < last) {]=])

mutant("the system's time is said once others say the counter's"
    FOUND_BY "a thread that is stopped as the rate of a counter is measured reads its clock"
    IN detail/counter_clock.hpp
    REPLACES [=[== 0) {
                    return time;]=]
    BY [=[== 0 || MUTANT) {
                    return time;]=])

# ---- Retry budgets: detail/retrying ---------------------------------------------------------------

mutant("the slices before a retry stay open"
    FOUND_BY "threads of two slices ask a limit for its last place"
    IN detail/retrying/sliding_limit.hpp
    REPLACES [=[count_in(word, slice)) | closed;]=]
    BY [=[count_in(word, slice)) | closed;
                if (MUTANT) {
                    break;
                }]=])

mutant("a retry counts in a slice that is closed"
    FOUND_BY "threads of two slices ask a limit for its last place"
    IN detail/retrying/sliding_limit.hpp
    REPLACES [=[while (!is_closed(word, now)) {]=]
    BY [=[while (MUTANT || !is_closed(word, now)) {]=])

mutant("a slice forgets its calls when a thread is late"
    FOUND_BY "threads of two slices count"
    IN detail/retrying/sliding_count.hpp
    REPLACES [=[while (slice_of(word) != now &&]=]
    BY [=[while ((MUTANT || slice_of(word) != now) &&]=])

# ---- Registries -----------------------------------------------------------------------------------

mutant("the end of a breaker does not wait for its views"
    FOUND_BY "a breaker ends while it is used through a view"
    IN detail/machine/registration.hpp
    REPLACES [=[entry_->close();]=]
    BY [=[if (!MUTANT) {
            entry_->close();
        }]=])

mutant("a breaker that nobody owns shows nothing of itself"
    FOUND_BY "a keyed breaker is dropped while a view looks"
    IN detail/attached/occupancy.hpp
    NEVER [=[without == WithoutOwner::allowed]=])

mutant("what a breaker is at its end is kept after others may look"
    FOUND_BY "a keyed breaker is dropped while a view looks"
    IN detail/machine/registration.hpp
    REPLACES [=[keep();  // for those]=]
    BY [=[if (!MUTANT) {
            keep();
        }  // for those]=])

mutant("what a breaker is at its end is kept before the last command"
    FOUND_BY "a breaker ends while it is used through a view"
    IN detail/machine/registration.hpp
    REPLACES [=[        keep();
    }]=]
    BY [=[        if (!MUTANT) {
            keep();
        }
    }]=])

mutant("a command that was under way when the owner came does not share it"
    FOUND_BY "a keyed breaker is commanded while it is made, and would be dropped"
    IN detail/attached/occupancy.hpp
    REPLACES [=[visit->owner_ = owner;]=]
    BY [=[if (!MUTANT) {
                visit->owner_ = owner;
            }]=])
