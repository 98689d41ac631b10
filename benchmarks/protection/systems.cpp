// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "systems.hpp"

#include "systems/bounds.hpp"
#include "systems/brpc.hpp"
#include "systems/combined.hpp"
#include "systems/envoy.hpp"
#include "systems/failsafe_go.hpp"
#include "systems/finagle.hpp"
#include "systems/fluxgate.hpp"
#include "systems/gobreaker.hpp"
#include "systems/hystrix.hpp"
#include "systems/polly.hpp"
#include "systems/resilience4j.hpp"
#include "systems/sentinel.hpp"
#include "systems/throttles.hpp"

#include <chrono>
#include <concepts>
#include <string>
#include <utility>

namespace protection {

namespace {

template <std::derived_from<Guard> G>
System system_of(std::string name) {
    return System{std::move(name), [](Random& random) -> std::unique_ptr<Guard> {
                      if constexpr (std::constructible_from<G, Random&>) {
                          return std::make_unique<G>(random);
                      } else {
                          return std::make_unique<G>();
                      }
                  }};
}

System foreseeing(System system) {
    system.foresees = true;
    return system;
}

}  // namespace

System omniscient() {
    return foreseeing(system_of<Omniscient>("omniscient"));
}

std::vector<System> systems() {
    using namespace std::chrono_literals;
    using namespace fluxgate;
    // What the callers of the scenarios can bear: their time-out is a second, but for two of them.
    const auto preset = presets::request_response(500ms);
    return {
        system_of<NoBreaker>("no breaker"),
        foreseeing(system_of<Detector>("a detector that knows the rates")),
        foreseeing(system_of<Oracle>("an oracle")),

        system_of<Brpc>("brpc"),
        system_of<Envoy>("Envoy, ejecting"),
        system_of<FailsafeGo>("failsafe-go"),
        system_of<Finagle>("Finagle, ejecting"),
        system_of<Gobreaker>("gobreaker"),
        system_of<GrpcRetryThrottle>("gRPC retry throttle"),
        system_of<Hystrix>("Hystrix"),
        system_of<HystrixWithPool>("Hystrix, pool of 30"),
        system_of<Polly>("Polly"),
        system_of<Resilience4j>("Resilience4j"),
        system_of<Sentinel>("Sentinel"),
        system_of<SreThrottle>("SRE book throttle"),

        fluxgate_of("Fluxgate preset", preset),
        with_budget("Fluxgate preset, retry budget", fluxgate_of("", preset)),
        with_budget("no breaker, retry budget", system_of<NoBreaker>("")),
        in_front("SRE book throttle, then the preset", system_of<SreThrottle>(""),
                 fluxgate_of("", preset)),
        fluxgate_of("Fluxgate preset, no Overdue", preset, Overdue::none()),
        fluxgate_of("Fluxgate preset, Backoff", preset, Backoff{1s, 1.5, 5s, 0.3}),
        fluxgate_of("Fluxgate preset, SlowStart", preset, permits::SlowStart{}),
        fluxgate_of("Fluxgate preset, 50 % failures", preset, MinRequests{20} & FailureRate{0.5}),
        fluxgate_of("Fluxgate preset, bearable 1 s", presets::request_response()),
        // Its mechanism with numbers that anybody would take.
        fluxgate_of("Fluxgate, streak of 10, wait of 2 s", preset, FailureStreak{10}, Cooldown{2s}),
        // What Python's Fluxgate does by default, too.
        fluxgate_of("Fluxgate, no policy named"),
    };
}

}  // namespace protection
