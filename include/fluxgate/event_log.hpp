// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/signal.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// A listener that keeps the latest signals, to be looked at: of one breaker, of several, or of a
/// `Registry`.
///
///     fluxgate::EventLog events{100};
///     fluxgate::Subscription subscription = registry.listen(events);
///
/// Copies share what they keep, so it may be passed by value, and may go before or after those it
/// listens to. Thread-safe.
class EventLog {
public:
    /// Keeps the last `capacity` signals, from 1 to 2^32 - 1, else throws `std::invalid_argument`.
    /// Throws `std::bad_alloc`.
    explicit EventLog(detail::Count capacity)
        : shared_{std::make_shared<Shared>(capacity.checked("EventLog's capacity"))} {}

    /// Keeps a signal, and drops the oldest one where there are too many. Throws `std::bad_alloc`.
    void operator()(const Signal& signal) const {
        const std::lock_guard lock{shared_->mutex};
        shared_->events.push_back(signal);
        if (shared_->events.size() > shared_->capacity) {
            shared_->events.pop_front();
        }
    }

    /// Returns the signals, oldest first. Throws `std::bad_alloc`.
    [[nodiscard]] std::vector<Signal> events() const {
        const std::lock_guard lock{shared_->mutex};
        return {shared_->events.begin(), shared_->events.end()};
    }

private:
    struct Shared {
        explicit Shared(std::size_t most) noexcept : capacity{most} {}

        const std::size_t capacity;
        std::mutex mutex;
        /// Guarded by the mutex; oldest first.
        std::deque<Signal> events;
    };

    std::shared_ptr<Shared> shared_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
