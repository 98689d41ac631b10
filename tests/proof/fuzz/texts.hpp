// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

// Texts of policies that are exchanged for one another: of every kind of policy there are two.

namespace fuzz {

inline constexpr std::array<std::string_view, 27> texts{
    "",
    "window = count_window(1); trip = failure_streak(1); wait = cooldown(3s); permit = all",
    "window = count_window(64); trip = failure_streak(4) | (min_requests(10) & failure_rate(0.3))",
    "window = count_window(64); trip = min_requests(10) & (slow_rate(0.5, 1s) | slow_rate(0.8, "
    "500ms))",
    "window = count_window(64); trip = min_requests(10) & slow_rate(0.8, 500ms); wait = never",
    "window = count_window(64); trip = min_requests(5) & slow_rate(0.4, 1s); permit = random(0.4)",
    "window = keep_durations(count_window(64)); trip = failure_streak(2); wait = always",
    "window = keep_durations(count_window(7)); trip = avg_latency(1s) | slow_rate(1, 3s)",
    "window = count_window(7); trip = avg_latency(500ms) | failure_streak(3); permit = "
    "slow_start(3)",
    "window = time_window(2s, 500ms); trip = min_requests(3) & failure_rate(0.4)",
    "window = time_window(2s, 500ms); trip = min_requests(2) & (slow_rate(1, 1s) | slow_rate(0.7, "
    "3s))",
    "window = time_window(2s, 500ms); trip = min_requests(2) & slow_rate(1, 3s); wait = "
    "square_root_wait",
    "window = keep_durations(time_window(2s, 500ms)); trip = failure_score(2, 0.5, 1); permit = "
    "all",
    "window = time_window(10s); trip = failure_score(3, 0, 0.5) | failure_streak(4); wait = "
    "backoff(1s, 2, 8s)",
    "window = count_window(10); trip = (half_opened & failure_rate(0.5)) | (closed & "
    "failure_streak(2)); wait = always",
    "window = count_window(10); trip = failure_streak(2); permit = trials(3, 2, 1s); wait = "
    "cooldown(500ms)",
    "window = time_window(2s, 500ms); trip = failure_count(3) | failure_rate(0.8); wait = "
    "linear(500ms, "
    "2s); permit = ramp_up(0.3, 1, 4s)",
    "window = count_window(7); trip = failure_count(2); wait = linear(1s, 3s); permit = trials(6, "
    "2, "
    "4s)",
    "window = count_window(10); trip = failure_streak(2); wait = cooldown(1s); permit = "
    "slow_start(4, "
    "1s); state = metrics_only",
    "window = count_window(10); trip = failure_streak(3); wait = cooldown(500ms); state = disabled",
    // From here on calls may be overdue.
    "preset = request_response(500ms)",
    "preset = request_response; wait = cooldown(1s); permit = trials(2, 1, 500ms)",
    "window = count_window(64); trip = failure_streak(3); permit = all; overdue = 1s; wait = "
    "cooldown(1s)",
    "window = count_window(64); trip = failure_streak(2); permit = single_trial(1s); overdue = 3s; "
    "wait = cooldown(1s)",
    "window = count_window(64); trip = slow_rate(0.4, 1s); permit = single_trial(4s); overdue = "
    "1s; wait = always",
    "window = time_window(2s, 500ms); trip = min_requests(4) & slow_rate(0.5, 500ms); overdue = 3s",
    "window = count_window(64); trip = failure_score(40, 0, 0.5); permit = all; overdue = 500ms; "
    "wait = cooldown(1s)",
};
inline constexpr std::size_t texts_without_overdue = 20;

}  // namespace fuzz
