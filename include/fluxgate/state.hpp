// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cstdint>
#include <string_view>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// What a circuit breaker does with a call.
///
/// | state        | a call                          | its outcome                            |
/// |--------------|---------------------------------|----------------------------------------|
/// | closed       | runs                            | is recorded and may open the circuit   |
/// | open         | is rejected until the wait ends | -                                      |
/// | half_open    | is a trial, if the permit says  | is recorded, may open or close it      |
/// | metrics_only | runs                            | is recorded, never opens the circuit   |
/// | disabled     | runs                            | is not recorded                        |
/// | forced_open  | is rejected                     | -                                      |
///
/// The last three are entered and left by an operator's command alone.
enum class State : std::uint8_t { closed, open, half_open, metrics_only, disabled, forced_open };

/// Returns the enumerator's name, such as `half_open`; `unknown` for a value that is none.
[[nodiscard]] constexpr std::string_view to_string(State state) noexcept {
    switch (state) {
        case State::closed: return "closed";
        case State::open: return "open";
        case State::half_open: return "half_open";
        case State::metrics_only: return "metrics_only";
        case State::disabled: return "disabled";
        case State::forced_open: return "forced_open";
    }
    return "unknown";
}

}  // namespace fluxgate::inline v0_1
