// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "guard.hpp"

#include <cstdint>
#include <iosfwd>

// Which share of failures a system bears: a service that answers at once, and of which a share of
// the calls fails, each by chance.
namespace protection {

/// Returns the share of the calls that one client's guard rejects, where `failing` of them fail.
/// They come evenly, for ten minutes at least. The same seed has the same calls fail.
[[nodiscard]] double rejected_share(const System& system, double failing, double calls_per_second,
                                    std::uint64_t seed);

/// Writes a table: the share of rejected calls in per cent, a row a share of failures, a column a
/// number of calls a second.
void write_borne(std::ostream& out, const System& system);

/// Draws the same as curves, an SVG picture.
void write_borne_picture(std::ostream& out, const System& system);

}  // namespace protection
