// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>

#include <chrono>
#include <cstdint>

// Limits of half-open: how many trial calls at once, and how many wait for their turn.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// How many trial calls are under way at once in half-open, those of an earlier half-open that have
/// not come back among them.
///
/// Trials that never come back hold their places for ever, and with them half-open: name a lease
/// where calls may hang. `SingleTrial`, `Trials` and `SlowStart` have one of their own, and
/// `Overdue` is one.
///
/// A `CircuitBreaker` rejects further ones. In an `AsyncCircuitBreaker`, which has a limit of ten
/// by default, they wait for their turn, unless it is told to reject them, or its permit bounds the
/// trials itself, as `SingleTrial` does: then a limit that is named rejects, and no other binds.
class MaxHalfOpenCalls {
public:
    /// Limits them to ten.
    constexpr MaxHalfOpenCalls() = default;

    /// Takes `count` in [1, 2^32 - 1], else throws `std::invalid_argument`.
    constexpr explicit MaxHalfOpenCalls(detail::Count count)
        : count_{count.checked("MaxHalfOpenCalls' count")} {}

    /// Takes `count` in [1, 2^32 - 1] and `lease` above zero, else throws `std::invalid_argument`.
    ///
    /// A trial that is not settled within the lease counts as a failure as soon as anyone looks (a
    /// call, an outcome, `info()`); its place is free then, and its own outcome counts no more. Of
    /// this lease, the permit's and `Overdue` the shortest holds.
    constexpr MaxHalfOpenCalls(detail::Count count, detail::Duration lease)
        : count_{count.checked("MaxHalfOpenCalls' count")},
          lease_{lease.checked("MaxHalfOpenCalls' lease")} {}

    /// Returns the same limit, beyond which calls are rejected rather than wait.
    [[nodiscard]] constexpr MaxHalfOpenCalls or_reject() const noexcept {
        MaxHalfOpenCalls limit = *this;
        limit.rejects_ = true;
        return limit;
    }

    /// Returns the number of calls, at least 1.
    [[nodiscard]] constexpr std::uint32_t count() const noexcept { return count_; }
    /// Returns how long a trial may take, above zero; `nanoseconds::max()` where it may take for
    /// ever.
    [[nodiscard]] constexpr std::chrono::nanoseconds lease() const noexcept { return lease_; }
    /// Returns whether calls beyond it are rejected where they could wait.
    [[nodiscard]] constexpr bool rejects() const noexcept { return rejects_; }

private:
    std::uint32_t count_ = 10;
    std::chrono::nanoseconds lease_ = (std::chrono::nanoseconds::max)();
    bool rejects_ = false;
};

/// How many calls of an `AsyncCircuitBreaker` wait at once for their turn in half-open. Further
/// ones are rejected. Without it as many wait as come.
class MaxHalfOpenWaiters {
public:
    /// Takes `count` in [1, 2^32 - 1], else throws `std::invalid_argument`. To let none wait, write
    /// `MaxHalfOpenCalls{n}.or_reject()`.
    constexpr explicit MaxHalfOpenWaiters(detail::Count count)
        : count_{count.checked("MaxHalfOpenWaiters' count")} {}

    /// Returns the number of calls, at least 1.
    [[nodiscard]] constexpr std::uint32_t count() const noexcept { return count_; }

private:
    std::uint32_t count_;
};

}  // namespace fluxgate::inline v0_1
