// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <istream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace conformance {

/// What the library did is not what the vectors say, or a line is not understood.
struct Mismatch : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Reads vectors line by line, and says in which line something is wrong.
class Reader {
public:
    Reader(std::istream& in, std::string file) : in_{in}, file_{std::move(file)} {}

    /// Goes to the next line; false at the end.
    bool next() {
        std::string text;
        if (!std::getline(in_, text)) {
            words_.clear();
            return false;
        }
        ++line_;
        words_.clear();
        std::istringstream stream{text};
        for (std::string word; stream >> word;) {
            words_.push_back(word);
        }
        if (words_.empty()) {
            fail("is empty");
        }
        return true;
    }

    [[nodiscard]] bool at(const char* kind) const {
        return !words_.empty() && words_.front() == kind;
    }

    /// The word of this place in the line, which has `size` words.
    [[nodiscard]] const std::string& word(std::size_t i, std::size_t size) const {
        if (words_.size() != size) {
            fail("has " + std::to_string(words_.size()) + " words, not " + std::to_string(size));
        }
        return words_[i];
    }

    [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

    [[nodiscard]] bool at_end() const { return words_.empty(); }

    [[noreturn]] void fail(const std::string& what) const {
        std::string text = file_ + ":" + std::to_string(line_) + ": " + what + "\n   ";
        for (const std::string& one : words_) {
            text += " " + one;
        }
        throw Mismatch{text};
    }

    /// Fails unless both are the same.
    template <class Expected, class Actual>
    void expect(const char* thing, const Expected& expected, const Actual& actual) const {
        if (!(expected == actual)) {
            std::ostringstream text;
            text << thing << " is " << actual << ", not " << expected;
            fail(text.str());
        }
    }

    [[nodiscard]] double number(const std::string& text) const {
        // libc++ 19 has no std::from_chars for floating point.
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (text.empty() || end != text.c_str() + text.size()) {
            fail("'" + text + "' is no number");
        }
        return value;
    }

    /// Seconds, to the nearest nanosecond.
    [[nodiscard]] std::chrono::nanoseconds seconds(const std::string& text) const {
        return std::chrono::nanoseconds{std::llround(number(text) * 1e9)};
    }

private:
    std::istream& in_;
    std::string file_;
    std::int64_t line_ = 0;
    std::vector<std::string> words_;
};

}  // namespace conformance
