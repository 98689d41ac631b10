// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Breakers that end while the thread of a fleet is at them.

#include "breakers.hpp"
#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"

#include <fluxgate/detail/calls/breaker_access.hpp>
#include <fluxgate/detail/fleet/shared_circuit.hpp>
#include <fluxgate/detail/machine/shared_operations.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;
using namespace std::chrono_literals;

namespace {

using Breaker = decltype(CircuitBreaker{std::declval<Explored>(), std::declval<Name>()});

class EndsWhileShared final : public World {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    // As the end of a breaker does that takes part in a fleet.
                    circuit_.close();
                    breaker_.reset();
                    is_gone_.store(true, std::memory_order_release);
                },
                [this] {
                    const bool was_gone = is_gone_.load(std::memory_order_acquire);
                    const auto seen = circuit_.observe();
                    if (!seen) {
                        return;
                    }
                    if (was_gone) {
                        report("a breaker that is gone was observed");
                    }
                    circuit_.impose(seen->period, State::open, 5ns, 0);
                    circuit_.hold(seen->period, seen->now);
                }};
    }
    void check() override {
        if (circuit_.observe()) {
            report("a breaker that is gone is there");
        }
    }

    std::optional<Breaker> breaker_{std::in_place, Explored{}, Name{"payments"}};
    detail::SharedCircuit circuit_{
        &detail::BreakerAccess::core(*breaker_),
        detail::shared_operations<
            std::remove_cvref_t<decltype(detail::BreakerAccess::core(*breaker_))>>};
    /// Written where the breaker's end is over; no use of it may come later.
    explore::atomic<bool> is_gone_{false};
};

}  // namespace

TEST_CASE("a breaker ends while a fleet's thread is at it") {
    explore_program<EndsWhileShared>();
}
