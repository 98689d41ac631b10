// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/text/call_line.hpp>
#include <fluxgate/recorded_call.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// The tolerance of a `CallReader` by default: the line of a call may stand behind the line of a call
/// that began up to this much later.
inline constexpr std::chrono::nanoseconds usual_lateness = std::chrono::minutes{1};

/// Reads recorded calls from CSV in the order in which they began.
///
///     std::ifstream file{"calls.csv"};
///     fluxgate::CallReader calls{file};
///     while (const auto call = calls.next()) { … }
///
/// A line is `time_s,latency_ms,ok[,key]`; the line that names the fields may stand anywhere, as
/// where files were put behind each other, and may be missing. A recorder writes a call when it has
/// ended, so lines stand in another order than calls began: the reader holds as many calls as began
/// within `most_late`, and no more. Not thread-safe. Complexity: logarithmic in the number of calls
/// that it holds.
class CallReader {
public:
    /// Takes a stream, which must outlive this, and for how long a call may be behind others:
    /// longer than the longest call. Throws `std::invalid_argument` unless that is above zero.
    explicit CallReader(std::istream& in, detail::Duration most_late = usual_lateness)
        : in_{&in}, most_late_{most_late.checked("CallReader's most_late")} {}

    /// Returns the next call; nothing at the end. Throws `std::invalid_argument` where a line is
    /// wrong, or too late, or the stream fails or was not open, with the number of the line, and
    /// `std::bad_alloc`; without exceptions, prints the sentence and aborts.
    [[nodiscard]] std::optional<RecordedCall> next() {
        while (!is_at_end_ && (held_.empty() || !is_due(held_.front()))) {
            read();
        }
        if (held_.empty()) {
            return std::nullopt;
        }
        std::ranges::pop_heap(held_, is_after);
        RecordedCall call = std::move(held_.back().call);
        held_.pop_back();
        latest_given_ = call.at;
        return call;
    }

    /// Returns how many lines have been read.
    [[nodiscard]] std::uint64_t lines() const noexcept { return lines_; }

    /// Returns how many calls the recorder says that it had to leave out, in what was read.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

private:
    struct Held {
        RecordedCall call;
        std::uint64_t line;
    };

    /// The order of a heap with the earliest call in front.
    static bool is_after(const Held& one, const Held& other) noexcept {
        return one.call.at != other.call.at ? one.call.at > other.call.at : one.line > other.line;
    }

    /// Returns whether no line that is still to come may tell of an earlier call.
    [[nodiscard]] bool is_due(const Held& held) const noexcept {
        return latest_read_ && *latest_read_ - held.call.at > most_late_;
    }

    void read() {
        if (!read_line()) {
            return;
        }
        const std::string_view text = line_;
        if (text == detail::call_header || text == detail::call_header_with_key) {
            return;
        }
        if (text.starts_with(detail::lost_calls_mark)) {
            count_lost(text);
            return;
        }
        detail::CallLine fields{text, first_line_};
        Held held{{}, first_line_};
        held.call.at = fields.take_time();
        held.call.duration = fields.take_duration();
        held.call.ok = fields.take_ok();
        held.call.key = fields.take_key();
        if (latest_read_ && latest_given_ && held.call.at < *latest_given_) {
            const std::string late = detail::written(*latest_read_ - held.call.at);
            fields.fail(
                "time_s", late + " before it",
                ("at most " + detail::written(most_late_) + " before the latest one").c_str());
        }
        if (!latest_read_ || held.call.at > *latest_read_) {
            latest_read_ = held.call.at;
        }
        held_.push_back(std::move(held));
        std::ranges::push_heap(held_, is_after);
    }

    /// Reads a line, and those behind it that are within quotation marks. Returns false at the end.
    bool read_line() {
        first_line_ = lines_ + 1;
        if (!get_line(line_)) {
            return false;
        }
        constexpr std::size_t longest = 65'536;  // a mark too many is not to swallow the file
        while (std::ranges::count(line_, '"') % 2 != 0 && line_.size() < longest &&
               get_line(more_)) {
            line_ += '\n';
            line_ += more_;
        }
        constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
        if (first_line_ == 1 && line_.starts_with(byte_order_mark)) {
            line_.erase(0, byte_order_mark.size());
        }
        if (line_.ends_with('\r')) {
            line_.pop_back();
        }
        return true;
    }

    bool get_line(std::string& line) {
        // One that failed before, as where a file could not be opened, has no end that could be
        // told.
        const bool has_failed = in_->fail();
        if (std::getline(*in_, line)) {
            ++lines_;
            return true;
        }
        if (has_failed || in_->bad()) {
            const std::string name = "the stream behind line " + std::to_string(lines_);
            detail::throw_invalid(name.c_str(), "one that fails", "one that can be read");
        }
        is_at_end_ = true;
        return false;
    }

    void count_lost(std::string_view text) {
        const std::string_view digits = text.substr(detail::lost_calls_mark.size());
        constexpr std::size_t most_digits = 18;
        bool is_number = !digits.empty() && digits.size() <= most_digits;
        std::uint64_t count = 0;
        for (const char c : digits) {
            is_number = is_number && c >= '0' && c <= '9';
            count = is_number ? 10 * count + static_cast<std::uint64_t>(c - '0') : count;
        }
        if (!is_number) {
            detail::CallLine{text, first_line_}.fail("the number of lost calls", digits,
                                                     "a whole number");
        }
        lost_ += count;
    }

    std::istream* in_;
    std::chrono::nanoseconds most_late_;
    /// A heap, the earliest call in front.
    std::vector<Held> held_;
    /// When the latest call began among all that were read, and among those that were given.
    std::optional<std::chrono::nanoseconds> latest_read_;
    std::optional<std::chrono::nanoseconds> latest_given_;
    std::string line_;
    std::string more_;
    std::uint64_t lines_ = 0;
    /// The number of the line where `line_` begins.
    std::uint64_t first_line_ = 0;
    std::uint64_t lost_ = 0;
    bool is_at_end_ = false;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
