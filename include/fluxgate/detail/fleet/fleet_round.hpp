// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/state.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a node and the store say to each other in a round. The store is a memory that all nodes
// share; it does each round whole, or not at all.
//
// Times are told as what is left of them: no two clocks are compared.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A state of the fleet's circuit of one name.
struct FleetState {
    /// Grows with each change. Zero where nobody has said anything yet.
    std::uint64_t epoch = 0;
    State state = State::closed;
    /// True where an operator's command led there, else the circuits themselves.
    bool by_command = false;
    /// How long it is open yet; empty where nothing ends it.
    std::optional<std::chrono::milliseconds> left{};
    std::uint32_t reopens = 0;

    friend bool operator==(const FleetState&, const FleetState&) = default;
};

/// A change that a node asks for. Its epoch means nothing.
struct AskedChange {
    FleetState to;
    /// The number of the command among those of this node; zero where it is none. A command wins
    /// over what others said; all else is done only where the node knows the latest epoch.
    std::uint64_t command = 0;
};

/// What the windows of nodes hold.
struct PooledCalls {
    std::uint64_t total = 0;
    std::uint64_t failures = 0;
    /// The sum of the durations; zero where none are kept.
    std::chrono::nanoseconds duration{0};
    /// For each threshold of a tripper.
    std::vector<SlowCount> slow{};

    friend bool operator==(const PooledCalls&, const PooledCalls&) = default;
};

/// What a node says of a breaker, where there is anything to say.
struct FleetStatement {
    std::string name;
    /// What the node knows. A store that has forgotten all takes it over.
    FleetState known;
    std::optional<AskedChange> change{};
    /// It asks to lead the trials of an outage, for so long.
    std::optional<std::chrono::milliseconds> lead{};
    /// Votes for an opening, or takes the vote back.
    struct Vote {
        /// How many votes open the circuit; zero takes the vote back.
        std::uint32_t quorum = 0;
        /// How long the circuit is to be open.
        std::optional<std::chrono::milliseconds> wait{};
    };
    std::optional<Vote> vote{};
    /// What its window holds, in place of what it said before.
    std::optional<PooledCalls> calls{};
    /// It shares this breaker no more.
    bool leaves = false;
};

/// What a node sends.
struct FleetRound {
    std::string node;
    /// How long the node counts as alive.
    std::chrono::milliseconds alive{};
    /// The rounds of a node are numbered: of one that arrives late no statement is heard.
    std::uint64_t number = 0;
    /// The memory that the node knows, and the latest change in it that it has heard of.
    std::uint64_t memory = 0;
    std::uint64_t heard = 0;
    std::vector<FleetStatement> statements{};
    /// The node leaves.
    bool leaves = false;
};

/// What became of a statement.
struct FleetReply {
    std::string name;
    FleetState now;
    /// The change that was asked for was made.
    bool done = false;
    bool leads = false;
    /// The latest command of this node that was done.
    std::uint64_t command = 0;
    /// The calls of all nodes.
    PooledCalls calls{};
    /// The calls of this node are not among them: so many others tell theirs that these suffice.
    bool is_pool_full = false;
    /// Why nothing became of it, where the store does not understand what it holds of the breaker;
    /// then all else means nothing.
    std::string error{};
};

/// What the store answers.
struct FleetAnswer {
    /// The live nodes.
    std::uint64_t nodes = 0;
    /// The node did not count as alive before: its votes and calls may be forgotten.
    bool was_gone = false;
    std::uint64_t memory = 0;
    std::uint64_t latest = 0;
    /// One for each statement, in their order.
    std::vector<FleetReply> replies{};
    /// True where `changed` is all that there is: the memory is another one, or has forgotten some.
    bool tells_all = false;
    /// What has changed since `heard`.
    struct Changed {
        std::string name;
        FleetState now;
    };
    std::vector<Changed> changed{};
    /// More has changed than this answer says, which ends at `latest`.
    bool has_more = false;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
