// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/text/call_numbers.hpp>
#include <fluxgate/detail/text/csv_fields.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Recorded calls as they are read: lines of CSV, whose fields are known by their names.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What is wrong with a line.
struct CallFault {
    std::string name{};
    std::string value{};
    std::string range{};

    /// Throws it as `std::invalid_argument`, with the number of the line where that has one.
    [[noreturn]] void raise(std::uint64_t line) const {
        const std::string where = line == 0 ? name : name + " in line " + std::to_string(line);
        throw_invalid(where.c_str(), value, range);
    }
};

/// What a line tells.
struct ParsedCall {
    std::chrono::nanoseconds at{};
    std::chrono::nanoseconds duration{};
    bool ok = true;
    std::string key{};
};

/// Reads lines, by the names of the fields that the latest line of names has given.
class CallParser {
public:
    /// Says whether a line is one of names.
    enum class Names : std::uint8_t { none, taken, ambiguous };

    /// Takes a line for one of names, if it is one that names each field once. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] Names take_names(std::string_view line) {
        if (line.find(latency_name) == std::string_view::npos) {
            return Names::none;
        }
        split_csv(line, fields_);
        Columns columns{.time = none, .latency = none, .ok = none, .key = none};
        bool is_ambiguous = false;
        const auto take = [&](std::size_t& column, std::size_t place) {
            is_ambiguous = is_ambiguous || column != none;
            column = place;
        };
        for (std::size_t i = 0; i != fields_.size(); ++i) {
            const std::string_view name = fields_[i].plain();
            if (name == time_name || name == end_name) {
                columns.is_end = name == end_name;
                take(columns.time, i);
            } else if (name == latency_name) {
                take(columns.latency, i);
            } else if (name == ok_name) {
                take(columns.ok, i);
            } else if (name == key_name) {
                take(columns.key, i);
            }
        }
        if (columns.time == none || columns.latency == none || columns.ok == none) {
            return Names::none;
        }
        if (is_ambiguous) {
            return Names::ambiguous;
        }
        columns.count = fields_.size();
        columns.are_named = true;
        columns_ = columns;
        return Names::taken;
    }

    /// Reads a call. Returns nothing where the line is wrong, which `fault` then tells. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] std::optional<ParsedCall> parse(std::string_view line, CallFault& fault) {
        split_csv(line, fields_);
        if (!are_right_fields(line, fault)) {
            return std::nullopt;
        }
        ParsedCall call;
        const std::optional<std::chrono::nanoseconds> time = read_time(fault);
        if (!time) {
            return std::nullopt;
        }
        const std::optional<std::chrono::nanoseconds> duration = read_duration(fault);
        if (!duration) {
            return std::nullopt;
        }
        call.at = columns_.is_end ? *time - *duration : *time;
        call.duration = *duration;
        if (call.at < std::chrono::nanoseconds{-longest_recorded}) {
            fault = {end_name, written(call.at),
                     "the end of a call that began within 146 years of 0"};
            return std::nullopt;
        }
        const std::optional<bool> ok = read_ok(fault);
        if (!ok) {
            return std::nullopt;
        }
        call.ok = *ok;
        if (columns_.key < fields_.size()) {
            call.key = fields_[columns_.key].text();
        }
        return call;
    }

    /// Returns the name of the field that tells a call's time.
    [[nodiscard]] const char* name_of_time() const noexcept {
        return columns_.is_end ? end_name : time_name;
    }

    /// Returns a fault of a field, with the beginning of what it is.
    [[nodiscard]] static CallFault fault_of(const char* name, std::string_view value,
                                            const char* range) {
        constexpr std::size_t most = 60;
        std::string given{value.substr(0, most)};
        given += value.size() > most ? "..." : "";
        return {name, given.empty() ? "empty" : std::move(given), range};
    }

private:
    static constexpr auto none = static_cast<std::size_t>(-1);
    static constexpr const char* time_name = "time_s";
    static constexpr const char* end_name = "end_s";
    static constexpr const char* latency_name = "latency_ms";
    static constexpr const char* ok_name = "ok";
    static constexpr const char* key_name = "key";

    /// Where the fields stand in a line.
    struct Columns {
        std::size_t time = 0;
        std::size_t latency = 1;
        std::size_t ok = 2;
        std::size_t key = 3;
        std::size_t count = 4;
        /// True where the time is that of the end.
        bool is_end = false;
        bool are_named = false;
    };

    /// Returns whether all fields are there that a call needs, and no others.
    [[nodiscard]] bool are_right_fields(std::string_view line, CallFault& fault) {
        const char* const range = columns_.are_named
                                      ? "of the fields that the line of names has"
                                      : "time_s,latency_ms,ok or time_s,latency_ms,ok,key";
        constexpr const char* name = "a recorded call";
        const std::array<std::pair<std::size_t, const char*>, 3> needed{
            {{columns_.time, name_of_time()},
             {columns_.latency, latency_name},
             {columns_.ok, ok_name}}};
        for (const auto& [column, its_name] : needed) {
            if (column >= fields_.size() && line.empty()) {
                fault = fault_of(name, line, range);
                return false;
            }
            if (column >= fields_.size()) {
                fault = fault_of(name, line, range);
                fault.value = std::string{"one without "} + its_name + ": " + fault.value;
                return false;
            }
        }
        // Behind the last comma there may be nothing, in the place of a key.
        const bool may_lack_key = columns_.key == none && fields_.back().plain().empty();
        if (fields_.size() > columns_.count + (may_lack_key ? 1 : 0)) {
            fault = {name, "one of " + std::to_string(fields_.size()) + " fields", range};
            return false;
        }
        const std::size_t key = columns_.key;
        if (key < fields_.size() && !fields_[key].is_right()) {
            fault = fault_of(key_name, fields_[key].whole(),
                             "a field without quotation marks, or with one at each end");
            return false;
        }
        return true;
    }

    [[nodiscard]] std::optional<std::chrono::nanoseconds> read_time(CallFault& fault) const {
        const std::string_view field = fields_[columns_.time].plain();
        constexpr int unit = 9;  // a second is 10^9 ns
        std::optional<std::chrono::nanoseconds> time = read_decimal(field, unit);
        if (!time) {
            time = read_iso_time(field);
        }
        if (!time) {
            fault = fault_of(name_of_time(), field,
                             "a number of seconds within 146 years of 0, or a time of ISO 8601");
        }
        return time;
    }

    [[nodiscard]] std::optional<std::chrono::nanoseconds> read_duration(CallFault& fault) const {
        const std::string_view field = fields_[columns_.latency].plain();
        constexpr int unit = 6;  // a millisecond is 10^6 ns
        const std::optional<std::chrono::nanoseconds> duration = read_decimal(field, unit);
        if (!duration || *duration < std::chrono::nanoseconds::zero()) {
            fault = fault_of(latency_name, field, "a number of milliseconds, from 0 to 146 years");
            return std::nullopt;
        }
        return duration;
    }

    [[nodiscard]] std::optional<bool> read_ok(CallFault& fault) const {
        const std::string_view field = fields_[columns_.ok].plain();
        const auto is = [&](std::string_view word) {
            return std::ranges::equal(field, word, [](char one, char other) {
                const bool is_capital = one >= 'A' && one <= 'Z';
                return (is_capital ? one - 'A' + 'a' : one) == other;
            });
        };
        if (is("1") || is("true")) {
            return true;
        }
        if (is("0") || is("false")) {
            return false;
        }
        fault = fault_of(ok_name, field, "1 or 0, or true or false");
        return std::nullopt;
    }

    Columns columns_;
    /// Those of the latest line.
    std::vector<CsvField> fields_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
