// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/text/call_line.hpp>
#include <fluxgate/detail/text/call_numbers.hpp>
#include <fluxgate/detail/text/call_parser.hpp>
#include <fluxgate/recorded_call.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <ios>
#include <istream>
#include <new>
#include <optional>
#include <streambuf>
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
/// A line of names says where the fields stand, and where others stand, which are left alone:
///
/// | field | what it is |
/// |---|---|
/// | `time_s` | when the call began: seconds since any moment, or a time of ISO 8601 |
/// | `end_s` | in its place, when the call ended, as logs have it that are written then |
/// | `latency_ms` | how long it took |
/// | `ok` | `1` or `true`, `0` or `false` |
/// | `key` | whose call it was; may be missing |
///
/// Such a line may stand anywhere, as where files were put behind each other. Without one, a line
/// is `time_s,latency_ms,ok[,key]`. Blank lines are nothing. A line is torn if it is no call and is
/// the last one, without an end, or is followed by a mark of calls that a `Recorder` lost.
///
/// A recorder writes a call when it has ended, so lines stand in another order than calls began:
/// the reader holds as many calls as began within `most_late`, and no more. Not thread-safe.
/// Complexity: logarithmic in the number of calls that it holds.
class CallReader {
public:
    /// Takes a stream, which must outlive this, and for how long a call may be behind others:
    /// longer than the longest call. Throws `std::invalid_argument` unless that is above zero.
    explicit CallReader(std::istream& in, detail::Duration most_late = usual_lateness)
        : in_{&in}, most_late_{most_late.checked("CallReader's most_late")} {}

    /// Returns the next call; nothing at the end. Throws `std::invalid_argument` where a line is
    /// wrong, or too late, or the stream fails or was not open, with the number of the line; at the
    /// end, once, where lines were torn; and `std::bad_alloc`. Without exceptions, prints the
    /// sentence and aborts.
    [[nodiscard]] std::optional<RecordedCall> next() {
        std::optional<RecordedCall> call = next_whole();
        if (!call && torn_ != 0 && !is_torn_told_) {
            is_torn_told_ = true;
            torn_fault_.value += torn_ == 1 ? "" : ", and " + std::to_string(torn_ - 1) + " more";
            torn_fault_.raise(first_torn_);
        }
        return call;
    }

    /// Returns the next call as `next` does, and nothing at the end also where lines were torn.
    [[nodiscard]] std::optional<RecordedCall> next_whole() {
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

    /// Returns how many lines were torn, in what was read: those are left out.
    [[nodiscard]] std::uint64_t torn() const noexcept { return torn_; }

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
        if (!read_line() || is_blank(line_)) {
            return;
        }
        detail::CallFault fault;
        if (is_mark(line_)) {
            if (!count_lost(line_, fault)) {
                take_torn(fault);
            }
            return;
        }
        if (is_torn_before_names(line_)) {
            take_torn(detail::CallFault{});
            return;
        }
        const auto names = parser_.take_names(line_);
        if (names == detail::CallParser::Names::ambiguous) {
            detail::CallParser::fault_of("the line of names", line_,
                                         "one that has each name once, and time_s or end_s")
                .raise(first_line_);
        }
        if (names == detail::CallParser::Names::taken) {
            return;
        }
        std::optional<detail::ParsedCall> parsed = parser_.parse(line_, fault);
        if (!parsed) {
            take_torn(fault);
            return;
        }
        hold({parsed->at, parsed->duration, parsed->ok, std::move(parsed->key)});
    }

    void hold(RecordedCall call) {
        if (latest_read_ && latest_given_ && call.at < *latest_given_) {
            const detail::CallFault late{
                parser_.name_of_time(), detail::written(*latest_read_ - call.at) + " before it",
                "at most " + detail::written(most_late_) + " before the latest one"};
            late.raise(first_line_);
        }
        if (!latest_read_ || call.at > *latest_read_) {
            latest_read_ = call.at;
        }
        held_.push_back({std::move(call), first_line_});
        std::ranges::push_heap(held_, is_after);
    }

    /// Takes the line for one that was torn, or throws what is wrong with it.
    void take_torn(const detail::CallFault& fault) {
        const std::uint64_t line = first_line_;
        std::string text = line_;
        const bool has_names = is_torn_before_names(text);
        std::uint64_t parts_of_marks = 0;
        if (!has_names && !is_torn_at_end() && !reads_mark(parts_of_marks)) {
            fault.raise(line);
        }
        if (has_names) {  // of a file that goes on where another was torn
            const std::size_t begin = text.rfind(detail::call_header);
            static_cast<void>(parser_.take_names(std::string_view{text}.substr(begin)));
            text.resize(begin);
        }
        if (text != detail::torn_line_end) {  // else there was no part of a line
            if (torn_ == 0) {
                constexpr std::size_t most = 60;
                first_torn_ = line;
                torn_fault_ = {"the text", "torn: " + text.substr(0, most), "a whole line"};
            }
            ++torn_;
        }
        torn_ += parts_of_marks;
    }

    /// Returns whether the file ends within the line. Where a quotation mark has made it of
    /// several, none of the others may be a call: else the mark is one too many.
    bool is_torn_at_end() {
        if (!is_cut_short_ || has_more_) {
            return false;
        }
        detail::CallFault fault;
        for (std::size_t end = line_.find('\n'); end != std::string::npos;) {
            const std::size_t begin = end + 1;
            end = line_.find('\n', begin);
            if (parser_.parse(std::string_view{line_}.substr(begin, end - begin), fault)) {
                return false;
            }
        }
        return true;
    }

    /// Reads on, behind a line that may be torn. Returns whether a mark of lost calls follows, or a
    /// part of one and then another. Where it does not, the line that does is read again.
    bool reads_mark(std::uint64_t& parts_of_marks) {
        for (;;) {
            if (!read_line()) {
                return false;
            }
            const bool is_torn_too = line_.ends_with(detail::torn_line_end);
            parts_of_marks += is_torn_too && line_ != detail::torn_line_end ? 1 : 0;
            if (!is_blank(line_) && !is_torn_too) {
                break;
            }
        }
        detail::CallFault fault;
        if (is_mark(line_) && count_lost(line_, fault)) {
            return true;
        }
        more_ = line_;
        has_more_ = true;
        return false;
    }

    [[nodiscard]] static bool is_blank(std::string_view line) noexcept {
        return line.find_first_not_of(" \t") == std::string_view::npos;
    }
    [[nodiscard]] static bool is_mark(std::string_view line) noexcept {
        return line.starts_with(detail::lost_calls_mark);
    }
    /// Returns whether a recorder's line of names stands behind a part of a call, or of a mark.
    [[nodiscard]] static bool is_torn_before_names(std::string_view line) noexcept {
        const bool has_names =
            line.ends_with(detail::call_header) || line.ends_with(detail::call_header_with_key);
        return has_names &&
               (detail::is_digit(line.front()) || line.starts_with('-') || line.starts_with('#'));
    }

    /// Reads a line, and those behind it that are within quotation marks. Returns false at the end.
    bool read_line() {
        first_line_ = lines_ + (has_more_ ? 0 : 1);
        if (!get_line(line_)) {
            return false;
        }
        constexpr std::size_t longest = 65'536;  // a mark too many is not to swallow the file
        while (std::ranges::count(line_, '"') % 2 != 0 && line_.size() < longest &&
               !is_torn_before_names(line_) && get_line(more_)) {
            if (is_mark(more_) && line_.ends_with(detail::torn_line_end)) {
                has_more_ = true;  // what the quotation mark began was torn
                break;
            }
            line_ += '\n';
            line_ += more_;
        }
        if (first_line_ == 1) {
            take_byte_order_mark();
        }
        if (line_.ends_with('\r')) {
            line_.pop_back();
        }
        return true;
    }

    void take_byte_order_mark() {
        constexpr std::string_view of_utf8 = "\xef\xbb\xbf";
        if (line_.starts_with(of_utf8)) {
            line_.erase(0, of_utf8.size());
        }
        if (line_.starts_with("\xff\xfe") || line_.starts_with("\xfe\xff")) {
            detail::throw_invalid("the text of recorded calls", "UTF-16", "UTF-8 or ASCII");
        }
    }

    bool get_line(std::string& line) {
        if (std::exchange(has_more_, false)) {
            line = more_;
            return true;
        }
        if (is_at_end_) {
            return false;
        }
        // One that failed before, as where a file could not be opened, has no end that could be
        // told.
        if (in_->fail() || !read_to_end_of_line(line)) {
            const std::string name = "the stream behind line " + std::to_string(lines_);
            detail::throw_invalid(name.c_str(), "one that fails", "one that can be read");
        }
        if (in_->eof() && line.empty()) {
            in_->setstate(std::ios::failbit);  // as for others who read to its end
            is_at_end_ = true;
            return false;
        }
        is_cut_short_ = in_->eof();
        ++lines_;
        return true;
    }

    /// Reads what there is before an end of line or of the stream. Returns false where the stream
    /// fails. Throws `std::bad_alloc`, which `std::getline` would take for such a failure.
    bool read_to_end_of_line(std::string& line) {
#ifdef __cpp_exceptions
        try {
            append_to_end_of_line(line);
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception&) {
            return false;
        }
#else
        append_to_end_of_line(line);
#endif
        return true;
    }
    void append_to_end_of_line(std::string& line) {
        using Traits = std::istream::traits_type;
        std::streambuf& from = *in_->rdbuf();
        line.clear();
        auto next = from.sbumpc();
        while (!Traits::eq_int_type(next, Traits::eof()) && Traits::to_char_type(next) != '\n') {
            line += Traits::to_char_type(next);
            next = from.sbumpc();
        }
        if (Traits::eq_int_type(next, Traits::eof())) {
            in_->setstate(std::ios::eofbit);
        }
    }

    /// Counts the calls of a mark. Returns false where it has no number, which `fault` then tells.
    bool count_lost(std::string_view text, detail::CallFault& fault) {
        const std::string_view digits = text.substr(detail::lost_calls_mark.size());
        constexpr std::size_t most_digits = 18;
        bool is_number = !digits.empty() && digits.size() <= most_digits;
        std::uint64_t count = 0;
        for (const char c : digits) {
            is_number = is_number && detail::is_digit(c);
            count = is_number ? 10 * count + static_cast<std::uint64_t>(c - '0') : count;
        }
        if (!is_number) {
            fault = {"the number of lost calls", std::string{digits}, "a whole number"};
            return false;
        }
        lost_ += count;
        return true;
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
    std::uint64_t torn_ = 0;
    std::uint64_t first_torn_ = 0;
    /// Of the first line that was torn.
    detail::CallFault torn_fault_;
    detail::CallParser parser_;
    bool is_torn_told_ = false;
    /// True where `more_` is the next line.
    bool has_more_ = false;
    /// True where the latest line has no end.
    bool is_cut_short_ = false;
    bool is_at_end_ = false;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
