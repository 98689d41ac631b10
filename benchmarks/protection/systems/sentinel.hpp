// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <optional>

namespace protection {

/// Sentinel's error ratio: one bucket of one second and at least 5 calls, which are the Java
/// version's defaults; opens above 50 % and for 10 s, which a rule has to name; then one trial
/// call.
///
/// Read: alibaba/sentinel-golang, core/circuitbreaker/circuit_breaker.go; alibaba/Sentinel,
/// DegradeRule.java.
class Sentinel : public Guard {
public:
    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        if (state_ == State::open && now >= open_until_) {
            state_ = State::half_open;
            return Ticket{};
        }
        return state_ == State::closed ? std::optional{Ticket{}} : std::nullopt;
    }

    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time /*took*/) override {
        count(now, outcome == Outcome::answered);
        if (state_ == State::half_open) {
            if (outcome == Outcome::answered) {
                state_ = State::closed;
                total_ = 0;
                failures_ = 0;
            } else {
                open(now);
            }
        } else if (state_ == State::closed && total_ >= 5 && failures_ * 2 > total_) {
            open(now);
        }
    }

private:
    enum class State { closed, open, half_open };

    void count(Time now, bool answered) {
        const auto bucket = now / seconds(1);
        if (bucket != bucket_) {
            bucket_ = bucket;
            total_ = 0;
            failures_ = 0;
        }
        ++total_;
        failures_ += answered ? 0 : 1;
    }
    void open(Time now) {
        state_ = State::open;
        open_until_ = now + seconds(10);
    }

    State state_ = State::closed;
    Time::rep bucket_ = -1;
    long total_ = 0;
    long failures_ = 0;
    Time open_until_{};
};

}  // namespace protection
