// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"
#include "rolling_counts.hpp"

#include <optional>

namespace protection {

/// Polly 8's `CircuitBreakerStrategyOptions`: a window of 30 s in ten parts; opens at 10 % failures
/// of at least 100 calls; open for 5 s; then one trial call, of whose outcome everything depends.
///
/// Read: App-vNext/Polly, CircuitStateController.cs, RollingHealthMetrics.cs and
/// AdvancedCircuitBehavior.cs.
class Polly : public Guard {
public:
    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        if (state_ == State::open && now >= open_until_) {
            state_ = State::half_open;
            return Ticket{};
        }
        return state_ == State::closed ? std::optional{Ticket{}} : std::nullopt;
    }

    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time /*took*/) override {
        if (outcome == Outcome::answered) {
            succeed(now);
        } else {
            fail(now);
        }
    }

private:
    enum class State { closed, open, half_open };

    void succeed(Time now) {
        window_.add_success(now);
        if (state_ == State::half_open) {
            state_ = State::closed;
            window_.clear();
        }
    }
    void fail(Time now) {
        if (state_ == State::half_open) {
            open(now);
            return;
        }
        window_.add_failure(now);
        const long total = window_.total();
        if (state_ == State::closed && total >= 100 && window_.failures() * 10 >= total) {
            open(now);
        }
    }
    void open(Time now) {
        state_ = State::open;
        open_until_ = now + seconds(5);
    }

    State state_ = State::closed;
    RollingCounts window_{seconds(30), seconds(3)};
    Time open_until_{};
};

}  // namespace protection
