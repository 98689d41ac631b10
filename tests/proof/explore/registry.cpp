// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Breakers that end while they are used through a registry, and listeners of all breakers that come
// and go.

#include "breakers.hpp"
#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/fluxgate.hpp>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;

namespace {

using Breaker = decltype(CircuitBreaker{std::declval<Explored>(), std::declval<Name>(),
                                        std::declval<Registered>()});

class EndsWhileUsed final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    breaker_.reset();
                    is_gone_.store(true, std::memory_order_release);
                },
                [this] {
                    const BreakerView view = *view_;
                    const bool was_gone = is_gone_.load(std::memory_order_acquire);
                    if (view.metrics_only() && was_gone) {
                        report("a breaker that is gone was commanded");
                    }
                    const State state = view.info().state;
                    if (state != State::metrics_only && state != State::closed) {
                        report("a view shows a state that there was not");
                    }
                }};
    }
    void check() override {
        if (view_->reset() || registry_.find("payments")) {
            report("a breaker that is gone is there");
        }
        static_cast<void>(view_->info());
    }

    Registry registry_;
    std::optional<Breaker> breaker_{std::in_place, Explored{}, Name{"payments"},
                                    Registered{registry_}};
    std::optional<BreakerView> view_ = registry_.find("payments");
    /// Written where the breaker's end is over; no use of it may come later.
    explore::atomic<bool> is_gone_{false};
};

class ListenerEnds final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] { first_.disable(); }, [this] { second_.disable(); },
                [this] {
                    subscription_ = {};
                    has_ended_ = true;
                }};
    }
    void check() override {
        if (heard_.load() > 2) {
            report("a listener heard a signal twice");
        }
    }

    Registry registry_;
    Breaker first_{Explored{}, Name{"first"}, Registered{registry_}};
    Breaker second_{Explored{}, Name{"second"}, Registered{registry_}};
    plain_data<bool> has_ended_{false};
    explore::atomic<int> heard_{0};
    Subscription subscription_ = registry_.listen([this](const Signal&) {
        if (has_ended_) {
            report("a listener runs whose subscription has ended");
        }
        heard_.fetch_add(1);
    });
};

}  // namespace

TEST_CASE("a breaker ends while it is used through a view") {
    explore_program<EndsWhileUsed>();
}

TEST_CASE("a listener of a registry ends while two breakers tell it") {
    explore_program<ListenerEnds>();
}
