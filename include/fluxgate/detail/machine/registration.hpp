// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/detail/machine/occupancy.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

// What a breaker and its registry know of each other.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {
class Registered;
}

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What can be done with a breaker of any type. The first argument is its core.
struct BreakerOperations {
    CircuitBreakerInfo (*info)(void* core);
    void (*command)(void* core, State state, std::optional<std::chrono::nanoseconds> wait);
};

/// A breaker in a registry. It outlives the breaker, whose end waits for what is being done with
/// it. Thread-safe where the breaker is.
class RegisteredBreaker {
public:
    RegisteredBreaker(const SharedName& name, void* core, const BreakerOperations& operations)
        : name_{name}, core_{core}, operations_{operations} {
        last_info_.name = name_;
    }

    [[nodiscard]] const SharedName& name() const noexcept { return name_; }

    /// Returns what the breaker is at this moment, or what it was at its end. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] CircuitBreakerInfo info() {
        {
            const Occupancy::Visit use{users_};
            if (use) {
                return operations_.info(core_);
            }
        }
        const std::lock_guard lock{mutex_};
        return last_info_;
    }

    /// Makes a command of the operator's. Returns false, and does nothing, where the breaker is
    /// gone. Throws `std::bad_alloc`.
    [[nodiscard]] bool command(State state,
                               std::optional<std::chrono::nanoseconds> wait = std::nullopt) {
        const Occupancy::Visit use{users_};
        if (use) {
            operations_.command(core_, state, wait);
        }
        return static_cast<bool>(use);
    }

    /// Has each use share in what owns the breaker, those under way too: its end then waits for
    /// none.
    void share(const std::shared_ptr<void>& owner) { users_.share(owner); }

    /// Keeps what the breaker was at its end.
    void keep(CircuitBreakerInfo info) noexcept {
        const std::lock_guard lock{mutex_};
        last_info_ = std::move(info);
    }

    /// Ends what can be done with the breaker, and waits for what is being done.
    void close() { users_.close(); }

private:
    const SharedName name_;
    void* const core_;
    const BreakerOperations& operations_;
    Occupancy users_;
    std::mutex mutex_;
    /// Guarded by the mutex.
    CircuitBreakerInfo last_info_{};
};

/// A registry, as its breakers know it. It lives as long as one of them does.
class RegistryLink {
public:
    RegistryLink() = default;
    RegistryLink(const RegistryLink&) = delete;
    RegistryLink& operator=(const RegistryLink&) = delete;
    virtual ~RegistryLink() = default;

    /// Adds a breaker. Throws `std::invalid_argument` where its name is empty or not the only one
    /// of its kind, and `std::bad_alloc`.
    [[nodiscard]] virtual std::shared_ptr<RegisteredBreaker> add(
        const SharedName& name, void* core, const BreakerOperations& operations) = 0;

    /// Removes a breaker, unless it was removed: its name is free again.
    virtual void remove(const RegisteredBreaker& breaker) noexcept = 0;

    /// Returns those that listen to all breakers of the registry.
    [[nodiscard]] const std::shared_ptr<LateListeners>& listeners() const noexcept {
        return listeners_;
    }

private:
    const std::shared_ptr<LateListeners> listeners_ = std::make_shared<LateListeners>();
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
