// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The numbers of trials at once, and of calls that wait for their slots.
struct TrialLimits {
    static constexpr std::uint32_t no_limit = 0xffffffff;

    /// How many hold a slot at once.
    std::uint32_t slot_count = no_limit;
    /// How many wait for a slot.
    std::uint32_t waiter_count = no_limit;
    /// How many are under way at once where the permit admits them under the lock, and where nobody
    /// waits.
    std::uint32_t trial_count = no_limit;
    /// How long one may take before it has failed, and its place is free.
    std::chrono::nanoseconds lease = (std::chrono::nanoseconds::max)();
};

/// The calls that wait for a slot in half-open: none, where there are no slots.
struct NoWaiters {
    explicit NoWaiters(const TrialLimits&) noexcept {}

    /// What a trial call holds.
    struct Slot {};
    static void wake_all() noexcept {}
};

}  // namespace fluxgate::inline v0_1::detail
