// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <memory>
#include <optional>

// A port: a registry and the entry of a breaker in it, as the breaker knows them.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

class LateListeners;

/// What can be done with a breaker of any type. The first argument is its core.
struct BreakerOperations {
    CircuitBreakerInfo (*info)(void* core);
    void (*command)(void* core, State state, std::optional<std::chrono::nanoseconds> wait);
};

/// A breaker's entry in a registry, which outlives the breaker. Thread-safe where the breaker is.
class RegistryEntry {
public:
    RegistryEntry() = default;
    RegistryEntry(const RegistryEntry&) = delete;
    RegistryEntry& operator=(const RegistryEntry&) = delete;
    virtual ~RegistryEntry() = default;

    /// Has each use share in what owns the breaker, those under way too: its end then waits for
    /// none but looks at its state.
    virtual void share(const std::shared_ptr<void>& owner) = 0;

    /// Keeps what the breaker was at its end.
    virtual void keep(CircuitBreakerInfo info) noexcept = 0;

    /// Ends what can be done with the breaker, and waits for what is being done.
    virtual void close() = 0;
};

/// A registry, as its breakers know it. It lives as long as one of them does.
class RegistryLink {
public:
    RegistryLink() = default;
    RegistryLink(const RegistryLink&) = delete;
    RegistryLink& operator=(const RegistryLink&) = delete;
    virtual ~RegistryLink() = default;

    /// Adds a breaker. Throws `std::invalid_argument` where another one has its name, and
    /// `std::bad_alloc`.
    [[nodiscard]] virtual std::shared_ptr<RegistryEntry> add(
        const SharedName& name, void* core, const BreakerOperations& operations) = 0;

    /// Removes an entry, unless it was removed: its name is free again.
    virtual void remove(const SharedName& name, const RegistryEntry& entry) noexcept = 0;

    /// Returns those that listen to all breakers of the registry.
    [[nodiscard]] virtual std::shared_ptr<LateListeners> listeners() const noexcept = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
