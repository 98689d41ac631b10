// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "comparison.hpp"

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace protection {

/// Comparisons of the same systems and scenarios, which differ in the number of clients.
struct Side {
    int clients;
    Comparison comparison;
    /// The letter of the first scenario; the others have those that follow.
    char first_letter = 'A';
};

/// Writes the ranking, for each number of clients: each system's mean harm, that without its worst
/// scenario, which that is, and the mean load on the broken service.
void write_ranking(std::ostream& out, const std::vector<Side>& sides);

/// Writes the harm of each system in each scenario.
void write_scenarios(std::ostream& out, const Side& side);

/// Writes what each system did, figure by figure, in each scenario, the best first.
void write_figures(std::ostream& out, const Side& side);

/// Writes an SVG picture with a row a system: what became of the calls of each second of a
/// scenario, under the first seed. Throws `std::invalid_argument` unless the question is about one
/// scenario.
void write_picture(std::ostream& out, const Question& question);

}  // namespace protection
