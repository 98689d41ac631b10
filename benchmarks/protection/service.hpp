// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "draws.hpp"
#include "events.hpp"
#include "guard.hpp"
#include "scenario.hpp"
#include "service_parts.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace protection {

/// The service that is called: workers behind a queue, in the condition that the scenario says. It
/// plans what becomes of an attempt; one that is left hanging has no event.
class Service {
public:
    Service(const Scenario& scenario, const Draws& draws, Events& events);

    /// Returns its condition. When it goes down, its process loses all that it was working on, and
    /// all that waited.
    Condition look(Time now);

    /// Takes an attempt, which is numbered from zero on.
    void receive(Time now, std::size_t attempt, const Call& call, const Condition& condition);
    /// Ends the work on an attempt. Returns what came of it, unless that was lost or goes on.
    [[nodiscard]] std::optional<Outcome> finish(Time now, std::size_t attempt);
    /// Begins what waits, as far as workers are free.
    void go_on(Time now);
    /// Goes on if its pause is over; plans to look again otherwise.
    void resume(Time now);

    /// Returns whether the call's next attempt would be answered in time: an estimate, for the wait
    /// in the queue depends on calls that are still to be answered.
    [[nodiscard]] bool would_answer(Time now, const Call& call) const;
    /// Returns how likely that is for any attempt.
    [[nodiscard]] double chance(Time now) const;

private:
    /// An attempt that it has taken.
    struct Work {
        Call call;
        bool fails = false;
        bool misses = false;
        /// Of its process, which is another one after each time that it went down.
        std::optional<int> process = std::nullopt;
    };

    [[nodiscard]] Condition::Mode mode_for(const Call& call, const Condition& condition) const;
    [[nodiscard]] bool misses(const Call& call) const;
    [[nodiscard]] Time work(const Call& call, const Condition& condition) const;
    [[nodiscard]] int working(const Condition& condition) const;
    [[nodiscard]] Time end_of_pause(Time now) const;
    [[nodiscard]] Time wait_for_worker(const Condition& condition) const;
    void begin(Time now, std::size_t attempt);

    const Scenario& scenario_;
    const Draws& draws_;
    Events& events_;
    // In seconds.
    const double mean_work_;
    const int workers_;
    const std::size_t longest_queue_;

    std::vector<Work> works_;
    std::deque<std::size_t> queue_;
    int busy_ = 0;
    int process_ = 0;
    bool was_down_ = false;
    bool will_resume_ = false;
    RateLimit limit_;
    Cache cache_;
};

}  // namespace protection
