// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/attached/occupancy.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/registration.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A breaker in a registry. It outlives the breaker, whose end waits for what is being done with
/// it. Thread-safe where the breaker is.
class RegisteredBreaker : public RegistryEntry {
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
            // Nobody owns a breaker that is being destroyed, which still can tell what it is.
            const Occupancy::Visit use{users_, Occupancy::WithoutOwner::allowed};
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

    void share(const std::shared_ptr<void>& owner) final { users_.share(owner); }

    void keep(CircuitBreakerInfo info) noexcept final {
        const std::lock_guard lock{mutex_};
        last_info_ = std::move(info);
    }

    void close() final { users_.close(); }

private:
    const SharedName name_;
    void* const core_;
    const BreakerOperations& operations_;
    Occupancy users_;
    std::mutex mutex_;
    /// Guarded by the mutex.
    CircuitBreakerInfo last_info_{};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
