// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

// A place in a text that is being read, and what is wrong with the text.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Takes a text in pieces. What it does not take, it leaves where it is.
class TextCursor {
public:
    /// The text must outlive the cursor.
    explicit TextCursor(std::string_view text) noexcept : text_{text} {}

    /// Returns where the next character is: a byte, counted from zero.
    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    /// Goes back to where this cursor has been.
    void go_back(std::size_t at) noexcept { at_ = at; }

    [[nodiscard]] bool is_at_end() const noexcept { return at_ == text_.size(); }

    /// Returns the next character; zero at the end.
    [[nodiscard]] char next() const noexcept { return is_at_end() ? '\0' : text_[at_]; }

    /// Returns what was taken since.
    [[nodiscard]] std::string_view since(std::size_t begin) const {
        return text_.substr(begin, at_ - begin);
    }

    void skip_blanks() noexcept {
        constexpr std::string_view blanks = " \t\r\n";
        while (!is_at_end() && blanks.find(text_[at_]) != std::string_view::npos) {
            ++at_;
        }
    }

    /// Takes the character if it comes at once.
    bool take_here(char character) noexcept {
        const bool is_next = !is_at_end() && text_[at_] == character;
        at_ += is_next ? 1U : 0U;
        return is_next;
    }

    /// Takes the character, behind blanks, if it comes next.
    bool take(char character) noexcept {
        skip_blanks();
        return take_here(character);
    }

    /// Takes the character, behind blanks. Returns whether it came next; the text is wrong where it
    /// did not.
    bool expect(char character, const std::string& where) {
        return take(character) || fail(at_, std::string{"expected '"} + character + "' " + where);
    }

    /// Takes all that come next and are such characters.
    template <class Is>
    std::string_view take_while(Is is) {
        const std::size_t begin = at_;
        while (!is_at_end() && is(text_[at_])) {
            ++at_;
        }
        return since(begin);
    }

    /// Takes a word, behind blanks; empty where none comes next.
    std::string_view take_word() {
        skip_blanks();
        return take_while([](char c) { return is_letter(c) || is_digit(c); });
    }

    /// Says that the text is wrong. Returns false.
    bool fail(std::size_t at, std::string expectation) {
        wrong_at_ = at;
        expectation_ = std::move(expectation);
        return false;
    }

    /// Returns where the text is wrong: a byte, counted from zero.
    [[nodiscard]] std::size_t wrong_at() const noexcept { return wrong_at_; }
    /// Returns what was expected there.
    [[nodiscard]] const std::string& expectation() const noexcept { return expectation_; }

    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
    static bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || c == '_'; }

private:
    const std::string_view text_;
    std::size_t at_ = 0;
    std::size_t wrong_at_ = 0;
    std::string expectation_;
};

}  // namespace fluxgate::inline v0_1::detail
