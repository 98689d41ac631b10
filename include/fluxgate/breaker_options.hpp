// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <concepts>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {
class Recorder;
}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1 {

/// The optional parts of a breaker, in its type: what is not among them costs it nothing. Those of
/// a `CircuitBreaker` are `Overdue`, `MaxHalfOpenCalls`, `Totals` and `Recorder`; those of an
/// `AsyncCircuitBreaker` are `Overdue`, `Totals` and `Recorder`.
///
/// The compiler deduces the type of a breaker from the constructor's arguments. Code that writes the
/// type out, as for a class member, names the parts in the order above.
template <class... Parts>
struct BreakerOptions {
    /// True if the part is among them.
    template <class Part>
    static constexpr bool have = (std::same_as<Part, Parts> || ...);
};

}  // namespace fluxgate::inline v0_1
