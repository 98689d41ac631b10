// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/trackers.hpp>

#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// How coroutines of type `R` wait for a slot, and how they tell that they were cancelled.
///
/// It is to be specialised for coroutine types whose cancellation is an exception, or whose promise
/// takes no plain awaiter; others work as they are. For a library whose tasks end with
/// `job::Cancelled`:
///
///     template <class T>
///     struct fluxgate::task_traits<job::Task<T>> : fluxgate::CancelledBy<job::Cancelled> {};
///
/// Where a plain awaiter will not do, `acquire` returns what will: an operation of that library,
/// awaited for a `BasicSemaphore<Mutex>::Slot`, which waits by a class derived from `BasicWaiter`.
/// <fluxgate/asio.hpp> is one.
///
/// A library whose coroutines know whether they were cancelled offers two functions more:
///
/// - `watch()` returns what to await, in a coroutine of type `R`, to look at its cancellation. It
///   is awaited before a call and after it, and never throws or suspends.
/// - `cancelled(seen)` returns what that says, as a value which compares equal to a default one
///   where the coroutine was not cancelled. `seen` may refer to what the callee destroys, so it is
///   not kept.
///
/// A coroutine then was cancelled during a call if the value after it is neither the default nor
/// the one from before. The call is neutral then: with an exception for which `is_cancellation` is
/// true, and with any result, since operations may report their cancellation by value.
template <class R>
struct task_traits {
    /// Returns what to await, in a coroutine of type `R`, for a `Slot`; for one that owns none
    /// where `wake_all` was called since `generation` was asked for.
    template <class Mutex>
    static auto acquire(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) {
        return semaphore.acquire(generation);
    }

    /// Returns whether the exception says that the coroutine was cancelled, which is neither
    /// success nor failure. Where there is a `watch`, that decides whether it tells the truth.
    static bool is_cancellation(const CaughtException&) noexcept { return false; }
};

/// The `task_traits` of coroutine types whose promise takes plain awaiters, and whose cancellation
/// is one of these exceptions, or derives from it: to be derived from.
template <class... Exceptions>
struct CancelledBy {
    /// Returns what to await for a `Slot`.
    template <class Mutex>
    static auto acquire(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) {
        return semaphore.acquire(generation);
    }

    /// Returns whether it is one of the exceptions.
    static bool is_cancellation([[maybe_unused]] const CaughtException& caught) {
        return (caught.is<Exceptions>() || ...);
    }
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
