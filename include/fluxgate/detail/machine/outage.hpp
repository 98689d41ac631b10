// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/state_table.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/retries.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The outage that a breaker rejects calls for: since when it lasts, and how many calls
/// there were before. Not thread-safe: the core keeps it under its lock.
class Outage {
public:
    /// Begins at `now`, when the first period does, without an outage.
    explicit Outage(TimePoint now) noexcept : period_began_{now}, began_{now} {}

    /// Returns what is known once the circuit goes from the one state to the other. The ledger
    /// still holds the period that ends.
    template <class Ledger>
    [[nodiscard]] Outage after(const StateRow& old, const StateRow& next, TimePoint now,
                               Ledger& ledger) const {
        Outage outage = *this;
        outage.period_began_ = now;
        if (old.admitting == Admitting::always && next.admitting != Admitting::always) {
            outage.began_ = now;
            outage.calls_per_second_ = ledger.calls_per_second(now, period_began_);
        }
        return outage;
    }

    /// Begins at `now` where the circuit is out for so long, if it is, with that many calls before.
    static Outage going_on(TimePoint now, std::chrono::nanoseconds for_so_long,
                           std::optional<double> calls_per_second) noexcept {
        Outage outage{now};
        outage.began_ = time_before(now, for_so_long);
        outage.calls_per_second_ = calls_per_second;
        return outage;
    }

    /// Returns how long the outage has lasted, where there is one in a state with this row.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> duration(const StateRow& row,
                                                                   TimePoint now) const noexcept {
        return row.admitting == Admitting::always ? std::nullopt
                                                  : std::optional{time_between(began_, now)};
    }
    [[nodiscard]] std::optional<double> calls_per_second() const noexcept {
        return calls_per_second_;
    }

    /// Notes that the window is empty from now on.
    void note_empty_window(TimePoint now) noexcept { period_began_ = now; }

    /// Returns how long an opening that begins now lasts.
    template <WaitsByContext Retry>
    [[nodiscard]] std::chrono::nanoseconds wait(const Retry& retry, std::uint32_t reopens, double u,
                                                TimePoint now) const {
        return retry.wait(RetryContext{reopens, u, time_between(began_, now), calls_per_second_});
    }

private:
    /// When the window was last cleared.
    TimePoint period_began_;
    /// When the circuit last left the states that admit every call.
    TimePoint began_;
    std::optional<double> calls_per_second_{};
};

/// Nothing, for retries that do not ask.
class NoOutage {
public:
    explicit NoOutage(TimePoint) noexcept {}

    static NoOutage going_on(TimePoint now, std::chrono::nanoseconds,
                             std::optional<double>) noexcept {
        return NoOutage{now};
    }
    [[nodiscard]] static std::optional<std::chrono::nanoseconds> duration(const StateRow&,
                                                                          TimePoint) noexcept {
        return std::nullopt;
    }
    [[nodiscard]] static std::optional<double> calls_per_second() noexcept { return std::nullopt; }

    template <class Ledger>
    [[nodiscard]] NoOutage after(const StateRow&, const StateRow&, TimePoint, Ledger&) const {
        return *this;
    }

    template <WaitsByCount Retry>
    [[nodiscard]] std::chrono::nanoseconds wait(const Retry& retry, std::uint32_t reopens, double u,
                                                TimePoint) const {
        return retry.wait(reopens, u);
    }
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
