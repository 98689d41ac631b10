// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: C++20 is needed: compile with -std=c++20
// flags: -std=c++17

#include <fluxgate/fluxgate.hpp>

int main() {}
