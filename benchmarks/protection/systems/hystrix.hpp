// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"
#include "rolling_counts.hpp"

#include <optional>

namespace protection {

/// Hystrix: the last 10 s in buckets of 500 ms, looked at as often; opens at 50 % failures of at
/// least 20 calls; open for 5 s; then one trial call. A command times out after a second.
///
/// Read: Netflix/Hystrix, HystrixCircuitBreaker.java, HystrixCommandProperties.java and
/// HealthCountsStream.java.
class Hystrix : public Guard {
public:
    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        look(now);
        if (state_ == State::open && now > opened_ + seconds(5)) {
            state_ = State::half_open;
            return Ticket{};
        }
        return state_ == State::closed ? std::optional{Ticket{}} : std::nullopt;
    }

    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time /*took*/) override {
        const bool answered = outcome == Outcome::answered;
        answered ? window_.add_success(now) : window_.add_failure(now);
        if (state_ == State::half_open) {
            if (answered) {
                state_ = State::closed;
                window_.clear();
            } else {
                open(now);
            }
        }
        look(now);
    }

    std::optional<Time> timeout() const override { return seconds(1); }

private:
    enum class State { closed, open, half_open };
    static constexpr Time interval = seconds(0.5);

    void look(Time now) {
        if (state_ != State::closed || now < next_look_) {
            return;
        }
        next_look_ = now - now % interval + interval;
        window_.forget(now);
        if (window_.total() >= 20 && window_.failures() * 2 >= window_.total()) {
            open(now);
        }
    }
    void open(Time now) {
        state_ = State::open;
        opened_ = now;
    }

    State state_ = State::closed;
    RollingCounts window_{seconds(10), interval};
    Time opened_{};
    Time next_look_{};
};

/// Hystrix behind a thread pool of 30, where its default is 10: a call that finds no thread free is
/// rejected, and counts as a failure.
///
/// Read: HystrixThreadPool.java, HystrixCommandMetrics.java.
class HystrixWithPool : public Hystrix {
public:
    std::optional<Ticket> admit(Time now, const Prospect& prospect) override {
        const std::optional<Ticket> ticket = Hystrix::admit(now, prospect);
        if (ticket && under_way_ == threads) {
            Hystrix::settle(*ticket, now, Outcome::failed, Time{});
            return std::nullopt;
        }
        under_way_ += ticket ? 1 : 0;
        return ticket;
    }

    void settle(Ticket ticket, Time now, Outcome outcome, Time took) override {
        --under_way_;
        Hystrix::settle(ticket, now, outcome, took);
    }

private:
    static constexpr int threads = 30;
    int under_way_ = 0;
};

}  // namespace protection
