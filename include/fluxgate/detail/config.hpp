// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

/// Keeps a function out of line: what is rarely run, out of the way of what is often run.
#if defined(__GNUC__)
#define FLUXGATE_NOINLINE __attribute__((noinline))
#elif defined(_MSC_VER)
#define FLUXGATE_NOINLINE __declspec(noinline)
#else
#define FLUXGATE_NOINLINE
#endif
