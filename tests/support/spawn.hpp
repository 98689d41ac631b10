// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/task.hpp>

#include <coroutine>
#include <utility>

/// A task that runs on its own until it suspends, and is destroyed with this object.
class Spawned {
public:
    explicit Spawned(fluxgate::Task<> task) : task_{std::move(task)} {
        auto awaiter = std::move(task_).operator co_await();
        awaiter.await_suspend(std::noop_coroutine()).resume();
    }

private:
    fluxgate::Task<> task_;
};
