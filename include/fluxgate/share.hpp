// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>

#include <cstdint>

FLUXGATE_SYSTEM_HEADER

/// What breakers of one name share with those of other processes; see `Fleet::join`.
namespace fluxgate::inline v0_1::share {

/// A command that is given to one breaker holds for all. Begin with this one.
struct Commands {};

/// Commands; and where so many live nodes have opened by themselves, all open. One node then tries
/// the service for all.
class Votes {
public:
    /// Takes how many, above zero; else throws `std::invalid_argument`. A node has one vote.
    constexpr explicit Votes(detail::Count quorum) : quorum_{quorum.checked("Votes' quorum")} {}

    /// Returns how many live nodes must have opened.
    [[nodiscard]] constexpr std::uint32_t quorum() const noexcept { return quorum_; }

private:
    std::uint32_t quorum_;
};

/// Commands; and the tripper of each breaker is asked about the calls of all nodes too: what their
/// windows hold, added up. Where it says yes, all open. One node then tries the service for all.
///
/// The window is a `TimeWindow`, as old failures of a node without calls would count for ever. The
/// tripper judges by counts, rates and means: a `FailureScore` is none of them, and a
/// `FailureStreak` beside them is of the node's own calls.
struct Pool {};

}  // namespace fluxgate::inline v0_1::share
