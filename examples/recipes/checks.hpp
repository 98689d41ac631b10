// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <iostream>

namespace recipes {

/// Ends the program where what a recipe promises does not hold.
inline void check(bool holds, const char* promise) {
    if (!holds) {
        std::cerr << "This does not hold: " << promise << '\n';
        std::exit(EXIT_FAILURE);
    }
}

}  // namespace recipes
