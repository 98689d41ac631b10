// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The well-formed sequences of UTF-8 that begin with these bytes: how long they are, and which
/// their second byte may be.
struct Utf8Sequences {
    unsigned char first_from;
    unsigned char first_to;
    std::size_t length;
    unsigned char second_from;
    unsigned char second_to;
};

// Unicode, table 3-7.
// clang-format off
inline constexpr std::array utf8_sequences{
    Utf8Sequences{0x00, 0x7f, 1, 0x00, 0x00},
    Utf8Sequences{0xc2, 0xdf, 2, 0x80, 0xbf},
    Utf8Sequences{0xe0, 0xe0, 3, 0xa0, 0xbf},
    Utf8Sequences{0xe1, 0xec, 3, 0x80, 0xbf},
    Utf8Sequences{0xed, 0xed, 3, 0x80, 0x9f},
    Utf8Sequences{0xee, 0xef, 3, 0x80, 0xbf},
    Utf8Sequences{0xf0, 0xf0, 4, 0x90, 0xbf},
    Utf8Sequences{0xf1, 0xf3, 4, 0x80, 0xbf},
    Utf8Sequences{0xf4, 0xf4, 4, 0x80, 0x8f},
};
// clang-format on

/// Returns how many bytes of the well-formed UTF-8 sequence begin the text, which is not empty;
/// zero where they are none.
[[nodiscard]] inline std::size_t utf8_length(std::string_view text) noexcept {
    const auto is_within = [&](std::size_t place, unsigned char from, unsigned char to) {
        const auto byte = static_cast<unsigned char>(text[place]);
        return byte >= from && byte <= to;
    };
    for (const Utf8Sequences& sequences : utf8_sequences) {
        if (!is_within(0, sequences.first_from, sequences.first_to)) {
            continue;
        }
        bool is_valid = text.size() >= sequences.length;
        if (is_valid && sequences.length > 1) {
            is_valid = is_within(1, sequences.second_from, sequences.second_to);
        }
        for (std::size_t place = 2; is_valid && place < sequences.length; ++place) {
            is_valid = is_within(place, 0x80, 0xbf);
        }
        return is_valid ? sequences.length : 0;
    }
    return 0;
}

/// U+FFFD.
inline constexpr std::string_view replacement_character = "\xef\xbf\xbd";

/// Returns the text as valid UTF-8, each as another one: a byte that is not valid comes as U+FFFD
/// and its two hexadecimal digits, and U+FFFD itself as two of them. Throws `std::bad_alloc`.
[[nodiscard]] inline std::string to_distinct_utf8(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string valid;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            const auto byte = static_cast<unsigned char>(text.front());
            valid += replacement_character;
            valid += digits[byte >> 4U];
            valid += digits[byte & 15U];
            text.remove_prefix(1);
            continue;
        }
        const std::string_view character = text.substr(0, length);
        if (character == replacement_character) {
            valid += replacement_character;
        }
        valid += character;
        text.remove_prefix(length);
    }
    return valid;
}

}  // namespace fluxgate::inline v0_1::detail
