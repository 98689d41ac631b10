// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

/// How many allocations of this thread succeed before one fails; below zero, all do.
extern thread_local long allocations_left;
