// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <concepts>
#include <coroutine>

// How a coroutine that another thread wakes is resumed in its own: in the thread that is blocked in
// `sync_wait` for it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A coroutine on its way to its home: a node that lives in its awaiter.
struct WaitingForHome {
    std::coroutine_handle<> coroutine;
    WaitingForHome* next = nullptr;
    WaitingForHome* previous = nullptr;
    bool queued = false;
};

/// A thread that is blocked, and resumes what is posted to it.
class Home {
public:
    Home(const Home&) = delete;
    Home& operator=(const Home&) = delete;

    /// Resumes the coroutine in the home thread. From any thread; `coming` may be gone when it
    /// returns.
    virtual void post(WaitingForHome& coming) noexcept = 0;
    /// Takes the coroutine out of the queue, if it is there.
    virtual void remove(WaitingForHome& coming) noexcept = 0;

protected:
    Home() = default;
    ~Home() = default;
};

/// The base of the promises of coroutines that have a home: null for those that no thread is
/// blocked for. It is passed on from the one that awaits to the one that is awaited, and is
/// destroyed after them.
struct Homed {
    Home* home = nullptr;
};

template <class Promise>
Home* home_of([[maybe_unused]] std::coroutine_handle<Promise> coroutine) noexcept {
    if constexpr (std::derived_from<Promise, Homed>) {
        return coroutine.promise().home;
    } else {
        return nullptr;
    }
}

}  // namespace fluxgate::inline v0_1::detail
