// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/text/call_line.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <ios>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Writes recorded calls to a stream that may fail for a while, as where a disk is full.
///
/// What it does not take then is counted as lost. When it works again, a mark says how many were,
/// behind two commas and an end of line: readers know by them that the line before is torn. Lines
/// are gathered, and the stream is flushed behind them. Not thread-safe, but for `lost`.
class CallWriter {
public:
    explicit CallWriter(std::ostream& stream) : stream_{&stream} {}

    /// Adds the line of a call. Throws `std::bad_alloc`, and has counted it as lost then.
    void add(std::string_view key, bool has_key, std::int64_t at, std::int64_t duration,
             bool is_ok) {
        Addition addition{*this};
        if (!has_header_) {
            text_ += has_key ? call_header_with_key : call_header;
            text_ += '\n';
        }
        const std::size_t end_of_header = text_.size();
        std::array<char, longest_call> line{};
        text_ += write_call(line, at, duration, is_ok);
        if (has_key) {
            text_ += ',';
            write_key(key, [this](std::string_view part) { text_ += part; });
        }
        text_ += '\n';
        ends_.push_back(text_.size());
        if (!has_header_) {
            has_header_ = true;
            end_of_header_ = end_of_header;
        }
        addition.is_whole = true;
    }

    /// Returns whether so much was added that it is to be written now.
    [[nodiscard]] bool is_full() const noexcept { return text_.size() >= enough; }

    /// Has the stream take what was added, and a mark where calls were lost.
    void write() noexcept {
        stream_->exceptions(std::ios::goodbit);  // what it does not take is counted
        const bool works = !has_failed_ || resume();
        const std::size_t taken = works ? put_lines() : 0;
        const auto first_lost = std::ranges::upper_bound(ends_, taken);
        count_lost(static_cast<std::uint64_t>(ends_.end() - first_lost));
        if (taken < end_of_header_) {
            has_header_ = false;
        }
        text_.clear();
        ends_.clear();
        end_of_header_ = 0;
        if (!has_failed_ && has_header_ && lost() != told_lost_) {
            tell_lost(false);
        }
    }

    void count_lost(std::uint64_t calls) noexcept {
        lost_.fetch_add(calls, std::memory_order_relaxed);
    }

    /// Returns how many calls were lost. Thread-safe.
    [[nodiscard]] std::uint64_t lost() const noexcept {
        return lost_.load(std::memory_order_relaxed);
    }

private:
    /// How many bytes are worth a system call.
    static constexpr std::size_t enough = 65'536;

    /// From so many bytes on, the file buffer of GCC's library writes a text at once, and says how
    /// much of it the file took. It keeps less in its own memory, and nobody could say what a
    /// failure has left there, so that shorter texts are written line by line.
    static constexpr std::size_t least_at_once = 1024;

    /// Returns whether the stream writes to a file by that buffer. It keeps what it could not
    /// write, to write it again, where that of C's streams forgets it.
    [[nodiscard]] bool has_file_buffer() const noexcept {
#if defined(__GLIBCXX__) && defined(__cpp_rtti)
        return dynamic_cast<std::filebuf*>(stream_->rdbuf()) != nullptr;
#else
        return false;
#endif
    }

    /// Takes back what was added of a line for which there was no memory.
    struct Addition {
        explicit Addition(CallWriter& its_writer) noexcept
            : writer{its_writer}, size{its_writer.text_.size()} {}
        Addition(const Addition&) = delete;
        Addition& operator=(const Addition&) = delete;
        ~Addition() {
            if (!is_whole) {
                writer.text_.resize(size);
                writer.count_lost(1);
            }
        }

        CallWriter& writer;
        const std::size_t size;
        bool is_whole = false;
    };

    /// Writes all lines. Returns how many bytes the stream has taken for certain.
    [[nodiscard]] std::size_t put_lines() noexcept {
        if (text_.size() >= least_at_once && has_file_buffer()) {
            return put(text_);
        }
        std::size_t taken = 0;
        for (const std::size_t end : ends_) {
            const std::string_view line = std::string_view{text_}.substr(taken, end - taken);
            const std::size_t part = put(line);
            taken += part;
            if (part != line.size()) {
                break;
            }
        }
        return taken;
    }

    /// Has the stream take a text, and flushes it. Returns how many bytes it has taken for certain.
    [[nodiscard]] std::size_t put(std::string_view text) noexcept {
        std::size_t taken = 0;
        bool is_flushed = false;
        bool has_thrown = false;
        const auto attempt = [&] {
            std::streambuf* const buffer = stream_->rdbuf();
            if (buffer != nullptr) {
                taken = static_cast<std::size_t>(
                    buffer->sputn(text.data(), static_cast<std::streamsize>(text.size())));
                is_flushed = taken == text.size() && buffer->pubsync() == 0;
            }
        };
#ifdef __cpp_exceptions
        try {
            attempt();
        } catch (...) {
            has_thrown = true;
        }
#else
        attempt();
#endif
        if (is_flushed) {
            return taken;
        }
        has_failed_ = true;
        stream_->setstate(std::ios::badbit);
        // Taken as a whole, but not flushed: then nobody knows what of it is where.
        is_in_doubt_ = !has_thrown && taken == text.size();
        return has_thrown || is_in_doubt_ ? 0 : taken;
    }

    /// Tries whether a stream that has failed works again, and has it tell what was lost.
    [[nodiscard]] bool resume() noexcept {
        stream_->clear();
        has_failed_ = false;
        static_cast<void>(put({}));
        if (has_failed_) {
            return false;
        }
        // A mark that the buffer has kept is written now, perhaps behind a part of itself. Another
        // one follows in any case: what is torn is known by it.
        told_lost_ = (std::max)(told_lost_, std::exchange(lost_in_doubt_, 0));
        return tell_lost(true);
    }

    /// Has the stream tell how many calls were lost since it did. Where it had failed, the mark is
    /// behind the end of a line of which it may have taken a part.
    bool tell_lost(bool had_failed) noexcept {
        const std::uint64_t lost = this->lost();
        constexpr std::size_t longest = 40;
        std::array<char, longest> mark{};
        char* end = mark.data();
        const auto append = [&](std::string_view part) { end = std::ranges::copy(part, end).out; };
        if (had_failed) {
            append(torn_line_end);
            append("\n");
        }
        append(lost_calls_mark);
        end = std::to_chars(end, mark.data() + mark.size(), lost - told_lost_).ptr;
        append("\n");
        const std::string_view text{mark.data(), static_cast<std::size_t>(end - mark.data())};
        if (put(text) != text.size()) {
            lost_in_doubt_ = is_in_doubt_ && has_file_buffer() ? lost : 0;
            return false;
        }
        told_lost_ = lost;
        return true;
    }

    std::ostream* stream_;
    /// The lines that were added, and where each of them ends.
    std::string text_;
    std::vector<std::size_t> ends_;
    /// Where the line of names ends, if the text begins with it; else zero.
    std::size_t end_of_header_ = 0;
    bool has_header_ = false;
    bool has_failed_ = false;
    /// True where the stream has taken the text that it failed to flush.
    bool is_in_doubt_ = false;
    /// How many lost calls the marks have told, and will have told with one that is in doubt.
    std::uint64_t told_lost_ = 0;
    std::uint64_t lost_in_doubt_ = 0;
    // How many calls were lost. A number alone, so relaxed.
    std::atomic<std::uint64_t> lost_{0};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
