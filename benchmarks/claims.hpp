// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

// What the benchmarks are to show: a figure beside the baseline that it is held against.

namespace claims {

/// How a figure may relate to its baseline.
enum class Kind {
    ratio,     ///< at most `limit` times the baseline
    extra,     ///< at most `limit` more than the baseline
    absolute,  ///< at most `limit`, whatever the baseline is
    none,      ///< shown without a bound
};

struct Bound {
    Kind kind = Kind::none;
    double limit = 0;
};

inline Bound times(double limit) {
    return {Kind::ratio, limit};
}
inline Bound plus(double limit) {
    return {Kind::extra, limit};
}
inline Bound at_most(double limit) {
    return {Kind::absolute, limit};
}

/// What a figure is held against, or a part of it.
struct Baseline {
    Baseline(const char* benchmark, double times = 1) : name{benchmark}, factor{times} {}

    std::string name;
    double factor;
};

/// A row of the table. A figure is named as its benchmark is; one that is a counter of a benchmark
/// is named `benchmark:counter`. Times are nanoseconds of each thread for one iteration. With
/// several baselines the figure is held against their sum.
struct Claim {
    std::string figure;
    std::vector<Baseline> baselines;
    Bound bound{};
};

/// All rows, in the order in which the scenarios were linked.
inline std::vector<Claim>& all() {
    static std::vector<Claim> claims;
    return claims;
}

/// Adds a scenario's rows to the table.
struct Rows {
    Rows(std::initializer_list<Claim> rows) { all().insert(all().end(), rows); }
};

}  // namespace claims
