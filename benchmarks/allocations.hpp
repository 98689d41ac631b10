// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

/// How often this program has allocated so far. Thread-safe.
std::uint64_t allocation_count() noexcept;
