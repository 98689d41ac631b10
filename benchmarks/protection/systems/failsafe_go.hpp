// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <optional>

namespace protection {

/// failsafe-go's `circuitbreaker.NewWithDefaults()`: opens after one failure; open for a minute;
/// closes after one success.
///
/// Read: failsafe-go/failsafe-go, circuitbreakerbuilder.go and circuitstates.go.
class FailsafeGo : public Guard {
public:
    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        if (state_ == State::open && now - opened_ >= seconds(60)) {
            state_ = State::half_open;
            permitted_ = true;
        }
        if (state_ == State::half_open && permitted_) {
            permitted_ = false;
            return Ticket{};
        }
        return state_ == State::closed ? std::optional{Ticket{}} : std::nullopt;
    }

    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time /*took*/) override {
        if (state_ == State::open) {
            return;
        }
        if (outcome != Outcome::answered) {
            state_ = State::open;
            opened_ = now;
        } else if (state_ == State::half_open) {
            state_ = State::closed;
        }
    }

private:
    enum class State { closed, open, half_open };

    State state_ = State::closed;
    Time opened_{};
    bool permitted_ = false;
};

}  // namespace protection
