// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

// Durations and moments as people and programs write them in files: decimal numbers and ISO 8601,
// read without a loss to the nanosecond.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// So far a moment may be from zero, and a duration may last, that their sum can be told.
inline constexpr std::int64_t longest_recorded = (std::numeric_limits<std::int64_t>::max)() / 2;

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// A whole number that is read digit by digit, and never beyond `longest_recorded`.
class BoundedCount {
public:
    /// Appends a digit. Returns false where that is too much.
    [[nodiscard]] bool append(int digit) noexcept {
        const bool fits = count_ <= (longest_recorded - digit) / 10;
        count_ = fits ? 10 * count_ + digit : count_;
        return fits;
    }
    [[nodiscard]] std::int64_t count() const noexcept { return count_; }

private:
    std::int64_t count_ = 0;
};

/// Takes characters from the front of a text.
class TextFront {
public:
    explicit TextFront(std::string_view text) noexcept : rest_{text} {}

    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
    [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

    /// Takes this character, if it is the next one.
    bool take(char c) noexcept {
        const bool is_next = rest_.starts_with(c);
        rest_.remove_prefix(is_next ? 1 : 0);
        return is_next;
    }
    /// Takes all digits that are next.
    std::string_view take_digits() noexcept {
        std::size_t length = 0;
        while (length != rest_.size() && is_digit(rest_[length])) {
            ++length;
        }
        return take_front(length);
    }
    /// Takes a number of so many digits; nothing where there are others.
    std::optional<int> take_number(std::size_t digits) noexcept {
        if (rest_.size() < digits) {
            return std::nullopt;
        }
        int number = 0;
        for (const char c : rest_.substr(0, digits)) {
            if (!is_digit(c)) {
                return std::nullopt;
            }
            number = 10 * number + (c - '0');
        }
        take_front(digits);
        return number;
    }

private:
    std::string_view take_front(std::size_t length) noexcept {
        const std::string_view front = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return front;
    }

    std::string_view rest_;
};

/// Reads a decimal number, perhaps with a sign and an exponent, in a unit of 10^`unit` nanoseconds.
/// What is less than a nanosecond is cut off. Returns nothing where it is no such number, or one
/// beyond `longest_recorded`.
[[nodiscard]] inline std::optional<std::chrono::nanoseconds> read_decimal(std::string_view text,
                                                                          int unit) noexcept {
    TextFront front{text};
    const bool is_negative = front.take('-');
    if (!is_negative) {
        front.take('+');
    }
    const std::string_view whole = front.take_digits();
    const std::string_view fraction = front.take('.') ? front.take_digits() : std::string_view{};
    std::int64_t exponent = 0;
    if (front.take('e') || front.take('E')) {
        const bool is_small = front.take('-');
        if (!is_small) {
            front.take('+');
        }
        const std::string_view digits = front.take_digits();
        constexpr std::size_t most_digits = 6;  // a larger one is none of a number that fits
        if (digits.empty() || digits.size() > most_digits) {
            return std::nullopt;
        }
        for (const char c : digits) {
            exponent = 10 * exponent + (c - '0');
        }
        exponent = is_small ? -exponent : exponent;
    }
    if (!front.is_at_end() || whole.size() + fraction.size() == 0) {
        return std::nullopt;
    }

    // The power of ten, in nanoseconds, that the next digit counts.
    std::int64_t power = static_cast<std::int64_t>(whole.size()) - 1 + exponent + unit;
    BoundedCount count;
    for (const std::string_view digits : {whole, fraction}) {
        for (const char c : digits) {
            if (power >= 0 && !count.append(c - '0')) {
                return std::nullopt;
            }
            --power;
        }
    }
    for (; power >= 0 && count.count() != 0; --power) {
        if (!count.append(0)) {
            return std::nullopt;
        }
    }
    return std::chrono::nanoseconds{is_negative ? -count.count() : count.count()};
}

/// Reads a date and a time of day of ISO 8601, such as 2026-11-29T08:00:00.25+01:00. Without a
/// zone, it is of UTC. Returns since 1970, and nothing where it is no such time, or one beyond
/// `longest_recorded`.
[[nodiscard]] inline std::optional<std::chrono::nanoseconds> read_iso_time(
    std::string_view text) noexcept {
    TextFront front{text};
    const auto year = front.take_number(4);
    const bool has_month = front.take('-');
    const auto month = front.take_number(2);
    const bool has_day = front.take('-');
    const auto day = front.take_number(2);
    if (!year || !has_month || !month || !has_day || !day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    const bool has_time = front.take('T') || front.take('t') || front.take(' ');
    const auto hour = front.take_number(2);
    const bool has_minute = front.take(':');
    const auto minute = front.take_number(2);
    if (!date.ok() || !has_time || !hour || !has_minute || !minute || *hour > 23 || *minute > 59) {
        return std::nullopt;
    }
    int second = 0;
    std::chrono::nanoseconds fraction{0};
    if (front.take(':')) {
        const auto taken = front.take_number(2);
        constexpr int leap_second = 60;
        if (!taken || *taken > leap_second) {
            return std::nullopt;
        }
        second = *taken;
        if (front.take('.') || front.take(',')) {
            std::int64_t worth = 1'000'000'000;
            const std::string_view digits = front.take_digits();
            for (const char c : digits) {
                worth /= 10;
                fraction += std::chrono::nanoseconds{worth * (c - '0')};
            }
            if (digits.empty()) {
                return std::nullopt;
            }
        }
    }
    std::chrono::minutes zone{0};
    const bool is_east = front.take('+');
    if (is_east || front.take('-')) {
        const auto hours = front.take_number(2);
        const bool has_colon = front.take(':');
        const auto minutes = front.is_at_end() && !has_colon ? 0 : front.take_number(2);
        if (!hours || !minutes || *hours > 23 || *minutes > 59) {
            return std::nullopt;
        }
        zone = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
        zone = is_east ? zone : -zone;
    } else if (!front.take('Z')) {
        front.take('z');
    }
    const std::chrono::seconds since = std::chrono::sys_days{date}.time_since_epoch() +
                                       std::chrono::hours{*hour} + std::chrono::minutes{*minute} -
                                       zone + std::chrono::seconds{second};
    constexpr std::chrono::seconds most{longest_recorded / 1'000'000'000 - 1};
    if (!front.is_at_end() || since > most || since < -most) {
        return std::nullopt;
    }
    return since + fraction;
}

}  // namespace fluxgate::inline v0_1::detail
