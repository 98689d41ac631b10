// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <optional>

namespace protection {

/// sony/gobreaker's `Settings{}`: opens with the sixth failure in a row; open for 60 s; then one
/// trial call. An outcome counts only in the generation, a state's turn, in which its call began.
///
/// Read: sony/gobreaker, gobreaker.go.
class Gobreaker : public Guard {
public:
    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        end_wait(now);
        if (state_ == State::open || (state_ == State::half_open && requests_ >= 1)) {
            return std::nullopt;
        }
        ++requests_;
        return generation_;
    }

    void settle(Ticket generation, Time now, Outcome outcome, Time /*took*/) override {
        end_wait(now);
        if (generation != generation_) {
            return;
        }
        if (outcome == Outcome::answered) {
            failures_in_a_row_ = 0;
            if (state_ == State::half_open) {
                enter(State::closed);
            }
            return;
        }
        ++failures_in_a_row_;
        if (state_ == State::half_open || failures_in_a_row_ > 5) {
            enter(State::open);
            open_until_ = now + seconds(60);
        }
    }

private:
    enum class State { closed, open, half_open };

    void end_wait(Time now) {
        if (state_ == State::open && open_until_ < now) {
            enter(State::half_open);
        }
    }
    void enter(State state) {
        state_ = state;
        ++generation_;
        failures_in_a_row_ = 0;
        requests_ = 0;
    }

    State state_ = State::closed;
    Ticket generation_ = 0;
    long failures_in_a_row_ = 0;
    long requests_ = 0;
    Time open_until_{};
};

}  // namespace protection
