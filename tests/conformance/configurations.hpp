// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "async_player.hpp"
#include "sync_player.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <string>
#include <utility>

namespace conformance {

/// Plays a vector with the breaker that it is for, made of these policies.
template <class... Policies>
int play_with(Reader& reader, Policies... policies) {
    if (reader.word(1, 6) == "sync") {
        return SyncPlayer<Policies...>{reader, std::move(policies)...}.play();
    }
    if (reader.word(1, 6) == "async") {
        const auto cap = static_cast<std::uint32_t>(reader.number(reader.word(5, 6)));
        return AsyncPlayer<Policies...>{reader, cap, std::move(policies)...}.play();
    }
    reader.fail("is for no breaker that there is");
}

/// Plays a vector, on whose opening line the reader stands, with breakers of the named
/// configuration. How many steps it had.
inline int play(Reader& reader) {
    using namespace fluxgate;
    using namespace std::chrono_literals;

    static const auto ignored = [](const std::exception& error) {
        return std::string{error.what()} == "ignore";
    };
    static const auto all = [] { return permits::All{}; };

    // The vectors tell durations wherever a tripper looks at them; the windows are asked to keep
    // them where that is only to count slow calls.
    static const std::map<std::string, int (*)(Reader&)> configurations{
        {"default", [](Reader& r) { return play_with(r); }},
        {"rate",
         [](Reader& r) {
             return play_with(r, CountWindow{10}, MinRequests{5} & FailureRate{0.5}, Cooldown{5s},
                              all());
         }},
        {"streak_or_rate",
         [](Reader& r) {
             return play_with(r, CountWindow{20},
                              FailureStreak{3} | (MinRequests{8} & FailureRate{0.4}), Cooldown{3s},
                              all());
         }},
        {"per_state",
         [](Reader& r) {
             return play_with(r, CountWindow{16},
                              (Closed{} & MinRequests{6} & FailureRate{0.6}) |
                                  (HalfOpened{} & MinRequests{2} & FailureRate{0.3}),
                              Backoff{2s, 2, 30s}, all());
         }},
        {"tracked_types",
         [](Reader& r) {
             return play_with(r, CountWindow{8}, TypeOf<Network>{},
                              MinRequests{4} & FailureRate{0.5}, Cooldown{4s}, all());
         }},
        {"tracker_expr",
         [](Reader& r) {
             return play_with(r, CountWindow{8},
                              trackers::All{} & ~(TypeOf<BadInput>{} | Custom{ignored}),
                              FailureStreak{2}, Always{}, all());
         }},
        {"slow",
         [](Reader& r) {
             return play_with(
                 r, KeepDurations{CountWindow{12}},
                 MinRequests{4} & (SlowRate{0.3, 1s} | SlowRate{0.2, 3s} | FailureRate{0.5}),
                 Cooldown{2s}, all());
         }},
        {"latency",
         [](Reader& r) {
             return play_with(r, CountWindow{6}, MinRequests{3} & AvgLatency{1s}, Cooldown{2s},
                              all());
         }},
        {"ramp",
         [](Reader& r) {
             return play_with(r, CountWindow{10}, MinRequests{4} & FailureRate{0.25}, Cooldown{3s},
                              RampUp{0.1, 0.9, 10s});
         }},
        {"random_permit",
         [](Reader& r) {
             return play_with(r, CountWindow{5}, MinRequests{2} & FailureRate{0.5},
                              Cooldown{1s, 0.5}, Random{0.5});
         }},
        {"never",
         [](Reader& r) { return play_with(r, CountWindow{4}, FailureStreak{2}, Never{}, all()); }},
        {"time",
         [](Reader& r) {
             return play_with(r, TimeWindow{5s}, MinRequests{4} & FailureRate{0.5}, Cooldown{3s},
                              all());
         }},
        {"time_slow",
         [](Reader& r) {
             return play_with(
                 r, KeepDurations{TimeWindow{10s}},
                 (MinRequests{6} & (FailureRate{0.4} | SlowRate{0.5, 500ms})) | FailureStreak{4},
                 Backoff{1s, 3, 20s}, RampUp{0.5, 1.0, 4s});
         }},
        {"borderline",
         [](Reader& r) {
             return play_with(r, CountWindow{10}, MinRequests{10} & FailureRate{0.3}, Cooldown{1s},
                              all());
         }},
    };

    if (!reader.at("vector")) {
        reader.fail("is no opening of a vector");
    }
    const auto found = configurations.find(reader.word(2, 6));
    if (found == configurations.end()) {
        reader.fail("names an unknown configuration");
    }
    return found->second(reader);
}

}  // namespace conformance
