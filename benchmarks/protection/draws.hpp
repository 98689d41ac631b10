// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "guard.hpp"
#include "random.hpp"
#include "scenario.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

namespace protection {

/// A call of a user's, which takes one attempt or more.
struct Call {
    Time arrived;
    std::size_t client;
    int key;
    std::uint64_t number;
    int retries = 0;
};

/// What is drawn for each attempt of each call, so that it is the same for every system.
class Draws {
public:
    Draws(const Scenario& scenario, std::uint64_t seed) : scenario_{scenario}, seed_{seed} {}

    /// Returns where the attempt's node, its entry in the cache, and its wait before a retry lie
    /// among others, in [0, 1).
    [[nodiscard]] double node(const Call& call, int retry) const {
        return draw(call, retry, What::node);
    }
    [[nodiscard]] double entry(const Call& call, int retry) const {
        return draw(call, retry, What::entry);
    }
    [[nodiscard]] double backoff(const Call& call, int retry) const {
        return draw(call, retry, What::backoff);
    }

    /// Returns whether the call has a key whose calls fail in this condition.
    [[nodiscard]] static bool has_failing_key(const Call& call, const Condition& condition) {
        return call.key < condition.failing_keys;
    }
    /// Returns whether a worker's answer is an error.
    [[nodiscard]] bool fails(const Call& call, int retry, const Condition& condition) const {
        return has_failing_key(call, condition) ||
               draw(call, retry, What::error) < condition.error_share;
    }

    /// Returns how long a worker needs, if nothing is wrong: lognormal, but for the outliers.
    [[nodiscard]] Time work(const Call& call, int retry) const {
        const double radius =
            std::sqrt(-2 * std::log(std::max(1e-12, draw(call, retry, What::radius))));
        const double angle = 2 * std::numbers::pi * draw(call, retry, What::angle);
        const Time time = seconds(in_seconds(scenario_.median) *
                                  std::exp(scenario_.sigma * radius * std::cos(angle)));
        const bool is_outlier = scenario_.outlier_share > 0 &&
                                draw(call, retry, What::outlier) < scenario_.outlier_share;
        return is_outlier ? time * 100 : time;
    }

private:
    enum class What : std::uint64_t { radius, angle, outlier, error, backoff, node, entry };

    [[nodiscard]] double draw(const Call& call, int retry, What what) const {
        const std::uint64_t which = call.number * 64 + static_cast<std::uint64_t>(retry) * 8 +
                                    static_cast<std::uint64_t>(what);
        Random random{(seed_ * 0x9e3779b97f4a7c15) ^ (which * 0xd1342543de82ef95)};
        static_cast<void>(random.next());
        return random.uniform();
    }

    const Scenario& scenario_;
    const std::uint64_t seed_;
};

}  // namespace protection
