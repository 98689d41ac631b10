// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "player.hpp"

#include <fluxgate/fluxgate.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <string>
#include <string_view>

namespace conformance {

/// The configurations of the vectors.
inline constexpr std::array<std::string_view, 14> configuration_names{
    "default",      "rate", "streak_or_rate", "per_state", "tracked_types",
    "tracker_expr", "slow", "latency",        "ramp",      "random_permit",
    "never",        "time", "time_slow",      "borderline"};

/// Calls `f(policies...)` with those of the configuration of this name. Returns false if there is
/// none.
///
/// The vectors tell durations wherever a tripper looks at them; the windows are asked to keep them
/// where that is only to count slow calls.
template <class F>
bool with_configuration(std::string_view name, F f) {
    using namespace fluxgate;
    using namespace std::chrono_literals;

    const auto ignored = [](const std::exception& error) {
        return std::string{error.what()} == "ignore";
    };
    if (name == "default") {
        f();
    } else if (name == "rate") {
        f(CountWindow{10}, MinRequests{5} & FailureRate{0.5}, Cooldown{5s}, permits::All{});
    } else if (name == "streak_or_rate") {
        f(CountWindow{20}, FailureStreak{3} | (MinRequests{8} & FailureRate{0.4}), Cooldown{3s},
          permits::All{});
    } else if (name == "per_state") {
        f(CountWindow{16},
          (Closed{} & MinRequests{6} & FailureRate{0.6}) |
              (HalfOpened{} & MinRequests{2} & FailureRate{0.3}),
          Backoff{2s, 2, 30s}, permits::All{});
    } else if (name == "tracked_types") {
        f(CountWindow{8}, TypeOf<Network>{}, MinRequests{4} & FailureRate{0.5}, Cooldown{4s},
          permits::All{});
    } else if (name == "tracker_expr") {
        f(CountWindow{8}, trackers::All{} & ~(TypeOf<BadInput>{} | Custom{ignored}),
          FailureStreak{2}, Always{}, permits::All{});
    } else if (name == "slow") {
        f(KeepDurations{CountWindow{12}},
          MinRequests{4} & (SlowRate{0.3, 1s} | SlowRate{0.2, 3s} | FailureRate{0.5}), Cooldown{2s},
          permits::All{});
    } else if (name == "latency") {
        f(CountWindow{6}, MinRequests{3} & AvgLatency{1s}, Cooldown{2s}, permits::All{});
    } else if (name == "ramp") {
        f(CountWindow{10}, MinRequests{4} & FailureRate{0.25}, Cooldown{3s}, RampUp{0.1, 0.9, 10s});
    } else if (name == "random_permit") {
        f(CountWindow{5}, MinRequests{2} & FailureRate{0.5}, Cooldown{1s, 0.5}, Random{0.5});
    } else if (name == "never") {
        f(CountWindow{4}, FailureStreak{2}, Never{}, permits::All{});
    } else if (name == "time") {
        f(TimeWindow{5s}, MinRequests{4} & FailureRate{0.5}, Cooldown{3s}, permits::All{});
    } else if (name == "time_slow") {
        f(KeepDurations{TimeWindow{10s}},
          (MinRequests{6} & (FailureRate{0.4} | SlowRate{0.5, 500ms})) | FailureStreak{4},
          Backoff{1s, 3, 20s}, RampUp{0.5, 1.0, 4s});
    } else if (name == "borderline") {
        f(CountWindow{10}, MinRequests{10} & FailureRate{0.3}, Cooldown{1s}, permits::All{});
    } else {
        return false;
    }
    return true;
}

}  // namespace conformance
