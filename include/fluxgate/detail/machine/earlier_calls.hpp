// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/word.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Calls that began before the latest exchange of policies, which ended their period, but not the
/// state. Not thread-safe: guarded by the breaker's lock.
class EarlierCalls {
public:
    /// Begins a state with this period: outcomes of calls that began before it do not count.
    void begin_state(std::uint64_t period) noexcept { counts_from_ = period; }
    /// Notes that calls are timed from now on.
    void begin_timing(TimePoint now) noexcept { timed_since_ = now; }

    /// Returns the period in which the current state was entered.
    [[nodiscard]] std::uint64_t state_began(Word) const noexcept { return counts_from_; }

    /// Returns whether a call that was granted by this word began in the current state.
    [[nodiscard]] bool are_of_this_state(Word granted) const noexcept {
        return granted.period() >= counts_from_;
    }
    /// Returns when a call that was not timed is taken to have begun.
    [[nodiscard]] TimePoint untimed_began() const noexcept { return timed_since_; }

private:
    std::uint64_t counts_from_ = 0;
    TimePoint timed_since_{};
};

/// Earlier calls of a breaker with fixed policies: a state has one period.
class NoEarlierCalls {
public:
    static void begin_state(std::uint64_t) noexcept {}
    /// Returns the period in which the current state, that of this word, was entered.
    [[nodiscard]] static std::uint64_t state_began(Word current) noexcept {
        return current.period();
    }
};

}  // namespace fluxgate::inline v0_1::detail
