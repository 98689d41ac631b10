// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The number by which the fleet is told of a breaker's latest command: the same one until it is
/// done, however often it is sent. Not thread-safe.
class NumberedCommand {
public:
    /// Begins with a breaker that has had so many commands, which are nobody else's.
    explicit NumberedCommand(std::uint64_t count) noexcept : count_{count} {}

    /// Gives the latest of so many commands a number, unless it has one: that behind `last`, which
    /// is the latest of its node.
    void number(std::uint64_t count, std::uint64_t& last) noexcept {
        if (count != count_) {
            count_ = count;
            number_ = ++last;
            is_done_ = false;
        }
    }

    /// Returns the number.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    /// Returns whether the fleet knows of it, or of a later one.
    [[nodiscard]] bool is_done() const noexcept { return is_done_; }

    /// Hears which of the node's commands is the latest that the fleet knows of.
    void hear(std::uint64_t known) noexcept { is_done_ = is_done_ || known >= number_; }

private:
    /// How many commands the breaker had when the latest one was numbered.
    std::uint64_t count_;
    std::uint64_t number_ = 0;
    bool is_done_ = true;
};

}  // namespace fluxgate::inline v0_1::detail
