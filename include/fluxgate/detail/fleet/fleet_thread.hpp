// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/fleet/fleet_member.hpp>
#include <fluxgate/detail/fleet/fleet_node.hpp>
#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/fleet/fork_gate.hpp>
#include <fluxgate/detail/fleet/shared_store.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/process_id.hpp>
#include <fluxgate/detail/signals_blocked.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/fleet_status.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// How a node takes part in a fleet.
struct FleetSettings {
    /// The node's name, which no other one has.
    std::string node{};
    std::chrono::milliseconds interval{};
    std::chrono::milliseconds timeout{};
    /// May be empty.
    std::function<void(std::string_view)> on_error{};
};

/// The thread of a node that makes its rounds. Thread-safe. In a process that was forked, it does
/// nothing.
class FleetThread {
    using Clock = std::chrono::steady_clock;
    using milliseconds = std::chrono::milliseconds;

    struct Change {
        std::shared_ptr<FleetMember> member;
        bool joins;
    };

public:
    /// What a member leaves with, so that leaving needs no memory.
    using Leave = std::list<Change>;

    /// Starts one. Throws `std::system_error` where there can be no thread, and `std::bad_alloc`.
    [[nodiscard]] static std::shared_ptr<FleetThread> start(FleetSettings settings,
                                                            std::unique_ptr<SharedStore> store) {
        ForkGate::make();
        auto thread = std::make_unique<FleetThread>(std::move(settings), std::move(store));
        // In a process that was forked, there is no thread to wait for: all is left as it is.
        const auto end = [](FleetThread* ended) {
            if (ended->is_of_this_process()) {
                const std::unique_ptr<FleetThread> owner{ended};
            }
        };
        return {thread.release(), end};
    }

    /// Made by `start`.
    FleetThread(FleetSettings settings, std::unique_ptr<SharedStore> store)
        : settings_{std::move(settings)},
          store_{std::move(store)},
          node_{settings_.node, alive_for(settings_)} {
        const SignalsBlocked blocked;  // SIGPIPE is among them, by which a store's client may end
        thread_ = std::thread{[this] { run(); }};
    }
    ~FleetThread() { stop(); }
    FleetThread(const FleetThread&) = delete;
    FleetThread& operator=(const FleetThread&) = delete;

    /// Ends the rounds, and tells the others where that takes no longer than a time-out. Called by
    /// one thread.
    void stop() {
        if (!is_of_this_process() || !thread_.joinable()) {
            return;
        }
        {
            const std::lock_guard lock{mutex_};
            stopped_at_ = Clock::now();
        }
        wakes_.notify_one();
        store_->hurry();
        thread_.join();
        node_.clear();  // its members own this thread
        Leave dropped;  // without the lock: this may destroy members
        const std::lock_guard lock{mutex_};
        dropped.swap(changes_);
        status_.connected = false;
    }

    /// Has a member take part. Throws `std::invalid_argument` where another one has its name, and
    /// `std::bad_alloc`.
    [[nodiscard]] Leave add(const std::shared_ptr<FleetMember>& member) {
        Leave leave{{member, false}};
        if (!is_of_this_process()) {
            return leave;
        }
        Leave join{{member, true}};
        {
            const std::lock_guard lock{mutex_};
            if (!taking_part_.try_emplace(member->name(), member->terms()).second) {
                throw_invalid("Name's text", '"' + member->name() + "\", which another breaker has",
                              "unique among those of a process that share a fleet");
            }
            if (!stopped_at_) {
                changes_.splice(changes_.end(), join);
            }
        }
        wake();
        return leave;
    }

    /// Has a member take part no more, with what `add` returned for it, which is empty then.
    void remove(Leave& leave) noexcept {
        Leave dropped;  // without the lock: this may destroy the member
        if (!is_of_this_process() || leave.empty()) {
            return;
        }
        {
            const std::lock_guard lock{mutex_};
            taking_part_.erase(leave.front().member->name());
            (stopped_at_ ? dropped : changes_).splice(changes_.end(), leave);
        }
        wake();
    }

    /// Has the next round begin soon: there is something to say.
    void wake() noexcept {
        if (!is_of_this_process()) {
            return;
        }
        {
            const std::lock_guard lock{mutex_};
            is_woken_ = true;
        }
        wakes_.notify_one();
    }

    [[nodiscard]] FleetStatus status() const {
        if (!is_of_this_process()) {
            return {};
        }
        const std::lock_guard lock{mutex_};
        return status_;
    }

    /// Returns who takes part, in the order of their names. Throws `std::bad_alloc`.
    [[nodiscard]] std::vector<SharedBreakerInfo> breakers() const {
        std::vector<SharedBreakerInfo> all;
        if (is_of_this_process()) {
            const std::lock_guard lock{mutex_};
            for (const auto& [name, terms] : taking_part_) {
                all.push_back({name, to_string(terms.sharing), terms.quorum});
            }
        }
        return all;
    }

    [[nodiscard]] milliseconds interval() const noexcept { return settings_.interval; }
    [[nodiscard]] bool is_of_this_process() const noexcept { return process_id() == process_; }

private:
    /// How long a node counts as alive of which nothing is heard: a round may fail, and the next, and
    /// a sign of life is given three times in that time.
    [[nodiscard]] static milliseconds alive_for(const FleetSettings& settings) {
        return (std::max)(milliseconds{3000}, 5 * settings.interval + 2 * settings.timeout);
    }

    void run() {
        Clock::time_point next = Clock::now();
        while (wait_until(next)) {
            // Spread, so that nodes that were started together do not come together.
            const double spread = 0.9 + 0.1 * SystemEnvironment::uniform();
            last_begun_ = Clock::now();
            next = last_begun_ +
                   std::chrono::duration_cast<Clock::duration>(settings_.interval * spread);
            // What changes meanwhile is looked at again at once, if not for ever.
            for (int i = 0; i != 8 && !make_round(settings_.timeout) && !is_stopped(); ++i) {
            }
            if (!is_of_this_process()) {
                return;  // a listener has forked
            }
        }
        say_goodbye();
    }

    [[nodiscard]] bool is_stopped() const {
        const std::lock_guard lock{mutex_};
        return stopped_at_.has_value();
    }

    /// Waits for the next round, which begins sooner where there is something to say. Returns false
    /// where there is none.
    [[nodiscard]] bool wait_until(Clock::time_point next) {
        std::unique_lock lock{mutex_};
        wakes_.wait_until(lock, next, [this] { return is_woken_ || stopped_at_; });
        if (is_woken_ && !stopped_at_) {
            const Clock::time_point soon = last_begun_ + settings_.interval / 4;
            wakes_.wait_until(lock, (std::min)(next, soon),
                              [this] { return stopped_at_.has_value(); });
        }
        is_woken_ = false;
        return !stopped_at_;
    }

    /// Makes a round. Returns false where there is something to say at once.
    [[nodiscard]] bool make_round(milliseconds timeout) {
        bool is_done = true;
        std::string error;
        bool is_answered = false;
        const Clock::time_point begun = Clock::now();
        guarded<unwinding_types<>>(
            [&] {
                std::optional<FleetAnswer> answer = store_->answer(begin(), timeout, error);
                if (answer) {
                    is_done = end(*answer);
                    is_answered = true;
                    note_answer(*answer, Clock::now() - begun);
                }
            },
            [&] { error = "no memory"; });
        if (!is_answered) {
            note_failure(error);
        }
        return is_done;
    }

    [[nodiscard]] FleetRound begin() {
        const ForkGate::Inside inside;
        take_changes();
        return node_.begin();
    }
    [[nodiscard]] bool end(const FleetAnswer& answer) {
        const ForkGate::Inside inside;
        return node_.end(answer);
    }

    void take_changes() {
        for (;;) {
            Leave taken;
            {
                const std::lock_guard lock{mutex_};
                if (changes_.empty()) {
                    return;
                }
                taken.splice(taken.end(), changes_, changes_.begin());
            }
            const Change& change = taken.front();
            guarded<unwinding_types<>>(
                [&] {
                    if (change.joins) {
                        static_cast<void>(node_.add(change.member));
                    } else {
                        node_.remove(*change.member);
                    }
                },
                [&] {
                    {
                        const std::lock_guard lock{mutex_};
                        changes_.splice(changes_.begin(), taken);
                    }
                    rethrow();
                });
        }
    }
    [[noreturn]] static void rethrow() {
#ifdef __cpp_exceptions
        throw;
#else
        std::abort();
#endif
    }

    void note_answer(const FleetAnswer& answer, std::chrono::nanoseconds took) {
        for (const FleetReply& reply : answer.replies) {
            if (reply.error.empty()) {
                if (!troubled_.empty()) {
                    troubled_.erase(reply.name);
                }
            } else {
                count_failure(reply.error);
                if (troubled_.insert(reply.name).second) {
                    tell(reply.name + ": " + reply.error);
                }
            }
        }
        is_lost_ = false;
        const std::lock_guard lock{mutex_};
        status_.connected = true;
        status_.nodes = answer.nodes;
        status_.last_sync = std::chrono::system_clock::now();
        status_.round_time = took;
    }

    void note_failure(const std::string& error) {
        count_failure(error);
        {
            const std::lock_guard lock{mutex_};
            status_.connected = false;
        }
        if (!std::exchange(is_lost_, true)) {
            tell(error);
        }
    }
    void count_failure(std::string error) {
        const std::lock_guard lock{mutex_};
        ++status_.failures;
        status_.last_error.swap(error);
    }

    void tell(std::string_view error) {
        if (settings_.on_error) {
            guarded<unwinding_types<>>([&] { settings_.on_error(error); }, [] {});
        }
    }

    /// Tells the others that the node leaves, unless they cannot be reached.
    void say_goodbye() {
        Clock::time_point stopped;
        {
            const std::lock_guard lock{mutex_};
            stopped = stopped_at_.value_or(Clock::time_point{});
        }
        const auto left =
            std::chrono::duration_cast<milliseconds>(stopped + settings_.timeout - Clock::now());
        if (is_lost_ || left <= milliseconds{0}) {
            return;
        }
        guarded<unwinding_types<>>(
            [&] {
                FleetRound round = begin();
                round.leaves = true;
                std::string error;
                static_cast<void>(store_->answer(round, left, error));
            },
            [] {});
    }

    const std::uint64_t process_ = process_id();
    const FleetSettings settings_;

    mutable std::mutex mutex_;
    std::condition_variable wakes_;
    // These are guarded by the mutex.
    std::optional<Clock::time_point> stopped_at_;
    bool is_woken_ = false;
    /// Members that come and go, in the order in which they do.
    std::list<Change> changes_;
    /// Those that have come and not gone, by their names.
    std::map<std::string, FleetTerms> taking_part_;
    FleetStatus status_;

    // These are the thread's.
    std::unique_ptr<SharedStore> store_;
    FleetNode node_;
    Clock::time_point last_begun_{};
    bool is_lost_ = false;
    /// The breakers of which the store does not understand what it holds.
    std::set<std::string> troubled_;

    std::thread thread_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
