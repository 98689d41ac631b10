// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>

/// The sentence of the `std::invalid_argument` that `f` throws; empty where it throws none.
template <class F>
std::string error_of(F f) {
    try {
        f();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return {};
}

/// Whether `f()`, a lambda without captures, is a constant expression.
template <class F, int = (F{}(), 0)>
constexpr bool is_constant_expression(F) {
    return true;
}
constexpr bool is_constant_expression(...) {
    return false;
}
