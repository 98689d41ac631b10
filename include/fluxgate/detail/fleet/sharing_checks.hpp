// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/breaker_options.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_terms.hpp>
#include <fluxgate/detail/fleet/fleet_thread.hpp>
#include <fluxgate/detail/machine/core.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/share.hpp>
#include <fluxgate/totals.hpp>
#include <fluxgate/windows.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>

// Which breakers take part in a fleet, and on which terms.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::testing {
class Virtual;
}  // namespace fluxgate::inline v0_1::testing

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Says in a sentence why a breaker with this machine does not share in this mode.
template <class Core, class Mode>
struct CheckSharing;

template <class Window, class Tripper, class Retry, class Permit, class Environment,
          class Listeners, class Waiters, class Options, class Mode>
struct CheckSharing<Core<Window, Tripper, Retry, Permit, Environment, Listeners, Waiters, Options>,
                    Mode> {
    static constexpr bool is_mode = std::same_as<Mode, share::Commands> ||
                                    std::same_as<Mode, share::Votes> ||
                                    std::same_as<Mode, share::Pool>;
    /// Of such a breaker it is known at run time whether calls can be added up.
    static constexpr bool is_any = Options::template have<ExchangeablePolicies>;

    static consteval bool passes() {
        static_assert(is_mode,
                      "fluxgate: what a breaker shares with a fleet is share::Commands{}, "
                      "share::Votes{quorum} or share::Pool{}");
        static_assert(!std::same_as<typename Environment::Mutex, NoMutex>,
                      "fluxgate: a breaker that is SingleThreaded does not join a fleet, whose "
                      "thread looks at it: leave SingleThreaded out");
        static_assert(!std::same_as<Environment, testing::Virtual>,
                      "fluxgate: a breaker in testing::Virtual time does not join a fleet, which "
                      "lives in real time");
        static_assert(
            Options::template have<Totals>,
            "fluxgate: a breaker that joins a fleet keeps Totals, by which the fleet sees "
            "whether calls come: write Totals{} beside its Name");
        if constexpr (std::same_as<Mode, share::Pool> && !is_any) {
            static_assert(std::same_as<Window, TimeWindow>,
                          "fluxgate: share::Pool needs a TimeWindow: in another window old "
                          "failures of a node without calls would count for ever");
            static_assert(!Tripper::uses_score,
                          "fluxgate: share::Pool needs a tripper of counts, rates and means: a "
                          "FailureScore, which presets::request_response has, cannot be added up");
        }
        return true;
    }
};

/// Returns the terms on which a breaker takes part.
template <class Mode>
[[nodiscard]] FleetTerms terms_of(const FleetThread& thread, [[maybe_unused]] const Mode& mode) {
    FleetTerms terms;
    terms.interval = thread.interval();
    // Each node that has calls tells of them so often, which is what costs the store most.
    terms.pool_interval = (std::max)(thread.interval(), std::chrono::milliseconds{1000});
    if constexpr (std::same_as<Mode, share::Votes>) {
        terms.sharing = Sharing::votes;
        terms.quorum = mode.quorum();
    } else if constexpr (std::same_as<Mode, share::Pool>) {
        terms.sharing = Sharing::pool;
    }
    return terms;
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
