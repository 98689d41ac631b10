// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <condition_variable>
#include <mutex>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Tells those who would make a breaker of the same name that the one before has given it up.
class NameGivenUp {
public:
    void note() {
        const std::lock_guard lock{mutex_};
        is_noted_ = true;
        noted_.notify_all();
    }
    void wait() {
        std::unique_lock lock{mutex_};
        noted_.wait(lock, [this] { return is_noted_; });
    }
    [[nodiscard]] bool is_noted() const {
        const std::lock_guard lock{mutex_};
        return is_noted_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable noted_;
    bool is_noted_ = false;
};

}  // namespace fluxgate::inline v0_1::detail
