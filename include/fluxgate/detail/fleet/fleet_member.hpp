// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/fleet/fleet_terms.hpp>
#include <fluxgate/detail/fleet/numbered_command.hpp>
#include <fluxgate/detail/fleet/shared_circuit.hpp>
#include <fluxgate/detail/fleet/told_calls.hpp>
#include <fluxgate/detail/fleet/trial_lead.hpp>
#include <fluxgate/detail/machine/observation.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// A breaker of a node as it takes part in a fleet: what it says in a round, and what it does by the
// answer.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A breaker that takes part. Not thread-safe: the fleet's thread has it.
class FleetMember {
    using milliseconds = std::chrono::milliseconds;
    using nanoseconds = std::chrono::nanoseconds;

public:
    /// Takes part from now on: a command that is given later is shared. Takes a circuit that
    /// outlives it. Throws `std::bad_alloc`.
    FleetMember(std::string name, SharedCircuit& circuit, const FleetTerms& terms)
        : name_{std::move(name)}, circuit_{circuit}, terms_{terms} {
        if (std::optional<Observation> seen = circuit_.observe()) {
            seen_ = std::move(*seen);
        }
        entered_ = seen_.entered;
        command_ = NumberedCommand{seen_.commanded.count};
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const FleetTerms& terms() const noexcept { return terms_; }
    /// Returns the number of the fleet's state that it is in step with.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return fleet_.epoch; }

    /// Returns whether what its window holds can be added to what others hold, as of the latest look.
    [[nodiscard]] bool can_be_pooled() const noexcept { return seen_.can_be_pooled; }

    /// Keeps what the window held that led to an opening of the breaker's own, which it holds no
    /// more. Thread-safe.
    void note_opening(const Metrics& window) {
        const std::lock_guard lock{mutex_};
        opened_by_ = window;
    }

    /// Keeps the latest command for the last words, as the breaker is about to leave. Thread-safe.
    void note_end() {
        if (const auto commanded = circuit_.commanded()) {
            const std::lock_guard lock{mutex_};
            last_commanded_ = commanded;
        }
    }

    /// Returns a command of which the fleet has not been told, for a breaker that has left; as `look`.
    [[nodiscard]] std::optional<FleetStatement> last_words(std::uint64_t& last_command) {
        const std::lock_guard lock{mutex_};
        if (!last_commanded_) {
            return std::nullopt;
        }
        seen_.commanded = last_commanded_->first;
        seen_.now = last_commanded_->second;
        command_.number(seen_.commanded.count, last_command);
        if (command_.is_done()) {
            return std::nullopt;
        }
        FleetStatement said;
        said.name = name_;
        said.known = known();
        said.change = command();
        return said;
    }

    /// Looks at the breaker. Returns what there is to say of it, if there is anything.
    /// `last_command` is the number of the latest command of this node, of any breaker: those of a
    /// breaker that is made again go on from it. Throws `std::bad_alloc`.
    [[nodiscard]] std::optional<FleetStatement> look(std::uint64_t& last_command) {
        has_spoken_ = false;
        std::optional<Observation> seen = circuit_.observe();
        if (!seen) {
            return std::nullopt;  // it is about to leave
        }
        const bool is_other_period = seen->entered != seen_.entered;
        seen_ = std::move(*seen);
        lead_.look(seen_, is_other_period);
        // It tries the service after an opening of the fleet's, until it closes or opens by itself.
        is_recovering_ =
            is_recovering_ && (seen_.entered == entered_ || seen_.state == State::half_open);
        command_.number(seen_.commanded.count, last_command);
        FleetStatement said;
        said.name = name_;
        said.known = known();
        said.change = change();
        asks_change_ = said.change.has_value();
        told_calls_.say_nothing();
        if (shares_outage()) {
            said.lead = lead_.ask(seen_, until_);
        }
        if (terms_.sharing == Sharing::votes && votes() != has_voted_) {
            said.vote = vote();
        }
        if (tells_calls()) {
            PooledCalls held = calls();
            if (told_calls_.say(held, seen_.now)) {
                said.calls = std::move(held);
            }
        }
        has_spoken_ = asks_ || said.change || said.lead || said.vote || said.calls;
        return has_spoken_ ? std::optional{std::move(said)} : std::nullopt;
    }

    /// Returns whether the latest look had anything to say.
    [[nodiscard]] bool has_spoken() const noexcept { return has_spoken_; }

    /// Has the next look say all that the store may have forgotten. `is_known` says whether it knows
    /// the state.
    void tell_anew(bool is_known) noexcept {
        asks_ = asks_ || !is_known;
        has_voted_ = false;
        told_calls_.forget();
    }
    /// Has the next look make a statement, so that the answer tells what the store knows.
    void ask() noexcept { asks_ = true; }

    /// Does what the answer to the latest statement says. Returns false where the breaker has
    /// changed since it was looked at, and is to be looked at again.
    bool hear(const FleetReply& reply) {
        lead_.hear(reply.leads, seen_.now);
        command_.hear(reply.command);
        if (reply.now.epoch != fleet_.epoch) {
            if (reply.done) {
                has_heard_ = true;
                adopt(reply.now, seen_.entered);
                return true;
            }
            return follow(reply.now);
        }
        has_heard_ = true;
        asks_ = false;
        has_voted_ = terms_.sharing == Sharing::votes && votes();
        told_calls_.hear();
        if (reply.is_pool_full) {
            told_calls_.hear_of_others(seen_.now);
        }
        if (asks_change_ && !reply.done) {
            refused();
        }
        if (shares_calls() && is_fleet_closed() && seen_.state == State::closed) {
            return !opens_by(reply.calls);  // which is to be told at once
        }
        return true;
    }

    /// Hears of a change that others made. Returns false where the breaker has changed since it was
    /// looked at, and is to be looked at again; or the store has forgotten a later change.
    bool hear(const FleetState& now) {
        if (now.epoch < fleet_.epoch) {
            asks_ = true;
            return false;
        }
        return now.epoch == fleet_.epoch || follow(now);
    }

    /// Goes on in step after a round that was answered: an outage of the fleet is held on, three
    /// intervals ahead, so that it lapses by itself where no round is answered any more. It lapses
    /// too where nobody has tried the service for long, as where calls are so few that none comes
    /// while its node leads: then whoever has the next call tries.
    void keep() {
        if (!shares_outage()) {
            return;
        }
        const TimePoint held = time_after(seen_.now, 3 * terms_.interval);
        if (seen_.state == State::open) {
            if (lead_.leads(seen_.now)) {
                circuit_.hold(seen_.period, until_);
            } else if (seen_.end_of_wait < held && !TrialLead::is_vacant(seen_.now, until_)) {
                circuit_.hold(seen_.period, (std::max)(held, until_));
            }
        } else if (seen_.state == State::half_open && !lead_.leads(seen_.now)) {
            reopen(held);
        }
    }

private:
    [[nodiscard]] bool is_outage() const noexcept {
        return fleet_.state == State::open && !fleet_.by_command;
    }
    [[nodiscard]] bool shares_outage() const noexcept {
        return is_outage() && terms_.sharing != Sharing::commands;
    }
    /// Returns whether nothing of the fleet keeps the circuit open: it is closed, or was opened by a
    /// command for a time that is over.
    [[nodiscard]] bool is_fleet_closed() const noexcept {
        return fleet_.state == State::closed ||
               (fleet_.state == State::open && fleet_.by_command && until_ <= seen_.now);
    }
    [[nodiscard]] FleetState known() const {
        FleetState state = fleet_;
        state.left = left_until(until_, seen_.now);
        return state;
    }

    [[nodiscard]] AskedChange command() const {
        FleetState to;
        to.state = seen_.commanded.state;
        to.by_command = true;
        if (to.state == State::open) {
            to.left = left_until(seen_.commanded.until, seen_.now);
        }
        return {to, command_.number()};
    }

    /// Returns the change that the breaker has made, of which the fleet does not know.
    [[nodiscard]] std::optional<AskedChange> change() {
        if (!command_.is_done()) {
            return command();
        }
        FleetState to;
        if (terms_.sharing == Sharing::commands || seen_.entered == entered_) {
            return std::nullopt;
        }
        const bool closed = is_outage() && seen_.state == State::closed;
        const bool reopened = is_outage() && seen_.state == State::open;
        const bool judged =
            !is_outage() && seen_.state == State::open && seen_.reason == Reason::shared;
        if (!closed && !reopened && !judged) {
            return std::nullopt;
        }
        to.state = seen_.state;
        to.reopens = seen_.reopens;
        if (to.state == State::open) {
            to.left = left_until(seen_.end_of_wait, seen_.now);
        }
        return AskedChange{to, 0};
    }

    /// Returns whether the circuit has opened by itself, while that of the fleet is closed: not one
    /// that is open yet, or tries the service, since the fleet was open.
    [[nodiscard]] bool votes() const noexcept {
        if (!is_fleet_closed()) {
            return false;
        }
        return (seen_.state == State::open && seen_.entered != entered_) ||
               (seen_.state == State::half_open && !is_recovering_);
    }
    [[nodiscard]] FleetStatement::Vote vote() const {
        if (!votes()) {
            return {};
        }
        if (seen_.state == State::half_open) {
            return {terms_.quorum, lead_.lease()};
        }
        return {terms_.quorum, left_until(seen_.end_of_wait, seen_.now)};
    }

    /// Returns whether what the window holds now is for the pool: policies may have been exchanged.
    [[nodiscard]] bool shares_calls() const noexcept {
        return terms_.sharing == Sharing::pool && seen_.can_be_pooled;
    }
    /// Returns whether it is time to tell what the window holds: what led to an opening at once,
    /// else once an interval of the pool.
    [[nodiscard]] bool tells_calls() const noexcept {
        return shares_calls() && is_fleet_closed() &&
               (asks_ || votes() || told_calls_.is_due(seen_.now));
    }

    /// Returns what the window holds; where the circuit has opened by itself, what led there.
    [[nodiscard]] PooledCalls calls() {
        PooledCalls pooled;
        {
            const std::lock_guard lock{mutex_};
            const bool is_open = votes();
            if (!is_open) {
                opened_by_.reset();
            }
            const Metrics& window = is_open && opened_by_ ? *opened_by_ : seen_.metrics;
            pooled.total = window.total_count;
            pooled.failures = window.failure_count;
            pooled.duration = window.total_duration.value_or(nanoseconds{0});
            pooled.slow = window.slow;
        }
        return pooled;
    }

    /// Has the tripper judge the calls of all. Returns whether it opens the circuit.
    [[nodiscard]] bool opens_by(const PooledCalls& pooled) {
        Metrics all;
        all.total_count = pooled.total;
        all.failure_count = pooled.failures;
        if (seen_.metrics.total_duration) {
            all.total_duration = pooled.duration;
        }
        for (const SlowCount& own : seen_.metrics.slow) {
            const auto is_same = [&](const SlowCount& one) {
                return one.threshold == own.threshold;
            };
            const auto found = std::ranges::find_if(pooled.slow, is_same);
            all.slow.push_back({own.threshold, found != pooled.slow.end() ? found->count : 0});
        }
        return circuit_.judge(seen_.period, all).has_value();
    }

    /// Enters the fleet's new state, where the mode shares it. Returns false where the breaker has
    /// changed since it was looked at.
    bool follow(const FleetState& now) {
        const bool acts = seen_.state == State::closed || seen_.state == State::open ||
                          seen_.state == State::half_open;
        // Where a command keeps it in a state that the fleet has left, it leaves that too: it was not
        // there when the fleet did.
        const bool is_behind = !acts && has_heard_;
        bool imposes = false;
        bool ends_wait = false;
        nanoseconds wait = wait_of(now);
        if (now.by_command && now.state == State::open && now.left == milliseconds{0}) {
            imposes = is_behind;
            wait = nanoseconds{1};
        } else if (now.by_command) {
            imposes = has_heard_ || now.state != State::closed;
        } else if (terms_.sharing == Sharing::commands || !acts) {
            imposes = is_behind && now.state == State::closed;
        } else if (now.state == State::closed) {
            // Each then asks its own permit, so that a slow start stays one.
            ends_wait = has_heard_ && is_outage() && seen_.state == State::open;
        } else {
            // It opens again also where it is open, as the next wait depends on the reopens.
            imposes = seen_.state != State::open || seen_.reopens != now.reopens;
        }
        std::uint64_t entered = seen_.entered;
        if (imposes) {
            const std::optional<std::uint64_t> begun =
                circuit_.impose(seen_.period, now.state, wait, now.reopens);
            if (!begun) {
                asks_ = true;
                return false;
            }
            entered = *begun;
        } else if (ends_wait) {
            circuit_.hold(seen_.period, seen_.now);
        } else if (!now.by_command && terms_.sharing != Sharing::commands &&
                   now.state == State::open && seen_.state == State::open) {
            circuit_.hold(seen_.period, time_after(seen_.now, wait));
        }
        has_heard_ = true;
        adopt(now, entered);
        is_recovering_ = is_recovering_ || ends_wait || seen_.state == State::half_open;
        return true;
    }

    /// Returns how long an open circuit is to wait: where that time is over, until it is known who
    /// leads the trials.
    [[nodiscard]] nanoseconds wait_of(const FleetState& now) const noexcept {
        if (!now.left) {
            return (nanoseconds::max)();
        }
        return *now.left == milliseconds{0} ? 3 * terms_.interval : *now.left;
    }

    void adopt(const FleetState& now, std::uint64_t entered) {
        asks_ = false;
        fleet_ = now;
        until_ = now.left ? time_after(seen_.now, *now.left) : (TimePoint::max)();
        entered_ = entered;
        has_voted_ = false;
        lead_.give_up();
        is_recovering_ = now.state == State::open;
        told_calls_.forget();
    }

    /// Another one was faster, or leads.
    void refused() {
        entered_ = seen_.entered;
        if (shares_outage()) {
            reopen((std::max)(time_after(seen_.now, 3 * terms_.interval), until_));
        }
    }

    /// Goes back into the fleet's outage.
    void reopen(TimePoint until) {
        const std::optional<std::uint64_t> begun = circuit_.impose(
            seen_.period, State::open, time_between(seen_.now, until), fleet_.reopens);
        if (begun) {
            entered_ = *begun;
        }
    }

    const std::string name_;
    SharedCircuit& circuit_;
    const FleetTerms terms_;

    /// What the fleet said last.
    FleetState fleet_;
    /// When that ends, where it does.
    TimePoint until_ = (TimePoint::max)();
    /// The period of the breaker that is in step with the fleet.
    std::uint64_t entered_ = 0;
    NumberedCommand command_{0};
    TrialLead lead_{terms_.interval};
    ToldCalls told_calls_{terms_.pool_interval};

    std::mutex mutex_;
    // These two are guarded by the mutex.
    /// What the window held that led to the latest opening of its own.
    std::optional<Metrics> opened_by_;
    /// The latest command, and the moment, where the breaker has left.
    std::optional<std::pair<Commanded, TimePoint>> last_commanded_;

    /// The latest look.
    Observation seen_;
    /// True once it has heard what the store knows of it.
    bool has_heard_ = false;
    /// True where the next look makes a statement whatever it finds, so that the answer tells what
    /// the store knows.
    bool asks_ = true;
    bool has_voted_ = false;
    /// True while an open circuit may end its wait, since the fleet's circuit closed.
    bool is_recovering_ = false;
    // Of the latest look: whether it asked for a change, and said anything.
    bool asks_change_ = false;
    bool has_spoken_ = false;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
