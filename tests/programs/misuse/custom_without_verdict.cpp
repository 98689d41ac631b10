// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// expect: the callable of Custom takes const E&, returns a bool and can be called when const

#include <fluxgate/fluxgate.hpp>

#include <stdexcept>

fluxgate::Custom tracker{[](const std::runtime_error&) {}};
