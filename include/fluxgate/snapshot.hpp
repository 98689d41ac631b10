// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/text/snapshot_fields.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// What a circuit knows, to be kept over a restart: a text in a file, say.
//
//     std::ofstream{"orders.circuit"} << to_string(breaker.save()) << '\n';
//
//     fluxgate::CircuitBreaker breaker{fluxgate::FailureStreak{5},
//                                      fluxgate::Restored{fluxgate::parse_snapshot(line)}};

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// What a circuit knows that is worth keeping over a restart; `save()` makes it. The window is not
/// kept: what it holds would be old when the service is up again.
struct Snapshot {
    /// The state.
    State state = State::closed;
    /// When this was saved, by the system clock.
    std::chrono::system_clock::time_point saved_at{};
    /// When the latest transition was made, by the system clock.
    std::chrono::system_clock::time_point changed_at{};
    /// How long an open circuit would yet stay open, not below zero; empty where it is open until a
    /// command, and in the other states.
    std::optional<std::chrono::nanoseconds> wait_left{};
    /// How often the circuit opened again since it was last closed, beyond the first opening.
    std::uint32_t reopens = 0;
    /// How many of the latest outcomes in a row were failures.
    std::uint64_t streak = 0;
    /// The score, where the tripper looks at it; else zero.
    double score = 0.0;
    /// Why the latest transition was made; empty where there was none.
    std::optional<Reason> last_reason{};
    /// When the outage began, by the system clock: when the circuit left the states that admit every
    /// call. Empty where there is none, or the retry does not ask.
    std::optional<std::chrono::system_clock::time_point> outage_began_at{};
    /// How many calls a second there were then, as `RetryContext` has it.
    std::optional<double> calls_per_second{};
    /// All counts; empty where the breaker does not count.
    std::optional<TotalCounts> totals{};

    /// Returns whether both say the same.
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// Has a breaker begin with what a snapshot says: an argument of the constructor, of any breaker.
///
/// The state, the reopens, the streak, the score, `changed_at`, `last_reason`, and since when the
/// outage lasts are as they were. The wait goes on by the system clock, also while nothing ran. Totals,
/// if the breaker counts, go on from those of the snapshot. The window is empty, and trials begin anew.
/// No signal tells of it.
///
/// The constructor throws `std::invalid_argument` where the snapshot was saved more than a minute in
/// the future of the system clock, or says what no snapshot can.
class Restored {
public:
    /// Takes the snapshot.
    explicit Restored(const Snapshot& snapshot) : snapshot_{snapshot} {}

    /// Returns it.
    [[nodiscard]] const Snapshot& snapshot() const noexcept { return snapshot_; }

private:
    Snapshot snapshot_;
};

}  // namespace fluxgate::inline v0_1

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Throws `std::invalid_argument` where the snapshot says what none can.
inline void check_snapshot(const Snapshot& snapshot) {
    const auto hold = [](bool is_right, const char* member, const char* value, const char* range) {
        if (!is_right) {
            throw_invalid(member, value, range);
        }
    };
    const auto is_not_negative = [](double number) {
        return number >= 0.0 && number <= (std::numeric_limits<double>::max)();
    };
    hold(to_string(snapshot.state) != "unknown", "a snapshot's state", "none", "a state");
    hold(snapshot.wait_left.value_or(std::chrono::nanoseconds{0}).count() >= 0,
         "a snapshot's wait_left", "below zero", "at least 0 s");
    hold(snapshot.state == State::open || !snapshot.wait_left, "a snapshot's wait_left",
         "there in another", "in the state open alone");
    hold(is_not_negative(snapshot.score), "a snapshot's score", "none of these",
         "at least 0 and finite");
    hold(is_not_negative(snapshot.calls_per_second.value_or(0.0)), "a snapshot's calls_per_second",
         "none of these", "at least 0 and finite");
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

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
    return std::move(writer).finish();
}

/// Reads such a text, with or without an end of line. Throws `std::invalid_argument` where it is
/// damaged, is of another format, or is none; without exceptions, prints the sentence and aborts. Throws
/// `std::bad_alloc`.
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
    reader.expect_end();
    detail::check_snapshot(snapshot);
    return snapshot;
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
