// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// Counts all that a breaker does, from its construction on: an argument of the constructor.
/// `info().totals` then has the counts, which only grow, as a monitoring system wants them. The
/// windows forget; these do not.
///
/// A thread counts in memory that only it writes, so that threads do not slow each other down; that
/// takes 56 to 112 bytes a breaker for each thread, which the next thread takes over when one ends.
/// A breaker without it pays nothing.
struct Totals {};

/// What a breaker has done since it was constructed.
///
/// Each call that was granted counts once, when it ends, as `succeeded`, `failed` or `neutral`:
/// also where its outcome comes too late for the window, or the circuit is disabled. Exact once the
/// threads have come to rest; while they count, a number may be a little behind.
struct TotalCounts {
    /// The tracker took it for a success.
    std::uint64_t succeeded = 0;
    /// The tracker took it for a failure.
    std::uint64_t failed = 0;
    /// It ended without a verdict: by an exception that does not count, a cancellation, or a
    /// permission that was dropped.
    std::uint64_t neutral = 0;
    /// It was not let through.
    std::uint64_t rejected = 0;
    /// Of those that succeeded or failed, it lasted at least the least threshold that the tripper
    /// names; zero where that names none.
    std::uint64_t slow = 0;
    /// How often the circuit has entered `open`, by `open_for()` too.
    std::uint64_t opened = 0;
    /// How often the tripper would have opened the circuit in `metrics_only`, where it never opens:
    /// each yes that follows a no.
    std::uint64_t would_have_opened = 0;
    /// It was taken for overdue: a call by `Overdue`, a trial by its lease. It counts as one of the
    /// first three when it comes back. A service that hangs shows here, and not in `failed`.
    std::uint64_t overdue = 0;

    /// Returns whether all counts are the same.
    friend constexpr bool operator==(const TotalCounts&, const TotalCounts&) = default;
};

/// How long the calls took that a breaker has counted since it was constructed, by outcome: divided
/// by the counts, the mean latency. By the clock that the breaker times calls with: for `Overdue`
/// that may be the system's coarse one, which is right on average.
struct CallTimes {
    /// All that succeeded, together.
    std::chrono::nanoseconds succeeded{};
    /// All that failed, together.
    std::chrono::nanoseconds failed{};

    /// Returns whether both are the same.
    friend constexpr bool operator==(const CallTimes&, const CallTimes&) = default;
};

}  // namespace fluxgate::inline v0_1
