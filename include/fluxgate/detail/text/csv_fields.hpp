// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The fields of a line of CSV, as RFC 4180 has them: apart by commas, and in quotation marks where
// they need them.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A field of a line, of which it is a part.
class CsvField {
public:
    explicit CsvField(std::string_view whole) noexcept : whole_{whole} {
        constexpr std::string_view blanks = " \t";
        const std::size_t first = whole.find_first_not_of(blanks);
        if (first != std::string_view::npos) {
            trimmed_ = whole.substr(first, whole.find_last_not_of(blanks) - first + 1);
        }
    }

    /// Returns it as it stands between the commas.
    [[nodiscard]] std::string_view whole() const noexcept { return whole_; }

    /// Returns it without the blanks around it, and without quotation marks.
    [[nodiscard]] std::string_view plain() const noexcept {
        return is_quoted() ? trimmed_.substr(1, trimmed_.size() - 2) : trimmed_;
    }

    /// Returns whether the quotation marks are right: there are none, or one at each end and
    /// doubled ones between them.
    [[nodiscard]] bool is_right() const noexcept {
        if (!trimmed_.starts_with('"')) {
            return trimmed_.find('"') == std::string_view::npos;
        }
        if (!is_quoted()) {
            return false;
        }
        const std::string_view inside = plain();
        for (std::size_t at = 0; (at = inside.find('"', at)) != std::string_view::npos; at += 2) {
            if (at + 1 == inside.size() || inside[at + 1] != '"') {
                return false;
            }
        }
        return true;
    }

    /// Returns the text that it stands for: as it is, blanks too, or what is in quotation marks.
    /// Throws `std::bad_alloc`.
    [[nodiscard]] std::string text() const {
        if (!is_quoted()) {
            return std::string{whole_};
        }
        std::string text;
        std::string_view rest = plain();
        for (std::size_t mark = 0; (mark = rest.find("\"\"")) != std::string_view::npos;) {
            text += rest.substr(0, mark + 1);
            rest.remove_prefix(mark + 2);
        }
        return text += rest;
    }

private:
    [[nodiscard]] bool is_quoted() const noexcept {
        return trimmed_.size() >= 2 && trimmed_.starts_with('"') && trimmed_.ends_with('"');
    }

    std::string_view whole_;
    std::string_view trimmed_;
};

/// Splits a line into its fields, of which there is at least one. Throws `std::bad_alloc`.
inline void split_csv(std::string_view line, std::vector<CsvField>& fields) {
    fields.clear();
    std::size_t begin = 0;
    bool is_in_marks = false;
    for (std::size_t at = 0; at != line.size(); ++at) {
        // A doubled mark leaves what it is in, and enters it again.
        is_in_marks = is_in_marks != (line[at] == '"');
        if (line[at] == ',' && !is_in_marks) {
            fields.emplace_back(line.substr(begin, at - begin));
            begin = at + 1;
        }
    }
    fields.emplace_back(line.substr(begin));
}

}  // namespace fluxgate::inline v0_1::detail
