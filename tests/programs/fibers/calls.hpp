// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

// Calls on fibers, which a shared library makes.

/// What was called, and what was counted of it.
struct Counted {
    std::uint64_t calls;
    std::uint64_t succeeded;
    std::uint64_t recorded;
};

/// Makes calls in fibers that threads resume in turn, in the midst of a call.
[[nodiscard]] Counted calls_of_moving_fibers();

/// Makes calls in a fiber that goes on when the thread in which it began is gone.
[[nodiscard]] Counted calls_after_the_thread();
