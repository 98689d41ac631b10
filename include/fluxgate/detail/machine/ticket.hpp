// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cstdint>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Names a call under way: the number of a trial, which is never given twice, or the mark of a call
/// that may be overdue. Zero for neither.
using Ticket = std::uint64_t;

}  // namespace fluxgate::inline v0_1::detail
