// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: Custom takes a callable with exactly one parameter of a named type

#include <fluxgate/fluxgate.hpp>

fluxgate::Custom tracker{[] { return true; }};
