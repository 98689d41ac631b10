// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace protection {

/// brpc's circuit breaker, when it is enabled: the cost of errors, as an exponential moving average
/// over 1,500 calls, of which it bears 10 %, and over 3,000, of which it bears 5 %. What it
/// isolates waits 100 ms, twice as long each time, up to 30 s; then a health check every 3 s opens
/// a connection. A connection that is refused isolates at once, and isolating ends the calls that
/// are under way.
///
/// A service that hangs takes no connections here, which is in brpc's favour: one that is taken
/// ends an isolation.
///
/// Read: apache/brpc, src/brpc/circuit_breaker.cpp and src/brpc/details/health_check.cpp.
class Brpc : public Guard {
public:
    std::optional<Ticket> admit(Time now, const Prospect& prospect) override {
        if (!isolated_) {
            return isolations_;
        }
        if (now < next_check_) {
            return std::nullopt;
        }
        if (!prospect.accepts_connections) {
            next_check_ = now + seconds(3);
            return std::nullopt;
        }
        long_window_.reset();
        short_window_.reset();
        last_reset_ = now;
        isolated_ = false;
        return isolations_;
    }

    void settle(Ticket isolations, Time now, Outcome outcome, Time took) override {
        if (isolations != isolations_) {
            return;
        }
        const bool answered = outcome == Outcome::answered;
        const double microseconds = in_seconds(took) * 1e6;
        const bool bearable = long_window_.bears(answered, microseconds) &&
                              short_window_.bears(answered, microseconds);
        if (bearable && outcome != Outcome::refused) {
            return;
        }
        isolated_ = true;
        ++isolations_;
        isolation_ = now - last_reset_ < longest_isolation
                         ? std::min(isolation_ * 2, longest_isolation)
                         : shortest_isolation;
        next_check_ = now + isolation_;
    }

private:
    static constexpr Time shortest_isolation = seconds(0.1);
    static constexpr Time longest_isolation = seconds(30);

    /// An exponential moving average of what errors cost.
    class ErrorCost {
    public:
        ErrorCost(double calls, double percent)
            : calls_{calls}, bearable_share_{percent / 100}, smooth_{std::pow(0.02, 1 / calls)} {}

        bool bears(bool answered, double microseconds) {
            const bool cost_is_bearable =
                answered ? add_success(microseconds) : add_error(microseconds);
            if (seen_ >= calls_) {
                return cost_is_bearable;
            }
            // While the window fills, errors are counted instead.
            ++seen_;
            if (answered) {
                return true;
            }
            const bool few = errors_ < calls_ * bearable_share_;
            ++errors_;
            return few;
        }

        void reset() {
            if (seen_ < calls_) {
                seen_ = 0;
                errors_ = 0;
                latency_ = 0;
            }
            cost_ = 0;
        }

    private:
        bool add_success(double microseconds) {
            latency_ =
                latency_ == 0 ? microseconds : latency_ * smooth_ + microseconds * (1 - smooth_);
            cost_ = cost_ < 500 ? 0 : cost_ * smooth_;
            return true;
        }
        bool add_error(double microseconds) {
            cost_ += latency_ == 0 ? microseconds : std::min(latency_ * 2, microseconds);
            return cost_ <= latency_ * calls_ * bearable_share_ * 1.02;
        }

        double calls_;
        double bearable_share_;
        double smooth_;
        double cost_ = 0;
        double latency_ = 0;
        double seen_ = 0;
        double errors_ = 0;
    };

    ErrorCost long_window_{3000, 5};
    ErrorCost short_window_{1500, 10};
    bool isolated_ = false;
    // How often it was isolated; names the calls that began after the latest.
    Ticket isolations_ = 0;
    Time isolation_ = shortest_isolation;
    // As if the last one had been long ago.
    Time last_reset_ = -longest_isolation;
    Time next_check_{};
};

}  // namespace protection
