// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A breaker whose policies come from a text, and are exchanged, against the plain one: the same
// steps must give the same answers, signals and metrics.

#include "drive.hpp"
#include "input.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/testing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

using namespace fluxgate;
using fuzz::Input;

namespace {

constexpr std::array<std::string_view, 22> texts{
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
};
constexpr std::size_t texts_without_overdue = 16;

template <class Environment>
void drive(Input& input, std::span<const std::string_view> some) {
    const Policies first = parse_policies(some[input.below(some.size())]);
    fuzz::Drive<Environment, Policies> drive{"", input, first};
    drive.may_exchange(some);
    drive.run();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input{data, size};
    const std::span<const std::string_view> all = texts;
    switch (input.below(3)) {
        case 0: drive<testing::Virtual>(input, all); break;
        case 1: drive<fuzz::Lagging<std::mutex>>(input, all.first(texts_without_overdue)); break;
        default:
            drive<fuzz::Lagging<detail::NoMutex>>(input, all.first(texts_without_overdue));
            break;
    }
    return 0;
}
