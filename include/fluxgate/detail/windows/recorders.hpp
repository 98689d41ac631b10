// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/windows/count_recorder.hpp>
#include <fluxgate/detail/windows/time_recorder.hpp>

// What the shipped windows become inside a breaker: counters of what its tripper asks for, and of
// nothing else. How many thresholds that are is known at compile time, or else `any_number`. None
// is thread-safe; the core calls them under its lock, but for `is_quick` and
// `bucket_of`, which look only at what never changes.
