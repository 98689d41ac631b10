// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <string>

// What the units of one program share, each of them compiled in its own way.

std::string fetch_name();
int fetch_code();

/// The vocabulary, and policies: the same types in all units.
fluxgate::Signal first_signal();
fluxgate::Rejection rejection();
fluxgate::FailureStreak streak();

/// A breaker that units of C++20 and of C++23 share.
using Payments = fluxgate::CircuitBreaker<fluxgate::CountWindow, fluxgate::trackers::All,
                                          fluxgate::FailureStreak>;
Payments& payments();

/// Each unit's own checks: how many did not hold.
/// A lock that tells whether it is held.
struct Lock {
    void lock() { held = true; }
    void unlock() { held = false; }
    static inline bool held = false;
};
using Section = int (*)();

int check_cxx20();
int check_cxx23();
int check_no_rtti();
int check_no_exceptions();
