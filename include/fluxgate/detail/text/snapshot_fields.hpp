// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/totals.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// The text of a snapshot: a title with the number of its format, fields in one order, and a
// checksum of all that.
//
//     fluxgate-snapshot 1 state=closed saved_at=1000 changed_at=0 reopens=0 streak=2 score=0 check=…

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

inline constexpr std::string_view snapshot_title = "fluxgate-snapshot";
inline constexpr std::string_view snapshot_format = "1";

/// Returns the FNV-1a hash of 64 bits: it tells damage, and keeps nobody from writing what he
/// likes.
inline std::uint64_t checksum(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : text) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 0x100000001b3;
    }
    return hash;
}

/// Returns the time in nanoseconds since the epoch.
inline std::int64_t since_epoch(std::chrono::system_clock::time_point time) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

/// Returns the counts of the field `totals`, in the order of their declaration.
inline std::array<std::uint64_t, 7> in_order(const TotalCounts& totals) noexcept {
    return {totals.succeeded, totals.failed, totals.neutral,          totals.rejected,
            totals.slow,      totals.opened, totals.would_have_opened};
}

/// Writes fields one after another.
class SnapshotWriter {
public:
    void add(const char* name, const std::string& value) {
        text_ += std::string{' '} + name + '=' + value;
    }
    template <std::integral T>
    void add(const char* name, T number) {
        add(name, std::to_string(number));
    }
    /// Adds what `as` makes of a value, where there is one.
    template <class T, class F>
    void add(const char* name, const std::optional<T>& value, F as) {
        if (value) {
            add(name, as(*value));
        }
    }

    /// Returns the whole text.
    [[nodiscard]] std::string finish() && {
        add("check", checksum(text_));
        return std::move(text_);
    }

private:
    std::string text_ = std::string{snapshot_title} + ' ' + std::string{snapshot_format};
};

/// Reads fields in the same order. What it calls throws `std::invalid_argument` where the text is
/// not as it should be.
class SnapshotReader {
public:
    /// The text must outlive the reader.
    explicit SnapshotReader(std::string_view text) : rest_{text} {
        while (!rest_.empty() && (rest_.back() == '\n' || rest_.back() == '\r')) {
            rest_.remove_suffix(1);
        }
        const std::string_view whole = rest_;
        if (!take(snapshot_title) || !take(" ")) {
            fail("a snapshot", "another text");
        }
        if (take_until(' ') != snapshot_format) {
            fail("a snapshot of format 1", "one of another format");
        }
        constexpr std::string_view mark = " check=";
        const std::size_t place = rest_.rfind(mark);
        if (place == std::string_view::npos) {
            fail("whole", "cut off");
        }
        const std::string_view sum = rest_.substr(place + mark.size());
        rest_ = rest_.substr(0, place);
        if (sum !=
            std::to_string(checksum(whole.substr(0, whole.size() - mark.size() - sum.size())))) {
            fail("whole", "damaged: its checksum is wrong");
        }
    }

    /// Returns whether this field comes next.
    [[nodiscard]] bool has(const char* name) const {
        return rest_.starts_with(std::string{' '} + name + '=');
    }

    /// Reads the name of an enumerator.
    template <class Enum>
    [[nodiscard]] Enum name(const char* field) {
        const std::string_view value = take_field(field);
        for (std::uint8_t i = 0; to_string(static_cast<Enum>(i)) != "unknown"; ++i) {
            if (value == to_string(static_cast<Enum>(i))) {
                return static_cast<Enum>(i);
            }
        }
        fail("a snapshot whose " + std::string{field} + " is known", "one of another");
    }

    template <std::integral T>
    [[nodiscard]] T number(const char* field) {
        std::string_view value = take_field(field);
        return take_number<T>(value, field, "");
    }

    [[nodiscard]] std::chrono::system_clock::time_point time(const char* field) {
        const std::chrono::nanoseconds since{number<std::int64_t>(field)};
        return std::chrono::system_clock::time_point{
            std::chrono::duration_cast<std::chrono::system_clock::duration>(since)};
    }

    [[nodiscard]] TotalCounts totals(const char* field) {
        std::string_view value = take_field(field);
        std::array<std::uint64_t, 7> counts{};
        for (std::size_t i = 0; i != counts.size(); ++i) {
            const bool is_last = i + 1 == counts.size();
            counts[i] = take_number<std::uint64_t>(value, field, is_last ? "" : ",");
        }
        const auto [succeeded, failed, neutral, rejected, slow, opened, would_have_opened] = counts;
        return {.succeeded = succeeded,
                .failed = failed,
                .neutral = neutral,
                .rejected = rejected,
                .slow = slow,
                .opened = opened,
                .would_have_opened = would_have_opened};
    }

    void expect_end() const {
        if (!rest_.empty()) {
            fail("a snapshot with the fields of format 1", "one with others");
        }
    }

private:
    [[noreturn]] static void fail(const std::string& range, const char* value) {
        throw_invalid("parse_snapshot's text", value, range);
    }

    bool take(std::string_view what) noexcept {
        const bool is_next = rest_.starts_with(what);
        rest_.remove_prefix(is_next ? what.size() : 0);
        return is_next;
    }

    std::string_view take_until(char end) noexcept {
        const std::string_view taken = rest_.substr(0, rest_.find(end));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view take_field(const char* field) {
        if (!has(field)) {
            fail("a snapshot with a field " + std::string{field}, "one without");
        }
        take(" ");
        static_cast<void>(take_until('='));
        take("=");
        return take_until(' ');
    }

    /// Takes a number, and what is to follow it: all of the value where that is nothing.
    template <class T>
    static T take_number(std::string_view& value, const char* field, std::string_view behind) {
        const std::string_view digits = value.substr(0, value.find_first_not_of("-0123456789"));
        value.remove_prefix(digits.size());
        const bool is_negative = digits.starts_with('-');
        std::uint64_t magnitude = 0;
        bool is_right = digits.size() > (is_negative ? 1U : 0U) && value.starts_with(behind) &&
                        (!behind.empty() || value.empty());
        for (const char digit : digits.substr(is_negative ? 1 : 0)) {
            const auto next = static_cast<std::uint64_t>(digit - '0');
            constexpr std::uint64_t most = (std::numeric_limits<std::uint64_t>::max)();
            is_right = is_right && digit != '-' && magnitude <= (most - next) / 10;
            magnitude = 10 * magnitude + next;
        }
        constexpr auto largest = static_cast<std::uint64_t>((std::numeric_limits<T>::max)());
        is_right = is_right && magnitude <= largest && (!is_negative || std::signed_integral<T>);
        if (!is_right) {
            fail("a snapshot whose " + std::string{field} + " is in range", "one of another");
        }
        value.remove_prefix(behind.size());
        return is_negative ? static_cast<T>(std::uint64_t{0} - magnitude)
                           : static_cast<T>(magnitude);
    }

    std::string_view rest_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
