// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/attached/occupancy.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/observation.hpp>
#include <fluxgate/detail/machine/shared_operations.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A breaker's circuit for those who share it. It outlives the breaker, whose end waits for what is
/// being done with it. Thread-safe. What is done once the breaker is gone does nothing and returns
/// nothing.
class SharedCircuit {
public:
    SharedCircuit(void* core, const SharedOperations& operations) noexcept
        : core_{core}, operations_{operations} {}

    /// Returns the latest command, and the moment; see `Core`, for all of these.
    [[nodiscard]] std::optional<std::pair<Commanded, TimePoint>> commanded() {
        const Occupancy::Visit visit{users_};
        return visit ? std::optional{operations_.commanded(core_)} : std::nullopt;
    }
    /// Looks at it. Throws `std::bad_alloc`.
    [[nodiscard]] std::optional<Observation> observe() {
        const Occupancy::Visit visit{users_};
        return visit ? std::optional{operations_.observe(core_)} : std::nullopt;
    }
    std::optional<std::uint64_t> impose(std::uint64_t seen, State state,
                                        std::chrono::nanoseconds wait, std::uint32_t reopens) {
        const Occupancy::Visit visit{users_};
        return visit ? operations_.impose(core_, seen, state, wait, reopens) : std::nullopt;
    }
    void hold(std::uint64_t seen, TimePoint until) {
        const Occupancy::Visit visit{users_};
        if (visit) {
            operations_.hold(core_, seen, until);
        }
    }
    std::optional<std::uint64_t> judge(std::uint64_t seen, const MetricView& calls) {
        const Occupancy::Visit visit{users_};
        return visit ? operations_.judge(core_, seen, calls) : std::nullopt;
    }

    /// Has each use share in what owns the breaker, those under way too.
    void share(const std::shared_ptr<void>& owner) { users_.share(owner); }

    /// Ends what is done with the breaker, and waits for what is being done.
    void close() { users_.close(); }

private:
    void* const core_;
    const SharedOperations& operations_;
    Occupancy users_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
