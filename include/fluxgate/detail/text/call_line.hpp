// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

// A recorded call as a line of CSV: time_s,latency_ms,ok[,key]. Numbers are whole nanoseconds with
// a point in them; doubles would lose some of a time since 1970.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The lines that name the fields.
inline constexpr std::string_view call_header = "time_s,latency_ms,ok";
inline constexpr std::string_view call_header_with_key = "time_s,latency_ms,ok,key";

/// Before the number of calls that a recorder had to leave out.
inline constexpr std::string_view lost_calls_mark = "# lost ";

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

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Takes the fields of a line, one by one and in their order. Throws `std::invalid_argument`, which
/// names the field, and the line where that has a number.
class CallLine {
public:
    /// Takes the text, which outlives this, and its number from 1; zero where it has none.
    CallLine(std::string_view text, std::uint64_t number) noexcept : rest_{text}, number_{number} {}

    /// Takes when the call began.
    std::chrono::nanoseconds take_time() {
        return take_decimal("time_s", digits_of_second, -longest,
                            "a decimal number of seconds, within 146 years of 0");
    }
    /// Takes how long it took.
    std::chrono::nanoseconds take_duration() {
        return take_decimal("latency_ms", digits_of_millisecond, 0,
                            "a decimal number of milliseconds, from 0 to 146 years");
    }
    /// Takes whether it succeeded.
    bool take_ok() {
        const std::string_view field = take_field("ok");
        if (field != "1" && field != "0") {
            fail("ok", field, "1 or 0");
        }
        return field == "1";
    }
    /// Takes the key, behind which there is nothing. Throws `std::bad_alloc`, too.
    std::string take_key() {
        if (is_at_end_) {
            return {};
        }
        const std::string_view field = rest_;
        if (!field.starts_with('"')) {
            if (field.find_first_of(",\"") != std::string_view::npos) {
                fail("key", field, "one field, or in quotation marks");
            }
            return std::string{field};
        }
        std::string key;
        rest_.remove_prefix(1);
        for (;;) {
            const std::size_t mark = rest_.find('"');
            if (mark == std::string_view::npos) {
                fail("key", field, "ended by a quotation mark");
            }
            key += rest_.substr(0, mark);
            rest_.remove_prefix(mark + 1);
            if (!rest_.starts_with('"')) {
                break;
            }
            key += '"';
            rest_.remove_prefix(1);
        }
        if (!rest_.empty()) {
            fail("key", field, "the last field");
        }
        return key;
    }

    /// Throws what is wrong with a field.
    [[noreturn]] void fail(const char* field, std::string_view given, const char* range) const {
        constexpr std::size_t most = 60;
        std::string name = field;
        if (number_ != 0) {
            name += " in line " + std::to_string(number_);
        }
        std::string value{given.substr(0, most)};
        value += given.size() > most ? "..." : "";
        throw_invalid(name.c_str(), value.empty() ? "empty" : value, range);
    }

private:
    /// So far a time is from zero, and a duration is long, that their sum can be told.
    static constexpr std::int64_t longest = (std::numeric_limits<std::int64_t>::max)() / 2;

    /// Takes a field, without the blanks around it.
    std::string_view take_field(const char* name) {
        if (is_at_end_) {
            fail("a recorded call", std::string{"one without "} + name,
                 "time_s,latency_ms,ok or time_s,latency_ms,ok,key");
        }
        const std::size_t comma = rest_.find(',');
        std::string_view field = rest_.substr(0, comma);
        is_at_end_ = comma == std::string_view::npos;
        rest_.remove_prefix(is_at_end_ ? rest_.size() : comma + 1);
        while (field.starts_with(' ')) {
            field.remove_prefix(1);
        }
        while (field.ends_with(' ')) {
            field.remove_suffix(1);
        }
        return field;
    }

    /// Takes a number in a unit of 10^digits nanoseconds.
    std::chrono::nanoseconds take_decimal(const char* name, int digits, std::int64_t least,
                                          const char* range) {
        const std::string_view field = take_field(name);
        const bool is_negative = field.starts_with('-');
        bool is_right = true;
        bool has_digit = false;
        bool has_point = false;
        int missing = digits;  // places behind the point that are still to come
        std::int64_t count = 0;
        const auto append = [&](std::int64_t digit) {
            is_right = is_right && count <= (longest - digit) / 10;
            count = is_right ? 10 * count + digit : count;
        };
        for (const char c : field.substr(is_negative ? 1 : 0)) {
            const bool is_digit = c >= '0' && c <= '9';
            is_right = is_right && (is_digit || (c == '.' && !has_point));
            has_digit = has_digit || is_digit;
            has_point = has_point || c == '.';
            if (is_digit && (!has_point || missing > 0)) {
                append(c - '0');
                missing -= has_point ? 1 : 0;
            }
        }
        for (; missing != 0; --missing) {
            append(0);
        }
        count = is_negative ? -count : count;
        if (!is_right || !has_digit || count < least) {
            fail(name, field, range);
        }
        return std::chrono::nanoseconds{count};
    }

    std::string_view rest_;
    bool is_at_end_ = false;
    const std::uint64_t number_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
