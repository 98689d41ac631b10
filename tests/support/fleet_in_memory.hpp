// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "fleet_store.hpp"

#include <fluxgate/detail/fleet/fleet_round.hpp>
#include <fluxgate/detail/fleet/fleet_thread.hpp>
#include <fluxgate/detail/fleet/shared_store.hpp>
#include <fluxgate/fleet.hpp>
#include <fluxgate/testing.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// A store that nodes of this process share, and that can be taken away. Its clock stands.
/// Thread-safe.
class MemoryOfFleets {
public:
    [[nodiscard]] std::optional<fluxgate::detail::FleetAnswer> answer(
        const fluxgate::detail::FleetRound& round) {
        const std::lock_guard lock{mutex_};
        return is_there_ ? std::optional{store_.answer(round)} : std::nullopt;
    }
    void set_there(bool is_there) {
        const std::lock_guard lock{mutex_};
        is_there_ = is_there;
    }

private:
    std::mutex mutex_;
    // These are guarded by the mutex.
    bool is_there_ = true;
    fluxgate::testing::VirtualTime time_;
    FleetStore store_{time_};
};

/// A node of a fleet whose store is in memory.
class FleetInMemory : public fluxgate::Fleet {
    class Store : public fluxgate::detail::SharedStore {
    public:
        explicit Store(MemoryOfFleets& memory) : memory_{memory} {}
        std::optional<fluxgate::detail::FleetAnswer> answer(
            const fluxgate::detail::FleetRound& round, std::chrono::milliseconds,
            std::string& error) override {
            error = "it is gone";
            return memory_.answer(round);
        }

    private:
        MemoryOfFleets& memory_;
    };

public:
    FleetInMemory(MemoryOfFleets& memory, std::string name,
                  std::function<void(std::string_view)> on_error = {})
        : Fleet{{.node = std::move(name),
                 .interval = std::chrono::milliseconds{10},
                 .timeout = std::chrono::milliseconds{100},
                 .on_error = std::move(on_error)},
                std::make_unique<Store>(memory)} {}
};
