// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/name.hpp>

#include <memory>

// A port: the part that a breaker has in a fleet, as the breaker knows it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A breaker's entry in a fleet, made before the breaker. It outlives it. Thread-safe but for
/// `enter`, which is called once and first.
class FleetEntry {
public:
    FleetEntry() = default;
    FleetEntry(const FleetEntry&) = delete;
    FleetEntry& operator=(const FleetEntry&) = delete;
    virtual ~FleetEntry() = default;

    /// Has the breaker take part. Throws `std::invalid_argument` where another one of this process
    /// takes part under its name, and `std::bad_alloc`.
    virtual void enter(const SharedName& name, void* core) = 0;

    /// Has each use share in what owns the breaker; see `RegistryEntry`.
    virtual void share(const std::shared_ptr<void>& owner) = 0;

    /// Has the breaker take part no more: another one may under its name. What is being done with
    /// it may go on.
    virtual void give_up_name() noexcept = 0;

    /// Ends what is done with the breaker: once this has returned, nothing is.
    virtual void leave() noexcept = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
