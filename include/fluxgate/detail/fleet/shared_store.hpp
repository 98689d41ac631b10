// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_round.hpp>

#include <chrono>
#include <optional>
#include <string>

// A port: the memory that all nodes of a fleet share, as a node's thread knows it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Does each round whole, or not at all. Used by one thread.
class SharedStore {
public:
    SharedStore() = default;
    SharedStore(const SharedStore&) = delete;
    SharedStore& operator=(const SharedStore&) = delete;
    virtual ~SharedStore() = default;

    /// Sends a round and waits for the answer, for about so long at most. Returns nothing where
    /// there is none, and says in `error` why. Throws `std::bad_alloc`.
    [[nodiscard]] virtual std::optional<FleetAnswer> answer(const FleetRound& round,
                                                            std::chrono::milliseconds timeout,
                                                            std::string& error) = 0;

    /// Has an answer that is awaited in several parts be given up between two of them. Thread-safe.
    virtual void hurry() noexcept {}
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
