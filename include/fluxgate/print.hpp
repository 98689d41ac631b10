// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/trippers.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iosfwd>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <version>

#ifdef __cpp_lib_format
#include <format>
#endif

// What one wants to see in a line of a log: `to_string`, `<<`, and `std::format` where there is
// one, for states, reasons, signals, metrics, `info()` and trippers.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

namespace detail {

/// Returns the shortest number that reads back the same.
inline std::string printed(double value) {
    std::array<char, 32> text{};
    auto* const end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

/// Returns the duration in the largest unit that needs no fraction, such as `1500ms`.
inline std::string printed(std::chrono::nanoseconds duration) {
    struct Unit {
        std::int64_t nanoseconds;
        const char* name;
    };
    constexpr std::array units{
        Unit{3'600'000'000'000, "h"}, Unit{60'000'000'000, "min"}, Unit{1'000'000'000, "s"},
        Unit{1'000'000, "ms"},        Unit{1'000, "us"},           Unit{1, "ns"}};
    for (const Unit& unit : units) {
        if (duration.count() != 0 && duration.count() % unit.nanoseconds == 0) {
            return std::to_string(duration.count() / unit.nanoseconds) + unit.name;
        }
    }
    return "0s";
}

/// Returns the number with its noun, such as `1 call` or `2 calls`.
inline std::string counted(std::uint64_t count, const char* thing) {
    return std::to_string(count) + ' ' + thing + (count == 1 ? "" : "s");
}

/// Returns a share as a percentage of three digits.
inline std::string percentage(double share) {
    std::array<char, 16> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.3g%%", share * 100.0);
    return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace detail

/// Returns text such as `20 calls, 12 failures (60%), 30% from 1s on, 250ms on average`.
template <class SlowCounts>
[[nodiscard]] std::string to_string(const BasicMetrics<SlowCounts>& metrics) {
    std::string text = detail::counted(metrics.total_count, "call");
    text += ", ";
    text += detail::counted(metrics.failure_count, "failure");
    if (const auto rate = metrics.failure_rate()) {
        text += " (" + detail::percentage(*rate) + ")";
    }
    for (const SlowCount& slow : metrics.slow) {
        if (const auto rate = metrics.slow_rate(slow.threshold)) {
            text += ", " + detail::percentage(*rate) + " from " + detail::printed(slow.threshold) +
                    " on";
        }
    }
    if (const auto average = metrics.avg_duration()) {
        text += ", " + detail::printed(*average) + " on average";
    }
    return text;
}

/// Returns the text of a name; empty where there is none.
[[nodiscard]] inline std::string_view to_string(const SharedName& name) noexcept {
    return name.view();
}

namespace detail {

/// Returns the beginning of a line about the breaker of that name.
inline std::string line_about(const SharedName& name) {
    return name.empty() ? std::string{} : std::string{name.view()} + ": ";
}

}  // namespace detail

/// Returns text such as `closed -> open (tripped): 20 calls, 12 failures (60%)`, behind the name
/// where there is one. The timestamp is left to the log that the line goes into.
[[nodiscard]] inline std::string to_string(const Signal& signal) {
    std::string text = detail::line_about(signal.name);
    text += to_string(signal.old_state);
    text += " -> ";
    text += to_string(signal.new_state);
    text += " (";
    text += to_string(signal.reason);
    text += "): ";
    text += to_string(signal.metrics);
    return text;
}

/// Returns text such as `open, 2 reopens: 0 calls, 0 failures`, behind the name where there is one.
[[nodiscard]] inline std::string to_string(const CircuitBreakerInfo& info) {
    std::string text = detail::line_about(info.name);
    text += to_string(info.state);
    if (info.reopens != 0) {
        text += ", " + detail::counted(info.reopens, "reopen");
    }
    text += ": ";
    text += to_string(info.metrics);
    return text;
}

namespace trippers {

// Trippers print as they are written. A tripper of your own has a `to_string` beside it, or prints
// as `custom`.

[[nodiscard]] inline std::string to_string(const MinRequests& tripper) {
    return "MinRequests{" + std::to_string(tripper.count()) + "}";
}
[[nodiscard]] inline std::string to_string(const FailureRate& tripper) {
    return "FailureRate{" + detail::printed(tripper.ratio()) + "}";
}
[[nodiscard]] inline std::string to_string(const FailureCount& tripper) {
    return "FailureCount{" + std::to_string(tripper.count()) + "}";
}
[[nodiscard]] inline std::string to_string(const SlowRate& tripper) {
    return "SlowRate{" + detail::printed(tripper.ratio()) + ", " +
           detail::printed(tripper.threshold()) + "}";
}
[[nodiscard]] inline std::string to_string(const AvgLatency& tripper) {
    return "AvgLatency{" + detail::printed(tripper.threshold()) + "}";
}
[[nodiscard]] inline std::string to_string(const FailureStreak& tripper) {
    return "FailureStreak{" + std::to_string(tripper.count()) + "}";
}
[[nodiscard]] inline std::string to_string(const Closed&) {
    return "Closed{}";
}
[[nodiscard]] inline std::string to_string(const HalfOpened&) {
    return "HalfOpened{}";
}

template <class... Operands>
[[nodiscard]] std::string to_string(const AllOf<Operands...>& expression);
template <class... Operands>
[[nodiscard]] std::string to_string(const AnyOf<Operands...>& expression);

}  // namespace trippers

namespace detail {

template <class T>
concept Printable = requires(const T& value) {
    { to_string(value) } -> std::convertible_to<std::string_view>;
};

/// Returns an operand within an expression: in parentheses where it is one itself.
template <class T>
std::string printed_operand(const T& operand) {
    if constexpr (is_expression<trippers::AllOf, T> || is_expression<trippers::AnyOf, T>) {
        return "(" + to_string(operand) + ")";
    } else if constexpr (Printable<T>) {
        return std::string{to_string(operand)};
    } else {
        return "custom";
    }
}

template <class Operands>
std::string printed_operands(const Operands& operands, std::string_view separator) {
    std::string text;
    const auto append = [&](const auto& operand) {
        if (!text.empty()) {
            text += separator;
        }
        text += printed_operand(operand);
    };
    std::apply([&](const auto&... operand) { (append(operand), ...); }, operands);
    return text;
}

}  // namespace detail

namespace trippers {

template <class... Operands>
[[nodiscard]] std::string to_string(const AllOf<Operands...>& expression) {
    return detail::printed_operands(expression.operands(), " & ");
}

template <class... Operands>
[[nodiscard]] std::string to_string(const AnyOf<Operands...>& expression) {
    return detail::printed_operands(expression.operands(), " | ");
}

}  // namespace trippers

namespace detail {

template <class T>
inline constexpr bool is_metrics = false;
template <class SlowCounts>
inline constexpr bool is_metrics<BasicMetrics<SlowCounts>> = true;

/// What this header prints.
template <class T>
concept Printed = std::same_as<T, State> || std::same_as<T, Reason> || std::same_as<T, Signal> ||
                  std::same_as<T, CircuitBreakerInfo> || std::same_as<T, SharedName> ||
                  is_metrics<T> || (TripperPolicy<T> && Printable<T>);

}  // namespace detail

/// Writes `to_string(value)`.
template <class Traits, detail::Printed T>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                             const T& value) {
    return out << to_string(value);
}

namespace trippers {
using fluxgate::operator<<;
}

}  // namespace fluxgate::inline v0_1

#ifdef __cpp_lib_format
/// Formats `to_string(value)`, with the options that strings have.
template <fluxgate::detail::Printed T>
struct std::formatter<T, char> : std::formatter<std::string_view, char> {
    template <class Context>
    auto format(const T& value, Context& context) const {
        return std::formatter<std::string_view, char>::format(to_string(value), context);
    }
};
#endif
