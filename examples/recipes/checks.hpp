// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace recipes {

/// Throws where what a recipe promises does not hold.
inline void check(bool holds, const char* promise) {
    if (!holds) {
        throw std::runtime_error{std::string{"This does not hold: "} + promise};
    }
}

/// Runs a try to its end. Returns the program's status: where it throws, what it has started has
/// ended by then.
template <class F>
int run(F f) {
    try {
        f();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}

}  // namespace recipes
