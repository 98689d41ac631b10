// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "systems.hpp"

#include "systems/bounds.hpp"
#include "systems/brpc.hpp"
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

}  // namespace

System omniscient() {
    System system = system_of<Omniscient>("omniscient");
    system.omniscient = true;
    return system;
}

std::vector<System> systems() {
    using namespace std::chrono_literals;
    using namespace fluxgate;
    // What the callers of the scenarios can bear: their time-out is a second, but for two of them.
    const auto preset = presets::request_response(500ms);
    return {
        system_of<NoBreaker>("no breaker"),

        system_of<Brpc>("brpc"),
        system_of<Envoy>("Envoy, ejecting"),
        system_of<FailsafeGo>("failsafe-go"),
        system_of<Finagle>("Finagle, ejecting"),
        system_of<Gobreaker>("gobreaker"),
        system_of<GrpcRetryThrottle>("gRPC retry throttle"),
        system_of<Hystrix>("Hystrix"),
        system_of<Polly>("Polly"),
        system_of<Resilience4j>("Resilience4j"),
        system_of<Sentinel>("Sentinel"),
        system_of<SreThrottle>("SRE book throttle"),

        fluxgate_of("Fluxgate preset", preset),
        fluxgate_of("Fluxgate preset, no Overdue", preset, Overdue::none()),
        fluxgate_of("Fluxgate preset, Backoff", preset, Backoff{1s, 1.5, 5s, 0.3}),
        fluxgate_of("Fluxgate preset, SlowStart", preset, permits::SlowStart{}),
        fluxgate_of("Fluxgate preset, 50 % failures", preset, MinRequests{20} & FailureRate{0.5}),
        fluxgate_of("Fluxgate preset, bearable 1 s", presets::request_response()),
        // What Python's Fluxgate does by default, too.
        fluxgate_of("Fluxgate, no policy named"),
    };
}

}  // namespace protection
