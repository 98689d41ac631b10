// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/awaitable.hpp>
#include <fluxgate/detail/config.hpp>

#include <concepts>
#include <mutex>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// A lock for sections that cannot suspend, which it serialises as a strand does.
///
/// A coroutine that is suspended, or cancelled, between an outcome and its record would lose the
/// record or keep everybody out; so a section is a function, and one whose result is awaitable does
/// not compile. Sections are short: others wait for them in their threads. Not recursive.
///
/// Thread-safe where its mutex is. Fairness is that of its mutex.
template <class Mutex = std::mutex>
class StrandMutex {
public:
    StrandMutex() = default;

    StrandMutex(const StrandMutex&) = delete;
    StrandMutex& operator=(const StrandMutex&) = delete;

    /// Runs `f` while no other section runs. Returns what it returns, and throws what it throws.
    template <std::invocable F, class M = detail::Mode>
    std::invoke_result_t<F> run(F&& f) {
        static_assert(!detail::Awaitable<std::invoke_result_t<F>>,
                      "fluxgate: a section of a StrandMutex cannot suspend: await outside of it");
        const std::lock_guard lock{mutex_};
        return std::forward<F>(f)();
    }

private:
    FLUXGATE_NO_UNIQUE_ADDRESS Mutex mutex_;
};

}  // namespace fluxgate::inline v0_1
