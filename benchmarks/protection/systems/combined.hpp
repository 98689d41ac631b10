// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <fluxgate/retry_budget.hpp>
#include <fluxgate/testing.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

// Systems made of others.
namespace protection {

/// Another guard, whose caller keeps a real retry budget in virtual time.
class Budgeted : public Guard {
public:
    explicit Budgeted(std::unique_ptr<Guard> guard) : guard_{std::move(guard)} {}

    void count_call(Time now) override {
        advance_to(now);
        budget_.count_call();
    }
    std::optional<Ticket> admit(Time now, const Prospect& prospect) override {
        return guard_->admit(now, prospect);
    }
    void settle(Ticket ticket, Time now, Outcome outcome, Time took) override {
        advance_to(now);
        guard_->settle(ticket, now, outcome, took);
    }
    bool allows_retry(Outcome outcome) override {
        return guard_->allows_retry(outcome) && budget_.try_spend();
    }
    std::optional<Time> timeout() const override { return guard_->timeout(); }

private:
    void advance_to(Time now) {
        time_.advance(now - now_);
        now_ = now;
    }

    std::unique_ptr<Guard> guard_;
    Time now_{};
    fluxgate::testing::VirtualTime time_;
    fluxgate::RetryBudget budget_{0.1, 1.0, fluxgate::testing::Virtual{time_}};
};

/// Returns the system with a retry budget.
inline System with_budget(std::string name, System system) {
    return System{std::move(name),
                  [make = std::move(system.make)](Random& random) -> std::unique_ptr<Guard> {
                      return std::make_unique<Budgeted>(make(random));
                  },
                  system.foresees};
}

/// A guard in front of another: what the first lets through, the second may still reject, which the
/// first then takes for an attempt that was not answered.
class InFront : public Guard {
public:
    InFront(std::unique_ptr<Guard> first, std::unique_ptr<Guard> second)
        : first_{std::move(first)}, second_{std::move(second)} {}

    std::optional<Ticket> admit(Time now, const Prospect& prospect) override {
        const std::optional<Ticket> of_first = first_->admit(now, prospect);
        if (!of_first) {
            return std::nullopt;
        }
        const std::optional<Ticket> of_second = second_->admit(now, prospect);
        if (!of_second) {
            first_->settle(*of_first, now, Outcome::refused, Time{});
        }
        return of_second;
    }
    void settle(Ticket ticket, Time now, Outcome outcome, Time took) override {
        first_->settle(Ticket{}, now, outcome, took);  // a throttle has no use for it
        second_->settle(ticket, now, outcome, took);
    }

private:
    std::unique_ptr<Guard> first_;
    std::unique_ptr<Guard> second_;
};

/// Returns the throttle `first` in front of `second`.
inline System in_front(std::string name, System first, System second) {
    return System{std::move(name),
                  [make_first = std::move(first.make),
                   make_second = std::move(second.make)](Random& random) -> std::unique_ptr<Guard> {
                      std::unique_ptr<Guard> guard = make_first(random);
                      return std::make_unique<InFront>(std::move(guard), make_second(random));
                  }};
}

}  // namespace protection
