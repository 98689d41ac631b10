// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// Why a call was not run.
struct Rejection {
    /// The state that the call found: `open`, `half_open` or `forced_open`.
    State state = State::open;
    /// How long the circuit will stay open, from the call on: at least a nanosecond. Never too
    /// short, nor longer than the wait; up to a sixteenth too long where a cheap clock told it, as
    /// on Linux where more than 0.3 s are left. Empty where it is not known: in `half_open` and
    /// `forced_open`, and where the retry policy never ends the wait.
    std::optional<std::chrono::nanoseconds> retry_after{};
    /// The breaker's name; empty where it has none.
    SharedName name{};

    /// Returns whether both have the same state, wait and name.
    friend constexpr bool operator==(const Rejection&, const Rejection&) = default;
};

/// Thrown by a circuit breaker in place of running a call.
class CallNotPermittedError : public std::runtime_error {
public:
    /// Throws `std::bad_alloc`.
    explicit CallNotPermittedError(const Rejection& rejection)
        : std::runtime_error{rejection.name.empty() ? std::runtime_error{sentence(rejection.state)}
                                                    : named(rejection)},
          rejection_{rejection} {}

    /// Returns the state that the call found.
    [[nodiscard]] State state() const noexcept { return rejection_.state; }

    /// Returns how long the circuit will stay open, where that is known; see `Rejection`.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> retry_after() const noexcept {
        return rejection_.retry_after;
    }

    /// Returns the state and the time left, as `try_call` gives them.
    [[nodiscard]] const Rejection& rejection() const noexcept { return rejection_; }

private:
    /// Returns a sentence such as `call not permitted by "payments": the circuit is open`.
    static std::runtime_error named(const Rejection& rejection) {
        constexpr std::string_view beginning = "call not permitted";
        std::string text{sentence(rejection.state)};
        text.insert(beginning.size(), " by \"" + std::string{rejection.name} + '"');
        return std::runtime_error{text};
    }

    // Constants: a rejection is to cost no more than the throw.
    static const char* sentence(State state) noexcept {
        switch (state) {
            case State::open: return "call not permitted: the circuit is open";
            case State::half_open:
                return "call not permitted: the circuit is half-open, and its permit admitted no "
                       "further trial call";
            case State::forced_open: return "call not permitted: the circuit is forced open";
            case State::closed:
            case State::metrics_only:
            case State::disabled: break;
        }
        return "call not permitted";
    }

    Rejection rejection_;
};

}  // namespace fluxgate::inline v0_1
