// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/text/snapshot_fields.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/snapshot.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <bit>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// A snapshot as a text, in a file, say.
//
//     std::ofstream{"orders.circuit"} << to_string(breaker.save()) << '\n';
//
//     fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{5},
//                                      fluxgate::Restored{fluxgate::parse_snapshot(line)}};

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Returns the snapshot as a line of text, without its end. A checksum is a part of it. Times are
/// nanoseconds since the epoch of the system clock; a score and a rate are the bits of a double, so
/// that reading gives an equal snapshot. Throws `std::bad_alloc`.
[[nodiscard]] inline std::string to_string(const Snapshot& snapshot) {
    detail::SnapshotWriter writer;
    writer.add("state", std::string{to_string(snapshot.state)});
    writer.add("saved_at", detail::since_epoch(snapshot.saved_at));
    writer.add("changed_at", detail::since_epoch(snapshot.changed_at));
    writer.add("wait_left", snapshot.wait_left, [](auto wait) { return wait.count(); });
    writer.add("reopens", snapshot.reopens);
    writer.add("streak", snapshot.streak);
    writer.add("score", std::bit_cast<std::uint64_t>(snapshot.score));
    writer.add("last_reason", snapshot.last_reason,
               [](Reason reason) { return std::string{to_string(reason)}; });
    writer.add("outage_began_at", snapshot.outage_began_at, detail::since_epoch);
    writer.add("calls_per_second", snapshot.calls_per_second,
               [](double rate) { return std::bit_cast<std::uint64_t>(rate); });
    writer.add("totals", snapshot.totals, [](const TotalCounts& totals) {
        std::string text;
        for (const std::uint64_t count : detail::in_order(totals)) {
            text += (text.empty() ? "" : ",") + std::to_string(count);
        }
        return text;
    });
    writer.add("overdue", snapshot.totals,
               [](const TotalCounts& totals) { return totals.overdue; });
    writer.add("not_closed_since", snapshot.not_closed_since, detail::since_epoch);
    writer.add("succeeded_time", snapshot.call_times,
               [](const CallTimes& times) { return times.succeeded.count(); });
    writer.add("failed_time", snapshot.call_times,
               [](const CallTimes& times) { return times.failed.count(); });
    return std::move(writer).finish();
}

/// Reads such a text, with or without an end of line. Throws `std::invalid_argument` where it is
/// damaged, is of another format, or is none; without exceptions, prints the sentence and aborts.
/// Throws `std::bad_alloc`.
[[nodiscard]] inline Snapshot parse_snapshot(std::string_view text) {
    detail::SnapshotReader reader{text};
    Snapshot snapshot;
    snapshot.state = reader.name<State>("state");
    snapshot.saved_at = reader.time("saved_at");
    snapshot.changed_at = reader.time("changed_at");
    if (reader.has("wait_left")) {
        snapshot.wait_left = std::chrono::nanoseconds{reader.number<std::int64_t>("wait_left")};
    }
    snapshot.reopens = reader.number<std::uint32_t>("reopens");
    snapshot.streak = reader.number<std::uint64_t>("streak");
    snapshot.score = std::bit_cast<double>(reader.number<std::uint64_t>("score"));
    if (reader.has("last_reason")) {
        snapshot.last_reason = reader.name<Reason>("last_reason");
    }
    if (reader.has("outage_began_at")) {
        snapshot.outage_began_at = reader.time("outage_began_at");
    }
    if (reader.has("calls_per_second")) {
        snapshot.calls_per_second =
            std::bit_cast<double>(reader.number<std::uint64_t>("calls_per_second"));
    }
    if (reader.has("totals")) {
        snapshot.totals = reader.totals("totals");
    }
    if (reader.has("overdue") && snapshot.totals) {
        snapshot.totals->overdue = reader.number<std::uint64_t>("overdue");
    }
    if (reader.has("not_closed_since")) {
        snapshot.not_closed_since = reader.time("not_closed_since");
    }
    if (reader.has("succeeded_time")) {
        const std::chrono::nanoseconds succeeded{reader.number<std::int64_t>("succeeded_time")};
        const std::chrono::nanoseconds failed{reader.number<std::int64_t>("failed_time")};
        snapshot.call_times = CallTimes{succeeded, failed};
    }
    reader.expect_end();
    detail::check_snapshot(snapshot);
    return snapshot;
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
