// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"
#include "rolling_counts.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace protection {

/// Finagle's failure accrual: dead after 5 failures in a row, or when fewer than 80 % succeed,
/// which is an exponential moving average over 30 s, in which there were 5 requests; each reason
/// with a backoff of its own, from 5 s, twice as long each time, up to 300 s, of which the second
/// half is random; then one probe at a time.
///
/// As for one endpoint of many: a client of one endpoint alone sends to it although it is dead.
///
/// Read: twitter/finagle, FailureAccrualFactory.scala, FailureAccrualPolicy.scala and
/// Backoff.scala.
class Finagle : public Guard {
public:
    explicit Finagle(Random& random) : random_{random.next()} {}

    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        if (state_ == State::dead && now >= dead_until_) {
            state_ = State::may_probe;
        }
        if (state_ == State::may_probe) {
            state_ = State::probes;
            return Ticket{};
        }
        return state_ == State::alive ? std::optional{Ticket{}} : std::nullopt;
    }

    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time /*took*/) override {
        if (outcome == Outcome::answered) {
            if (state_ == State::probes) {
                revive(now);
            }
            failures_in_a_row_ = 0;
            average(now, 1);
        } else if (state_ == State::alive || state_ == State::probes) {
            fail(now);
        }
    }

private:
    enum class State { alive, dead, may_probe, probes };
    static constexpr Time span = seconds(30);

    /// How long an endpoint is dead, the first time and each further one.
    class Backoff {
    public:
        Time next(Random& random) {
            const double half = 5 * std::exp2(times_ - 1);
            const double wait = times_ == 0 ? 5 : half + random.uniform() * half;
            ++times_;
            return seconds(std::min(wait, 300.0));
        }

    private:
        int times_ = 0;
    };

    void revive(Time now) {
        state_ = State::alive;
        requests_.clear();
        after_failures_ = Backoff{};
        after_low_rate_ = Backoff{};
        alive_since_ = now;
        averaged_at_.reset();
    }
    void fail(Time now) {
        ++failures_in_a_row_;
        average(now, 0);
        Time wait{};
        if (failures_in_a_row_ >= 5) {
            wait = after_failures_.next(random_);
        }
        if (now - alive_since_ >= span && requests_.total() >= 5 && success_rate_ < 0.8) {
            wait = std::max(wait, after_low_rate_.next(random_));
        }
        if (wait > Time{}) {
            state_ = State::dead;
            dead_until_ = now + wait;
        } else if (state_ == State::probes) {
            state_ = State::may_probe;
        }
    }
    void average(Time now, double success) {
        requests_.add_success(now);
        if (averaged_at_) {
            const double weight = std::exp(-in_seconds(now - *averaged_at_) / in_seconds(span));
            success_rate_ = success * (1 - weight) + success_rate_ * weight;
        } else {
            success_rate_ = success;
        }
        averaged_at_ = now;
    }

    Random random_;
    State state_ = State::alive;
    long failures_in_a_row_ = 0;
    RollingCounts requests_{span, seconds(6)};
    Backoff after_failures_;
    Backoff after_low_rate_;
    double success_rate_ = 1;
    std::optional<Time> averaged_at_;
    Time alive_since_{};
    Time dead_until_{};
};

}  // namespace protection
