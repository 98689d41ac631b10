// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>

#include <chrono>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

namespace detail {
/// What `Overdue::none()` returns.
struct NoOverdue {};
}  // namespace detail

/// A call that is not settled within the threshold is a failure.
///
/// It is recorded as soon as anyone looks (a call, an outcome, `info()`), not when the call
/// returns: so a service that hangs opens the circuit although no call has come back. The call goes
/// on; its own outcome counts no more. Its duration counts as the threshold.
///
/// Where the tripper has a `FailureScore`, a call that hangs on adds one to the score again after
/// each further threshold, as soon as anyone looks: so a pool of a few connections, all of which
/// hang, opens the circuit too. Settle early what lasts long although all is well, as a stream does.
///
/// A call is never overdue early, and at most an eighth of the threshold late. In half-open, the
/// shorter of the threshold and the permit's lease is the lease of a trial.
///
/// It costs a call what reading the clock twice costs, and two atomic additions. The coarse clock
/// of an environment is precise enough for thresholds from 22 times its error on: on Linux, from
/// 440 ms. It takes a kilobyte. A breaker without it pays nothing.
class Overdue {
public:
    /// Takes `threshold` above zero, else throws `std::invalid_argument`.
    constexpr explicit Overdue(detail::Duration threshold)
        : threshold_{threshold.checked("Overdue's threshold")} {}

    /// Returns what stands for no threshold: it takes that of a preset away.
    [[nodiscard]] static constexpr detail::NoOverdue none() noexcept { return {}; }

    /// Returns the threshold, above zero.
    [[nodiscard]] constexpr std::chrono::nanoseconds threshold() const noexcept {
        return threshold_;
    }

private:
    std::chrono::nanoseconds threshold_;
};

}  // namespace fluxgate::inline v0_1
