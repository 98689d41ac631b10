// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <fluxgate/fluxgate.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace protection {

/// A real breaker, as users make it of these policies, in virtual time.
template <class... Policies>
class Fluxgate : public Guard {
public:
    explicit Fluxgate(Random& random, Policies... policies)
        : random_{random.next()},
          breaker_{fluxgate::testing::Virtual{time_}, std::move(policies)...} {}

    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        advance_to(now);
        auto permission = breaker_.try_acquire();
        if (!permission) {
            return std::nullopt;
        }
        if (free_.empty()) {
            free_.push_back(permissions_.size());
            permissions_.emplace_back();
        }
        const Ticket ticket = free_.back();
        free_.pop_back();
        permissions_[ticket].emplace(std::move(*permission));
        return ticket;
    }

    void settle(Ticket ticket, Time now, Outcome outcome, Time /*took*/) override {
        advance_to(now);
        auto& permission = permissions_[ticket];
        if (outcome == Outcome::answered) {
            permission->succeeded();
        } else {
            permission->failed();
        }
        permission.reset();
        free_.push_back(ticket);
    }

private:
    using Breaker = decltype(fluxgate::CircuitBreaker{std::declval<fluxgate::testing::Virtual>(),
                                                      std::declval<Policies>()...});

    void advance_to(Time now) {
        time_.advance(now - now_);
        now_ = now;
        time_.draws(random_.uniform());
    }

    Random random_;
    Time now_{};
    fluxgate::testing::VirtualTime time_;
    Breaker breaker_;
    // By ticket; those that are free are in free_.
    std::vector<std::optional<typename Breaker::Permission>> permissions_;
    std::vector<Ticket> free_;
};

/// Returns the system whose guards are breakers of these policies.
template <class... Policies>
System fluxgate_of(std::string name, Policies... policies) {
    return System{std::move(name), [=](Random& random) -> std::unique_ptr<Guard> {
                      return std::make_unique<Fluxgate<Policies...>>(random, policies...);
                  }};
}

}  // namespace protection
