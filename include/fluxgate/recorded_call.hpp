// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/text/call_line.hpp>
#include <fluxgate/detail/text/call_parser.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// A call as a line of CSV tells of it: when it began, how long it took, whether it succeeded, and
// of whom, or to whom, it was.
//
//     time_s,latency_ms,ok,key
//     1764218400.25,18.3,1,prices
//     1764218400.31,1000,0,"orders, old"

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// A call that was made, and what it came to. `Recorder` writes them, `CallReader` reads them, and
/// `Replay` asks what a circuit breaker would have done.
struct RecordedCall {
    /// When it began, since whatever moment.
    std::chrono::nanoseconds at{};
    /// How long it took; not below zero.
    std::chrono::nanoseconds duration{};
    /// True if it succeeded.
    bool ok = true;
    /// The name of the breaker, the host, the tenant; empty where there is none.
    std::string key{};

    /// Returns whether both say the same.
    friend bool operator==(const RecordedCall&, const RecordedCall&) = default;
};

}  // namespace fluxgate::inline v0_1

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Returns the call as a line of CSV, `time_s,latency_ms,ok[,key]`, without its end: exact to the
/// nanosecond, with a point whatever the locale. A key that has a comma, a quotation mark or an end
/// of line in it is in quotation marks, as RFC 4180 has it. Throws `std::bad_alloc`.
[[nodiscard]] inline std::string to_string(const RecordedCall& call) {
    std::array<char, detail::longest_call> line{};
    std::string text{detail::write_call(line, call.at.count(), call.duration.count(), call.ok)};
    if (!call.key.empty()) {
        text += ',';
        detail::write_key(call.key, [&](std::string_view part) { text += part; });
    }
    return text;
}

/// Reads such a line: its time as a number or as ISO 8601 has it, numbers with an exponent too, ok
/// as 1 or 0 or true or false, and any field in quotation marks. Blanks around all but the key are
/// left out, and digits beyond a nanosecond are cut off. Throws `std::invalid_argument`, which names
/// what is wrong, and `std::bad_alloc`; without exceptions, prints the sentence and aborts.
[[nodiscard]] inline RecordedCall parse_recorded_call(std::string_view line) {
    detail::CallParser parser;
    detail::CallFault fault;
    std::optional<detail::ParsedCall> call = parser.parse(line, fault);
    if (!call) {
        fault.raise(0);
    }
    return {call->at, call->duration, call->ok, std::move(call->key)};
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
