// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "guard.hpp"

#include <algorithm>

// What the simulated service has beside its workers.
namespace protection {

/// A limit of calls a second: a token bucket that saves up those of a tenth of a second.
class RateLimit {
public:
    /// Returns whether a call at `now` would be taken.
    [[nodiscard]] bool has_room(Time now, double calls_per_second) const {
        return tokens(now, calls_per_second) >= 1;
    }

    /// Takes one, if there is room for it. Returns whether there was.
    [[nodiscard]] bool try_take(Time now, double calls_per_second) {
        tokens_ = tokens(now, calls_per_second);
        looked_ = now;
        if (tokens_ < 1) {
            return false;
        }
        tokens_ -= 1;
        return true;
    }

private:
    [[nodiscard]] double tokens(Time now, double calls_per_second) const {
        const double most = std::max(1.0, calls_per_second / 10);
        return std::min(most, tokens_ + in_seconds(now - looked_) * calls_per_second);
    }

    double tokens_ = 0;
    Time looked_{};
};

/// A cache that calls warm, an entry each. It begins warm.
class Cache {
public:
    explicit Cache(int entries) : entries_{entries}, warm_{entries} {}

    /// Returns whether a call finds its entry: one whose draw in [0, 1) is `u`.
    [[nodiscard]] bool hits(double u) const { return u * entries_ < warm_; }

    /// Returns the share of its entries that are warm.
    [[nodiscard]] double warm_share() const { return static_cast<double>(warm_) / entries_; }

    void warm_one() { warm_ = std::min(warm_ + 1, entries_); }
    void lose_all() { warm_ = 0; }

private:
    int entries_;
    int warm_;
};

}  // namespace protection
