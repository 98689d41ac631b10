// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "scenario.hpp"

#include <string>
#include <utility>

// Scenarios whose service is in one condition for a time.
namespace protection {

/// Returns one in which it is so while the outage lasts, and healthy before and after.
[[nodiscard]] inline Scenario broken(std::string name, Outage outage, Time length,
                                     Condition condition) {
    Scenario scenario;
    scenario.name = std::move(name);
    scenario.length = length;
    scenario.outage = outage;
    scenario.condition = [=](Time now) { return outage.covers(now) ? condition : Condition{}; };
    return scenario;
}

/// Returns one in which it is so all the time, and callers have to live with it.
[[nodiscard]] inline Scenario always(std::string name, Time length, Condition condition) {
    Scenario scenario;
    scenario.name = std::move(name);
    scenario.length = length;
    scenario.condition = [=](Time) { return condition; };
    return scenario;
}

/// Returns one in which it is so at the beginning of each period while the outage lasts, for `part`
/// of the period.
[[nodiscard]] inline Scenario broken_again_and_again(std::string name, Outage outage, Time period,
                                                     Time part, Condition condition) {
    Scenario scenario;
    scenario.name = std::move(name);
    scenario.outage = outage;
    scenario.condition = [=](Time now) {
        const bool is_broken = outage.covers(now) && (now - outage.from) % period < part;
        return is_broken ? condition : Condition{};
    };
    return scenario;
}

}  // namespace protection
