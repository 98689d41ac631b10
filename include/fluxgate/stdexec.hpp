// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/adapters/slot_sender.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>

#include <exec/task.hpp>

#include <cstdint>

// For calls of coroutines of stdexec, `exec::task<T>`. Without this header, a stop that is requested of a
// task does not end its wait for a slot. What is stopped has its frame destroyed, which is neutral.
// Senders are guarded by <fluxgate/senders.hpp>.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Tasks of stdexec: a waiter goes on by the task's own scheduler, and a stop that is requested of the
/// task ends its wait at once.
template <class T, class Context>
struct task_traits<exec::basic_task<T, Context>> {
    /// Returns what to await for a `Slot`: a sender, which the task makes an awaitable of.
    template <class Mutex>
    static detail::SlotSender<Mutex> acquire(BasicSemaphore<Mutex>& semaphore,
                                             std::uint64_t generation) {
        return {semaphore, generation};
    }
    /// Returns false: a task that is stopped is destroyed.
    static bool is_cancellation(const CaughtException&) noexcept { return false; }
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
