// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The breaker against the plain one, in virtual time: the same steps must give the same answers,
// signals and metrics. Of which policies they are, and what the steps are, the input says.

#include "configurations.hpp"
#include "drive.hpp"
#include "input.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

using namespace fluxgate;
using namespace std::chrono_literals;
using fuzz::Input;
using fuzz::require;

namespace {

template <class Environment, class... Policies>
void drive(std::string_view configuration, const Input& input, const Policies&... policies) {
    fuzz::Drive<Environment, Policies...>{configuration, input, policies...}.run();
}

using Lagged = fuzz::Lagging<std::mutex>;
using LaggedAlone = fuzz::Lagging<detail::NoMutex>;

constexpr std::size_t recovering_configurations = 7;

/// Configurations that keep account of trials, or of calls that may be overdue.
void drive_recovering(std::size_t which, const Input& input) {
    switch (which) {
        case 0:
            drive<Lagged>("", input, CountWindow{10}, FailureStreak{2}, Cooldown{3s},
                          permits::SingleTrial{1s});
            break;
        case 1:
            drive<Lagged>("", input, CountWindow{10}, MinRequests{4} & FailureRate{0.5},
                          Cooldown{500ms}, permits::Trials{3, 2, 1s});
            break;
        case 2:
            drive<LaggedAlone>("", input, TimeWindow{10s}, FailureScore{2, 0.5, 1},
                               SquareRootWait{500ms, 8s}, permits::SlowStart{4, 3s});
            break;
        case 3:
            drive<Lagged>("", input, CountWindow{20}, FailureScore{3, 0, 0.5} | FailureStreak{4},
                          Always{}, permits::All{}, MaxHalfOpenCalls{2});
            break;
        case 4:
            drive<testing::Virtual>("", input, CountWindow{10}, FailureStreak{3}, Cooldown{1s},
                                    permits::All{}, Overdue{1s});
            break;
        case 5:
            drive<testing::Virtual>("", input, TimeWindow{2s, 500ms},
                                    MinRequests{4} & SlowRate{0.5, 500ms}, Backoff{1s, 2.0, 8s},
                                    permits::Trials{2, 1, 500ms}, Overdue{3s});
            break;
        default:
            drive<testing::Virtual>("", input, TimeWindow{10s}, FailureScore{}, SquareRootWait{},
                                    permits::SingleTrial{2s}, Overdue{500ms});
            break;
    }
}

constexpr std::size_t more_configurations = 10;

/// Configurations at the borders of what is kept in which way, with a clock that lags.
void drive_more(std::size_t which, const Input& input) {
    constexpr permits::All all;
    switch (which) {
        case 0:
            drive<Lagged>("", input, CountWindow{1}, FailureStreak{1}, Cooldown{3s}, all);
            break;
        case 1:
            drive<Lagged>("", input, CountWindow{64},
                          FailureStreak{4} | (MinRequests{10} & FailureRate{0.3}), Cooldown{3s},
                          all);
            break;
        case 2:
            drive<Lagged>(
                "", input, CountWindow{65},
                MinRequests{10} & (SlowRate{0.5, 1s} | SlowRate{0.8, 500ms} | FailureRate{0.5}),
                Cooldown{3s}, all);
            break;
        case 3:
            drive<Lagged>("", input, CountWindow{130}, MinRequests{5} & SlowRate{0.4, 1s},
                          Cooldown{3s}, all);
            break;
        case 4:
            drive<Lagged>("", input, KeepDurations{CountWindow{7}},
                          AvgLatency{1s} | FailureStreak{3}, Cooldown{3s}, all);
            break;
        case 5:
            drive<Lagged>("", input, TimeWindow{2s, 500ms}, MinRequests{3} & FailureRate{0.4},
                          Cooldown{3s}, all);
            break;
        case 6:
            drive<LaggedAlone>("", input, TimeWindow{2s, 500ms}, MinRequests{3} & FailureRate{0.4},
                               Cooldown{3s}, all);
            break;
        case 7:
            drive<Lagged>("", input, TimeWindow{1s}, MinRequests{2} & SlowRate{1.0, 1s},
                          Cooldown{3s}, all);
            break;
        case 8:
            drive<LaggedAlone>("", input, CountWindow{100},
                               (HalfOpened{} & MinRequests{3} & FailureRate{0.5}) |
                                   (Closed{} & MinRequests{20} & FailureRate{0.2}),
                               Always{}, RampUp{0.2, 0.9, 10s});
            break;
        default:
            drive<Lagged>(
                "", input, TimeWindow{10s, 2s},
                MinRequests{4} & (FailureRate{0.6} | SlowRate{0.5, 500ms} | SlowRate{0.25, 1s}),
                Backoff{1s, 2.0, 8s}, Random{0.4});
            break;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input{data, size};
    constexpr std::size_t named = conformance::configuration_names.size();
    const std::size_t which = input.below(named + more_configurations + recovering_configurations);
    if (which >= named + more_configurations) {
        drive_recovering(which - named - more_configurations, input);
        return 0;
    }
    if (which >= named) {
        drive_more(which - named, input);
        return 0;
    }
    const std::string_view name = conformance::configuration_names[which];
    const bool is_known = conformance::with_configuration(
        name, [&](const auto&... policies) { drive<testing::Virtual>(name, input, policies...); });
    require(is_known, "the configuration");
    return 0;
}
