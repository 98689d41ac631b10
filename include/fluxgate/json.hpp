// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/utf8.hpp>
#include <fluxgate/event_log.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// What a breaker tells of itself, as JSON (RFC 8259) for pages and scripts. The keys stay.
//
//     info      name, state, changed_at, reopens, last_reason, retry_after_s, metrics, totals,
//               not_closed_since, calls_under_way, call_times, policies
//     signal    name, old_state, new_state, reason, timestamp, metrics
//     metrics   total_count, failure_count, failure_rate, avg_duration_s, slow: [{threshold_s, count}]
//     totals    succeeded, failed, neutral, rejected, slow, opened, would_have_opened, overdue
//     call_times  succeeded_s, failed_s
//
// What is not known is null: a rate without calls, the name of a breaker that has none. So are the
// policies where they do not come from a text, and since when a closed circuit is not. Points in
// time are seconds since 1970, durations are seconds; both are exact to the nanosecond as they are
// written. In names, what is no valid UTF-8 comes as U+FFFD, and what could end an HTML element is
// escaped, so that the text may stand in a page.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

namespace detail {

/// Returns the duration in seconds, as a decimal fraction of as many digits as it needs.
[[nodiscard]] inline std::string decimal_seconds(std::chrono::nanoseconds duration) {
    constexpr std::uint64_t second = 1'000'000'000;
    const std::int64_t count = duration.count();
    const bool is_negative = count < 0;
    const std::uint64_t size = is_negative ? std::uint64_t{0} - static_cast<std::uint64_t>(count)
                                           : static_cast<std::uint64_t>(count);
    std::string text = is_negative ? "-" : "";
    text += std::to_string(size / second);
    if (size % second != 0) {
        std::string fraction = std::to_string(second + size % second);
        fraction.front() = '.';
        fraction.erase(fraction.find_last_not_of('0') + 1);
        text += fraction;
    }
    return text;
}

/// Writes JSON, a value after another, into a string.
class JsonWriter {
public:
    [[nodiscard]] std::string take() && { return std::move(text_); }

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }

    /// Begins a member of an object: its value comes next.
    void key(std::string_view name) {
        separate();
        quote(name);
        text_ += ':';
        is_first_ = true;
    }

    void null() { raw("null"); }
    void value(std::uint64_t number) { raw(std::to_string(number)); }
    void value(double number) { raw(printed(number)); }
    /// Writes seconds.
    void value(std::chrono::nanoseconds duration) { raw(decimal_seconds(duration)); }
    /// Writes seconds since 1970.
    void value(std::chrono::system_clock::time_point time) {
        raw(decimal_seconds(
            std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch())));
    }
    void value(std::string_view text) {
        separate();
        quote(text);
    }
    void value(Reason reason) { value(to_string(reason)); }
    /// Writes a name; null where there is none.
    void value(const SharedName& name) {
        if (name.empty()) {
            null();
        } else {
            value(name.view());
        }
    }
    template <class T>
    void value(const std::optional<T>& known) {
        if (known) {
            value(*known);
        } else {
            null();
        }
    }

    /// Writes a member of an object.
    template <class T>
    void member(std::string_view name, const T& its_value) {
        key(name);
        value(its_value);
    }

private:
    void raw(std::string_view text) {
        separate();
        text_ += text;
    }
    void begin(char bracket) {
        separate();
        text_ += bracket;
        is_first_ = true;
    }
    void end(char bracket) {
        text_ += bracket;
        is_first_ = false;
    }
    /// Puts a comma between two values.
    void separate() {
        if (!is_first_) {
            text_ += ',';
        }
        is_first_ = false;
    }

    void quote(std::string_view text) {
        text_ += '"';
        while (!text.empty()) {
            const std::size_t length = utf8_length(text);
            if (length == 0) {
                text_ += "\\ufffd";
            } else if (length == 1) {
                put(text.front());
            } else {
                text_ += text.substr(0, length);
            }
            text.remove_prefix(length == 0 ? 1 : length);
        }
        text_ += '"';
    }
    void put(char character) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto code = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            text_ += '\\';
            text_ += character;
        } else if (code < 0x20 || code == 0x7f || character == '<' || character == '>' ||
                   character == '&') {
            text_ += "\\u00";
            text_ += digits[code >> 4U];
            text_ += digits[code & 15U];
        } else {
            text_ += character;
        }
    }

    std::string text_;
    bool is_first_ = true;
};

inline void write_json(JsonWriter& out, const Metrics& metrics) {
    out.begin_object();
    out.member("total_count", metrics.total_count);
    out.member("failure_count", metrics.failure_count);
    out.member("failure_rate", metrics.failure_rate());
    out.member("avg_duration_s", metrics.avg_duration());
    out.key("slow");
    out.begin_array();
    for (const SlowCount& slow : metrics.slow) {
        out.begin_object();
        out.member("threshold_s", slow.threshold);
        out.member("count", slow.count);
        out.end_object();
    }
    out.end_array();
    out.end_object();
}

inline void write_json(JsonWriter& out, const TotalCounts& totals) {
    out.begin_object();
    out.member("succeeded", totals.succeeded);
    out.member("failed", totals.failed);
    out.member("neutral", totals.neutral);
    out.member("rejected", totals.rejected);
    out.member("slow", totals.slow);
    out.member("opened", totals.opened);
    out.member("would_have_opened", totals.would_have_opened);
    out.member("overdue", totals.overdue);
    out.end_object();
}

inline void write_json(JsonWriter& out, const CallTimes& times) {
    out.begin_object();
    out.member("succeeded_s", times.succeeded);
    out.member("failed_s", times.failed);
    out.end_object();
}

/// Writes what may not be there; null where it is not.
template <class T>
void write_json(JsonWriter& out, const std::optional<T>& known) {
    if (known) {
        write_json(out, *known);
    } else {
        out.null();
    }
}

inline void write_json(JsonWriter& out, const CircuitBreakerInfo& info) {
    out.begin_object();
    out.member("name", info.name);
    out.member("state", to_string(info.state));
    out.member("changed_at", info.changed_at);
    out.member("reopens", std::uint64_t{info.reopens});
    out.member("last_reason", info.last_reason);
    out.member("retry_after_s", info.retry_after);
    out.key("metrics");
    write_json(out, info.metrics);
    out.key("totals");
    write_json(out, info.totals);
    out.member("not_closed_since", info.not_closed_since);
    out.member("calls_under_way", info.calls_under_way);
    out.key("call_times");
    write_json(out, info.call_times);
    out.key("policies");
    if (info.policies.empty()) {
        out.null();
    } else {
        out.value(info.policies);
    }
    out.end_object();
}

inline void write_json(JsonWriter& out, const Signal& signal) {
    out.begin_object();
    out.member("name", signal.name);
    out.member("old_state", to_string(signal.old_state));
    out.member("new_state", to_string(signal.new_state));
    out.member("reason", signal.reason);
    out.member("timestamp", signal.timestamp);
    out.key("metrics");
    write_json(out, signal.metrics);
    out.end_object();
}

}  // namespace detail

/// Returns the info as a JSON object; its keys are those at the top of this header. Throws
/// `std::bad_alloc`.
[[nodiscard]] inline std::string to_json(const CircuitBreakerInfo& info) {
    detail::JsonWriter out;
    detail::write_json(out, info);
    return std::move(out).take();
}

/// Returns the signal as a JSON object.
[[nodiscard]] inline std::string to_json(const Signal& signal) {
    detail::JsonWriter out;
    detail::write_json(out, signal);
    return std::move(out).take();
}

}  // namespace fluxgate::inline v0_1

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Returns the signals as a JSON array, oldest first.
[[nodiscard]] inline std::string to_json(const EventLog& log) {
    detail::JsonWriter out;
    out.begin_array();
    for (const Signal& signal : log.events()) {
        detail::write_json(out, signal);
    }
    out.end_array();
    return std::move(out).take();
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
