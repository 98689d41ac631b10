// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/text/policy_terms.hpp>
#include <fluxgate/detail/text/text_cursor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <locale>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

// The arguments of a policy as they are written: counts, numbers and durations, each in the range of
// its parameter.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Says that an argument is not what its parameter takes. Returns false.
inline bool fail_range(TextCursor& text, const Parameter& parameter, std::size_t at,
                       const std::string& range, std::string_view given) {
    return text.fail(
        at, std::string{parameter.name} + " must be " + range + ", but is " + std::string{given});
}

/// Returns what to write for a parameter.
[[nodiscard]] inline std::string described(const Parameter& parameter) {
    const bool is_duration = parameter.kind == ArgumentKind::duration;
    return std::string{parameter.name} + (is_duration ? ", a duration such as 500ms" : "");
}

/// Reads arguments at the place of a cursor.
class ArgumentReader {
public:
    /// The cursor must outlive the reader.
    explicit ArgumentReader(TextCursor& text) noexcept : text_{text} {}

    /// Takes the argument of a parameter. Returns whether it is right.
    bool read(const Parameter& parameter, ArgumentValue& value) {
        const std::size_t begin = text_.at();
        const std::optional<Digits> digits = take_digits(parameter.kind != ArgumentKind::duration);
        if (!digits) {
            return text_.fail(begin, "expected " + described(parameter));
        }
        switch (parameter.kind) {
            case ArgumentKind::duration: return read_duration(parameter, begin, *digits, value);
            case ArgumentKind::count:
            case ArgumentKind::window_size: return read_count(parameter, begin, *digits, value);
            default: return read_number(parameter, begin, *digits, value);
        }
    }

private:
    /// A number as it is written.
    struct Digits {
        std::string_view text;
        bool is_negative = false;
        bool has_fraction = false;
        bool has_exponent = false;
        /// Before and behind the point.
        std::string_view whole;
        std::string_view fraction;
    };

    /// Takes a number; nothing where none comes next.
    std::optional<Digits> take_digits(bool may_have_exponent) {
        const std::size_t begin = text_.at();
        Digits digits;
        digits.is_negative = text_.take_here('-');
        digits.whole = text_.take_while(TextCursor::is_digit);
        digits.has_fraction = text_.take_here('.');
        if (digits.has_fraction) {
            digits.fraction = text_.take_while(TextCursor::is_digit);
        }
        if (digits.whole.empty() && digits.fraction.empty()) {
            text_.go_back(begin);
            return std::nullopt;
        }
        if (may_have_exponent && text_.take_here('e')) {
            digits.has_exponent = true;
            if (!text_.take_here('-')) {
                text_.take_here('+');
            }
            if (text_.take_while(TextCursor::is_digit).empty()) {
                text_.go_back(begin);
                return std::nullopt;
            }
        }
        digits.text = text_.since(begin);
        return digits;
    }

    bool read_count(const Parameter& parameter, std::size_t begin, const Digits& digits,
                    ArgumentValue& value) {
        const bool is_window = parameter.kind == ArgumentKind::window_size;
        const std::uint32_t most = is_window ? largest_window : 0xffffffffU;
        const std::string range = "a whole number in [1, " + std::to_string(most) + ']';
        if (digits.has_fraction || digits.has_exponent || digits.is_negative) {
            return fail_range(text_, parameter, begin, range, digits.text);
        }
        std::uint64_t count = 0;
        for (const char digit : digits.whole) {
            count = (std::min)(10 * count + static_cast<std::uint64_t>(digit - '0'),
                               std::uint64_t{most} + 1);
        }
        if (count == 0 || count > most) {
            return fail_range(text_, parameter, begin, range, digits.text);
        }
        value = static_cast<std::uint32_t>(count);
        return true;
    }

    /// Says whether a number is in the range of its parameter, and names the range.
    struct InRange {
        bool is_in;
        const char* range;
    };
    [[nodiscard]] static InRange range_of(ArgumentKind kind, double number) noexcept {
        switch (kind) {
            case ArgumentKind::ratio: return {number > 0.0 && number <= 1.0, "in (0, 1]"};
            case ArgumentKind::jitter: return {number >= 0.0 && number <= 1.0, "in [0, 1]"};
            case ArgumentKind::multiplier: return {number > 1.0, "above 1 and finite"};
            case ArgumentKind::positive: return {number > 0.0, "above 0 and finite"};
            default: return {number >= 0.0, "at least 0 and finite"};
        }
    }

    bool read_number(const Parameter& parameter, std::size_t begin, const Digits& digits,
                     ArgumentValue& value) {
        // std::from_chars is not everywhere yet.
        std::istringstream in{std::string{digits.text}};
        in.imbue(std::locale::classic());
        in.exceptions(std::ios::badbit);  // it says so where it has no memory
        double number = 0.0;
        const bool is_read = static_cast<bool>(in >> number);
        constexpr double largest = (std::numeric_limits<double>::max)();
        const auto [is_in_range, range] = range_of(parameter.kind, number);
        if (!is_read || number > largest || !is_in_range) {
            return fail_range(text_, parameter, begin, range, digits.text);
        }
        value = number + 0.0;  // -0.0 would be printed as another number
        return true;
    }

    /// A unit of time.
    struct Unit {
        std::string_view name;
        std::int64_t nanoseconds;
    };
    static constexpr std::array units{
        Unit{"ns", 1},
        Unit{"us", 1'000},
        Unit{"ms", 1'000'000},
        Unit{"s", 1'000'000'000},
        Unit{"min", 60'000'000'000},
        Unit{"h", 3'600'000'000'000},
    };

    bool read_duration(const Parameter& parameter, std::size_t begin, const Digits& digits,
                       ArgumentValue& value) {
        const std::string_view name = text_.take_while(TextCursor::is_letter);
        const auto* const unit = std::ranges::find(units, name, &Unit::name);
        if (unit == units.end()) {
            return text_.fail(begin, "expected a duration with its unit: ns, us, ms, s, min or h");
        }
        const std::string_view given = text_.since(begin);
        const std::string range = "above 0 s and at most 292 years";
        constexpr std::int64_t largest = (std::numeric_limits<std::int64_t>::max)();
        std::int64_t whole = 0;
        for (const char digit : digits.whole) {
            const std::int64_t next = digit - '0';
            if (whole > (largest - next) / 10) {
                return fail_range(text_, parameter, begin, range, given);
            }
            whole = 10 * whole + next;
        }
        const std::optional<std::int64_t> part = part_of(unit->nanoseconds, digits.fraction);
        if (!part) {
            return fail_range(text_, parameter, begin, "a whole number of nanoseconds", given);
        }
        if (digits.is_negative || whole > (largest - *part) / unit->nanoseconds) {
            return fail_range(text_, parameter, begin, range, given);
        }
        const std::int64_t count = whole * unit->nanoseconds + *part;
        if (count == 0) {
            return fail_range(text_, parameter, begin, range, given);
        }
        value = std::chrono::nanoseconds{count};
        return true;
    }

    /// Returns the decimal fraction of the unit, in nanoseconds; nothing where it is not whole.
    [[nodiscard]] static std::optional<std::int64_t> part_of(std::int64_t unit,
                                                             std::string_view fraction) {
        fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
        // An hour is 36 * 10^11 nanoseconds: more digits are never whole.
        constexpr std::size_t most_digits = 13;
        if (fraction.size() > most_digits) {
            return std::nullopt;
        }
        std::int64_t numerator = 0;
        std::int64_t denominator = 1;
        for (const char digit : fraction) {
            numerator = 10 * numerator + (digit - '0');
            denominator *= 10;
        }
        const std::int64_t common = std::gcd(unit, denominator);
        denominator /= common;
        if (numerator % denominator != 0) {
            return std::nullopt;
        }
        return unit / common * (numerator / denominator);
    }

    TextCursor& text_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
