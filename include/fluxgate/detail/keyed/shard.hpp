// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/keyed/keyed_node.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A key with its hash, which is needed twice.
struct Probe {
    std::size_t hash;
    std::string_view key;

    friend bool operator==(const Probe&, const Probe&) = default;

    struct Hash {
        std::size_t operator()(const Probe& probe) const noexcept { return probe.hash; }
    };
};

/// A part of a shelf: the nodes of some keys, with the lock that each look-up of them takes. On a
/// cache line of its own.
template <class Breaker>
struct alignas(64) Shard {
    using Node = KeyedNode<Breaker>;

    std::mutex mutex;
    /// The keys are those of the nodes.
    std::unordered_map<Probe, std::shared_ptr<Node>, Probe::Hash> nodes;
};

/// All parts of a shelf.
template <class Breaker>
using Shards = std::array<Shard<Breaker>, 64>;

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
