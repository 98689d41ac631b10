// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/observation.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Which node tries the service in an outage of the fleet: whether this one does, as the store has
/// said, and whether it would.
class TrialLead {
    using milliseconds = std::chrono::milliseconds;

public:
    /// Takes how long rounds are apart.
    explicit TrialLead(milliseconds interval) noexcept : interval_{interval} {}

    /// How long a node leads by what it is told once.
    [[nodiscard]] milliseconds lease() const noexcept {
        return (std::max)(milliseconds{2000}, 5 * interval_);
    }

    /// Looks whether calls come and end. `is_other_period` says whether a transition was made since
    /// the look before.
    void look(const Observation& seen, bool is_other_period) noexcept {
        const TotalCounts totals = seen.totals.value_or(TotalCounts{});
        rejects_ = std::exchange(rejected_, totals.rejected) != totals.rejected;
        const std::uint64_t settled = totals.succeeded + totals.failed;
        if (std::exchange(settled_, settled) != settled || is_other_period) {
            tried_at_ = seen.now;  // a trial that has just begun is to be waited for
        }
        asks_ = false;
    }

    /// Returns for how long it asks to lead in an outage that waits until then: it has had calls to
    /// reject, and the wait is nearly over; or it tries the service already, and the trial may end.
    [[nodiscard]] std::optional<milliseconds> ask(const Observation& seen,
                                                  TimePoint until) noexcept {
        const bool is_nearly_over = time_between(seen.now, until) < 2 * interval_;
        const bool tries = time_between(tried_at_, seen.now) < longest_trial;
        asks_ = (seen.state == State::open && rejects_ && is_nearly_over) ||
                (seen.state == State::half_open && tries);
        return asks_ ? std::optional{lease()} : std::nullopt;
    }

    /// Hears whether this node leads, by the answer to what was asked at `now`.
    void hear(bool leads, TimePoint now) noexcept {
        if (!leads) {
            leads_until_ = TimePoint{};
        } else if (asks_) {
            leads_until_ = time_after(now, lease());
        }
    }
    /// Returns whether an outage waits for a trial longer than one may take.
    [[nodiscard]] static bool is_vacant(TimePoint now, TimePoint until) noexcept {
        return time_between(until, now) > longest_trial;
    }
    void give_up() noexcept { leads_until_ = TimePoint{}; }

    [[nodiscard]] bool leads(TimePoint now) const noexcept { return now < leads_until_; }

private:
    /// Of a trial that takes longer, nobody knows whether it will end.
    static constexpr std::chrono::seconds longest_trial{15};

    milliseconds interval_;
    std::uint64_t rejected_ = 0;
    std::uint64_t settled_ = 0;
    TimePoint tried_at_{};
    TimePoint leads_until_{};
    bool rejects_ = false;
    bool asks_ = false;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
