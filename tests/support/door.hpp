// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <utility>
#include <vector>

/// A door that coroutines wait at until it is opened.
class Door {
public:
    auto pass() {
        struct Awaiter {
            static bool await_ready() noexcept { return false; }
            void await_suspend(std::coroutine_handle<> handle) { door.waiting.push_back(handle); }
            static void await_resume() noexcept {}
            Door& door;
        };
        return Awaiter{*this};
    }
    void open() {
        for (const std::coroutine_handle<> handle : std::exchange(waiting, {})) {
            handle.resume();
        }
    }
    std::vector<std::coroutine_handle<>> waiting;
};
