// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "explorer.hpp"

#include <coroutine>

namespace explore {

/// A coroutine that begins at once and that nobody waits for: what a thread of a program calls.
class Detached {
public:
    struct promise_type {
        Detached get_return_object() {
            return Detached{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        static std::suspend_never initial_suspend() noexcept { return {}; }
        static std::suspend_never final_suspend() noexcept { return {}; }
        static void return_void() noexcept {}
        static void unhandled_exception() { report("a coroutine has thrown"); }
    };

    /// Destroys it where it is suspended.
    void destroy() { handle_.destroy(); }

private:
    explicit Detached(std::coroutine_handle<promise_type> handle) : handle_{handle} {}

    std::coroutine_handle<promise_type> handle_;
};

}  // namespace explore
