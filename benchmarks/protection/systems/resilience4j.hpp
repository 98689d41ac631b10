// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <deque>
#include <optional>

namespace protection {

/// Resilience4j's `CircuitBreakerConfig.ofDefaults()`: a window of 100 calls, judged when it is
/// full; opens at 50 % failures, or when all are slower than 60 s; open for 60 s; then ten calls
/// are permitted, which are judged together. An outcome counts in the state that is current when it
/// comes.
///
/// Read: resilience4j/resilience4j, CircuitBreakerConfig.java, CircuitBreakerStateMachine.java and
/// CircuitBreakerMetrics.java.
class Resilience4j : public Guard {
public:
    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        if (state_ == State::open) {
            if (now < open_until_) {
                return std::nullopt;
            }
            enter(State::half_open);
            permitted_ = half_open_calls;
        }
        if (state_ == State::half_open) {
            if (permitted_ == 0) {
                return std::nullopt;
            }
            --permitted_;
        }
        return Ticket{};
    }

    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time took) override {
        if (state_ == State::open) {
            return;
        }
        const std::size_t size = state_ == State::half_open ? half_open_calls : window_calls;
        window_.push_back(Call{.failed = outcome != Outcome::answered, .slow = took > seconds(60)});
        if (window_.size() > size) {
            window_.pop_front();
        }
        if (window_.size() < size) {
            return;
        }
        if (half_failed() || all_slow()) {
            enter(State::open);
            open_until_ = now + seconds(60);
        } else if (state_ == State::half_open) {
            enter(State::closed);
        }
    }

private:
    enum class State { closed, open, half_open };
    struct Call {
        bool failed;
        bool slow;
    };
    static constexpr std::size_t window_calls = 100;
    static constexpr std::size_t half_open_calls = 10;

    void enter(State state) {
        state_ = state;
        window_.clear();
    }
    bool half_failed() const {
        std::size_t failures = 0;
        for (const Call& call : window_) {
            failures += call.failed ? 1 : 0;
        }
        return failures * 2 >= window_.size();
    }
    bool all_slow() const {
        for (const Call& call : window_) {
            if (!call.slow) {
                return false;
            }
        }
        return true;
    }

    State state_ = State::closed;
    std::deque<Call> window_;
    Time open_until_{};
    std::size_t permitted_ = 0;
};

}  // namespace protection
