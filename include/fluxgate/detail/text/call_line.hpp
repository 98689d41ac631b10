// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// A recorded call as it is written: a line of CSV, time_s,latency_ms,ok[,key]. Numbers are whole
// nanoseconds with a point in them; doubles would lose some of a time since 1970.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The lines that name the fields.
inline constexpr std::string_view call_header = "time_s,latency_ms,ok";
inline constexpr std::string_view call_header_with_key = "time_s,latency_ms,ok,key";

/// Before the number of calls that a recorder had to leave out.
inline constexpr std::string_view lost_calls_mark = "# lost ";

/// Behind a line of which the stream took only a part. No whole line ends so, whatever the part is;
/// where there was none, it is a line alone.
inline constexpr std::string_view torn_line_end = ",,";

/// How many nanoseconds there are in the units of the fields, as powers of ten.
inline constexpr int digits_of_second = 9;
inline constexpr int digits_of_millisecond = 6;

/// How many characters a line takes at most, without a key.
inline constexpr std::size_t longest_call = 64;

/// Writes a number of nanoseconds in a unit of 10^digits of them. Returns the end.
inline char* write_decimal(char* to, std::int64_t nanoseconds, int digits) noexcept {
    const bool is_negative = nanoseconds < 0;
    auto rest = static_cast<std::uint64_t>(nanoseconds);
    rest = is_negative ? std::uint64_t{0} - rest : rest;
    std::array<char, 24> reversed{};
    std::size_t length = 0;
    bool is_trailing = true;  // zeros behind the point that say nothing
    for (int place = 0; rest != 0 || place <= digits; ++place) {
        const auto digit = static_cast<char>('0' + rest % 10);
        rest /= 10;
        if (place == digits) {
            if (!is_trailing) {
                reversed[length++] = '.';
            }
            is_trailing = false;
        }
        is_trailing = is_trailing && digit == '0';
        if (!is_trailing) {
            reversed[length++] = digit;
        }
    }
    if (is_negative) {
        reversed[length++] = '-';
    }
    return std::reverse_copy(reversed.data(), reversed.data() + length, to);
}

/// Writes a call without its key. Returns the line, without an end.
inline std::string_view write_call(std::span<char, longest_call> line, std::int64_t at,
                                   std::int64_t duration, bool is_ok) noexcept {
    char* end = write_decimal(line.data(), at, digits_of_second);
    *end++ = ',';
    end = write_decimal(end, duration, digits_of_millisecond);
    *end++ = ',';
    *end++ = is_ok ? '1' : '0';
    return {line.data(), static_cast<std::size_t>(end - line.data())};
}

/// Writes a key by `write(text)`, in parts; in quotation marks where it needs them.
template <class Write>
void write_key(std::string_view key, Write write) {
    if (key.find_first_of(",\"\r\n") == std::string_view::npos) {
        write(key);
        return;
    }
    write("\"");
    for (std::size_t mark = 0; (mark = key.find('"')) != std::string_view::npos;) {
        write(key.substr(0, mark + 1));
        write("\"");
        key.remove_prefix(mark + 1);
    }
    write(key);
    write("\"");
}

}  // namespace fluxgate::inline v0_1::detail
