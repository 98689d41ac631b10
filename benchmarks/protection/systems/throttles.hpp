// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"
#include "bounds.hpp"

#include "rolling_counts.hpp"

#include <algorithm>
#include <optional>

// Not breakers: they have no states, and hold back a share of the load.
namespace protection {

/// Client-side throttling: rejects at random max(0, (requests - K accepts) / (requests + 1)) of the
/// calls, of what the last two minutes had, with K = 2. An error is no accept here, which the book
/// leaves open.
///
/// Source: "Site Reliability Engineering" (O'Reilly, 2016), chapter 21, "Handling Overload".
class SreThrottle : public Guard {
public:
    explicit SreThrottle(Random& random) : random_{random.next()} {}

    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        requests_.forget(now);
        accepts_.forget(now);
        const auto requests = static_cast<double>(requests_.total());
        const auto accepts = static_cast<double>(accepts_.total());
        const double rejected_share = std::max(0.0, (requests - 2 * accepts) / (requests + 1));
        requests_.add_success(now);
        return random_.uniform() < rejected_share ? std::nullopt : std::optional{Ticket{}};
    }

    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time /*took*/) override {
        if (outcome == Outcome::answered) {
            accepts_.add_success(now);
        }
    }

private:
    Random random_;
    RollingCounts requests_{seconds(120), seconds(1)};
    RollingCounts accepts_{seconds(120), seconds(1)};
};

/// gRPC's retries, throttled with the `maxTokens` of 10 and the `tokenRatio` of 0.1 that its
/// documents show: it rejects no call, but holds back retries unless more than half of the tokens
/// are left. A call that timed out is not retried, nor does it cost a token.
///
/// Source: gRPC's proposal A6, "gRPC Retry Design".
class GrpcRetryThrottle : public NoBreaker {
public:
    void settle(Ticket /*ticket*/, Time /*now*/, Outcome outcome, Time /*took*/) override {
        if (outcome == Outcome::answered) {
            tokens_ = std::min(10.0, tokens_ + 0.1);
        } else if (outcome != Outcome::timed_out) {
            tokens_ = std::max(0.0, tokens_ - 1);
        }
    }
    bool allows_retry(Outcome outcome) override {
        return outcome != Outcome::timed_out && tokens_ > 5;
    }

private:
    double tokens_ = 10;
};

}  // namespace protection
