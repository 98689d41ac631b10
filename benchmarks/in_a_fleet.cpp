// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Healthy calls of a breaker that is shared with others, whose thread looks at it meanwhile.

#include "claims.hpp"
#include "work.hpp"

#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/fleet/shared_store.hpp>
#include <fluxgate/fleet.hpp>
#include <fluxgate/fluxgate.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace {

/// A store that nothing but time keeps from answering.
class NearStore : public fluxgate::detail::SharedStore {
public:
    std::optional<fluxgate::detail::FleetAnswer> answer(const fluxgate::detail::FleetRound& round,
                                                        std::chrono::milliseconds,
                                                        std::string&) override {
        fluxgate::detail::FleetAnswer answer;
        answer.nodes = 1;
        answer.replies.resize(round.statements.size());
        return answer;
    }
};

class NearFleet : public fluxgate::Fleet {
public:
    NearFleet()
        : Fleet{{.node = "one",
                 .interval = std::chrono::milliseconds{200},
                 .timeout = std::chrono::milliseconds{250},
                 .on_error = {}},
                std::make_unique<NearStore>()} {}
};

void healthy_in_a_fleet(benchmark::State& state) {
    static NearFleet fleet;
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"},
                                     fluxgate::Shared{fleet, fluxgate::share::Votes{2}}};
    work::call_all(state, breaker);
}

void healthy_with_a_name(benchmark::State& state) {
    fluxgate::CircuitBreaker breaker{fluxgate::Name{"payments"}, fluxgate::Totals{}};
    work::call_all(state, breaker);
}

BENCHMARK(healthy_in_a_fleet);
BENCHMARK(healthy_with_a_name);

const claims::Rows rows{
    {"healthy_in_a_fleet", {"healthy_with_a_name"}, claims::times(1.1)},
};

}  // namespace
