// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/detail/machine/observation.hpp>
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

/// What those do with a breaker of any type who share it; see `Core`, which the first argument is.
struct SharedOperations {
    std::pair<Commanded, TimePoint> (*commanded)(void* core);
    Observation (*observe)(void* core);
    std::optional<std::uint64_t> (*impose)(void* core, std::uint64_t seen, State state,
                                           std::chrono::nanoseconds wait, std::uint32_t reopens);
    bool (*hold)(void* core, std::uint64_t seen, TimePoint until);
    std::optional<std::uint64_t> (*judge)(void* core, std::uint64_t seen, const MetricView& calls);
    std::shared_ptr<LateListeners> (*late_listeners)(void* core,
                                                     std::shared_ptr<LateListeners> fresh);
};

template <class Core>
inline constexpr SharedOperations shared_operations{
    [](void* core) { return static_cast<Core*>(core)->commanded(); },
    [](void* core) { return static_cast<Core*>(core)->observe(); },
    [](void* core, std::uint64_t seen, State state, std::chrono::nanoseconds wait,
       std::uint32_t reopens) {
        return static_cast<Core*>(core)->impose(seen, state, wait, reopens);
    },
    [](void* core, std::uint64_t seen, TimePoint until) {
        return static_cast<Core*>(core)->hold(seen, until);
    },
    [](void* core, std::uint64_t seen, const MetricView& calls) {
        return static_cast<Core*>(core)->judge(seen, calls);
    },
    [](void* core, std::shared_ptr<LateListeners> fresh) {
        return static_cast<Core*>(core)->late_listeners(std::move(fresh));
    }};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
