// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "player.hpp"

#include <string>
#include <utility>

// The synchronous breaker's action:
//
//     call <at> <outcome> <text> <takes> <result> <ran>

namespace conformance {

template <class... Policies>
class SyncPlayer : public Player<SyncPlayer<Policies...>> {
public:
    SyncPlayer(Reader& reader, Policies... policies)
        : Player<SyncPlayer>{reader},
          breaker_{fluxgate::testing::Virtual{this->time_}, this->remember_signals(),
                   std::move(policies)...} {}

    auto& breaker() { return breaker_; }

    bool act() {
        if (!this->reader_.at("call")) {
            return false;
        }
        act_call();
        return true;
    }

    void check_calls() {}

private:
    void act_call() {
        this->go_to(this->reader_.word(1, 7));
        bool ran = false;
        const std::string result = result_of([&] {
            breaker_.call([&] {
                ran = true;
                this->time_.advance(this->reader_.seconds(this->reader_.word(4, 7)));
                end_as(this->reader_, this->reader_.word(2, 7), this->reader_.word(3, 7));
            });
        });
        this->reader_.expect("the result", this->reader_.word(5, 7), result);
        this->reader_.expect("'ran'", this->reader_.word(6, 7), std::string{ran ? "1" : "0"});
    }

    decltype(fluxgate::CircuitBreaker{std::declval<fluxgate::testing::Virtual>(),
                                      std::declval<fluxgate::Listeners<>>(),
                                      std::declval<Policies>()...}) breaker_;
};

}  // namespace conformance
