// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "../guard.hpp"

#include <algorithm>
#include <optional>

namespace protection {

/// Envoy's outlier detection: ejects a host after 5 errors in a row, for 30 s times how often it
/// did, at most 300 s; looks every 10 s whether an ejection is over, and forgets one of them while
/// there is none.
///
/// As for one host of many: without a panic threshold and with `max_ejection_percent` 100. By
/// default it never ejects the only host.
///
/// Read: envoyproxy/envoy, outlier_detection.proto and outlier_detection_impl.cc.
class Envoy : public Guard {
public:
    explicit Envoy(Random& random) : last_sweep_{seconds(-10 * random.uniform())} {}

    std::optional<Ticket> admit(Time now, const Prospect& /*prospect*/) override {
        sweep(now);
        return ejected_ ? std::nullopt : std::optional{Ticket{}};
    }

    void settle(Ticket /*ticket*/, Time now, Outcome outcome, Time /*took*/) override {
        sweep(now);
        if (outcome == Outcome::answered) {
            errors_in_a_row_ = 0;
            return;
        }
        ++errors_in_a_row_;
        if (errors_in_a_row_ >= 5 && !ejected_) {
            ejected_ = true;
            ejected_at_ = now;
            ++ejections_;
            errors_in_a_row_ = 0;
        }
    }

private:
    void sweep(Time now) {
        constexpr Time interval = seconds(10);
        while (last_sweep_ + interval <= now) {
            last_sweep_ += interval;
            const Time lasts = std::min(seconds(30) * ejections_, seconds(300));
            if (!ejected_) {
                ejections_ = std::max(0L, ejections_ - 1);
            } else if (last_sweep_ >= ejected_at_ + lasts) {
                ejected_ = false;
                errors_in_a_row_ = 0;
            }
        }
    }

    bool ejected_ = false;
    long errors_in_a_row_ = 0;
    long ejections_ = 0;
    Time ejected_at_{};
    Time last_sweep_;
};

}  // namespace protection
