// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

// What bounds every system: without any protection, and with knowledge that none has.
namespace protection {

/// Admits every attempt.
class NoBreaker : public Guard {
public:
    std::optional<Ticket> admit(Time /*now*/, const Prospect& /*prospect*/) override {
        return Ticket{};
    }
    void settle(Ticket /*ticket*/, Time /*now*/, Outcome /*outcome*/, Time /*took*/) override {}
};

/// Knows which attempts would be answered, and admits those.
class Omniscient : public NoBreaker {
public:
    std::optional<Ticket> admit(Time /*now*/, const Prospect& prospect) override {
        return prospect.would_be_answered ? std::optional{Ticket{}} : std::nullopt;
    }
};

/// The chance of an answer from which on an attempt pays, where a failed one costs a quarter of a
/// good one that is lost.
inline constexpr double paying_chance = 0.2;

/// Knows how the service is at each moment, and not which attempts would be answered: admits all
/// while attempts pay, and none while they do not. No client can know that.
class Oracle : public NoBreaker {
public:
    std::optional<Ticket> admit(Time /*now*/, const Prospect& prospect) override {
        return prospect.chance >= paying_chance ? std::optional{Ticket{}} : std::nullopt;
    }
};

/// Knows whether attempts pay only once one has shown it: opens with the first failure while they
/// do not, and closes with the first trial that is answered. An attempt has failed after half a
/// second. One trial is under way at a time, after waits that grow as the square root of the outage.
/// A client could do as well if it knew beforehand which share of its calls fails, when the service
/// is well and in each outage.
class Detector : public Guard {
public:
    std::optional<Ticket> admit(Time now, const Prospect& prospect) override {
        pays_ = prospect.chance >= paying_chance;
        calls_ += 1;
        while (!under_way_.empty() && now - under_way_.begin()->second >= bearable) {
            const Ticket overdue = under_way_.begin()->first;
            under_way_.erase(under_way_.begin());
            learn(overdue, now, false);
        }
        if (is_open_ && (now < next_trial_ || trial_)) {
            return std::nullopt;
        }
        const Ticket ticket = next_ticket_++;
        if (is_open_) {
            trial_ = ticket;
        }
        under_way_.emplace(ticket, now);
        return ticket;
    }

    void settle(Ticket ticket, Time now, Outcome outcome, Time /*took*/) override {
        if (under_way_.erase(ticket) != 0) {
            learn(ticket, now, outcome == Outcome::answered);
        }
    }

private:
    static constexpr Time bearable = seconds(0.5);

    void learn(Ticket ticket, Time now, bool is_answered) {
        if (trial_ == ticket) {
            trial_.reset();
            is_open_ = !is_answered;
            wait(now);
        } else if (!is_open_ && !is_answered && !pays_) {
            is_open_ = true;
            opened_ = now;
            wait(now);
        }
    }
    void wait(Time now) {
        const double calls_per_second = calls_ / std::max(1.0, in_seconds(now));
        next_trial_ = now + seconds(std::sqrt(in_seconds(now - opened_) / calls_per_second));
    }

    bool pays_ = true;
    bool is_open_ = false;
    double calls_ = 0;
    Ticket next_ticket_ = 0;
    std::optional<Ticket> trial_;
    std::map<Ticket, Time> under_way_;
    Time opened_{};
    Time next_trial_{};
};

}  // namespace protection
