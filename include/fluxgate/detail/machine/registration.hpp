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
            const Use use{*this};
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
        const Use use{*this};
        if (use) {
            operations_.command(core_, state, wait);
        }
        return static_cast<bool>(use);
    }

    /// Has each use share in the ownership of the breaker, so that its end need not wait for any:
    /// those under way too.
    void set_owner(const std::shared_ptr<void>& owner) noexcept {
        const std::lock_guard lock{mutex_};
        owner_ = owner;
        has_owner_ = true;
        for (Use* use = first_use_; use != nullptr; use = use->next_) {
            use->owner_ = owner;
        }
    }

    /// Keeps what the breaker was at its end.
    void keep(CircuitBreakerInfo info) noexcept {
        const std::lock_guard lock{mutex_};
        last_info_ = std::move(info);
    }

    /// Ends what can be done with the breaker, and waits for what is being done.
    void close() { users_.close(); }

private:
    /// A use of the breaker, unless that is gone.
    class Use {
    public:
        explicit Use(RegisteredBreaker& used) : used_{used}, visit_{used.users_} { begin(); }
        ~Use() {
            const std::lock_guard lock{used_.mutex_};
            Use** place = &used_.first_use_;
            while (*place != this) {
                place = &(*place)->next_;
            }
            *place = next_;
        }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

        [[nodiscard]] explicit operator bool() const noexcept { return is_possible_; }

    private:
        friend RegisteredBreaker;

        void begin() {
            const std::lock_guard lock{used_.mutex_};
            owner_ = used_.owner_.lock();
            is_possible_ = visit_ && (!used_.has_owner_ || owner_ != nullptr);
            next_ = std::exchange(used_.first_use_, this);
        }

        RegisteredBreaker& used_;
        /// Given back behind the visit, as that may end the breaker. Null where there is no owner.
        std::shared_ptr<void> owner_;
        Occupancy::Visit visit_;
        Use* next_ = nullptr;
        bool is_possible_ = false;
    };

    const SharedName name_;
    void* const core_;
    const BreakerOperations& operations_;
    Occupancy users_;
    std::mutex mutex_;
    // These are guarded by the mutex.
    CircuitBreakerInfo last_info_{};
    std::weak_ptr<void> owner_;
    bool has_owner_ = false;
    Use* first_use_ = nullptr;
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
