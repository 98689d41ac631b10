// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

// What configurations would have done, as a picture: a row a configuration, time from left to
// right, calls that were let by above the line and rejected ones below it.

#include "configuration.hpp"
#include "timeline.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <list>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace replaying {

/// Returns the text with nothing in it that SVG takes for its own.
inline std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            default: safe += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
        }
    }
    return safe;
}

/// Returns seconds with up to three digits behind the point.
inline std::string seconds(std::chrono::nanoseconds time) {
    // As a recorded call has them: a double would lose some of a time since 1970.
    const std::string call = to_string(
        fluxgate::RecordedCall{.at = std::chrono::round<std::chrono::milliseconds>(time)});
    return call.substr(0, call.find(','));
}

/// Draws the picture. Every kind of call has a place and a pattern beside its colour.
class Picture {
public:
    explicit Picture(const std::list<Configuration>& configurations) : all_{configurations} {
        for (const Configuration& one : all_) {
            for (const Timeline::Stretch& stretch : one.timeline().stretches()) {
                most_let_by_ = (std::max)(
                    most_let_by_, of(stretch, Fate::good_let_by) + of(stretch, Fate::bad_let_by));
                most_rejected_ = (std::max)(
                    most_rejected_, of(stretch, Fate::bad_spared) + of(stretch, Fate::good_lost));
            }
        }
        for (const Configuration& one : all_) {
            lines_.push_back(in_lines(one.name()));
        }
    }

    void draw(std::ostream& out) const {
        int height = top;
        for (const auto& lines : lines_) {
            height += row_height(lines.size());
        }
        out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' '
            << height + bottom << "\" width=\"" << width << "\" height=\"" << height + bottom
            << "\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n"
            << "<title>What each configuration would have let by and rejected</title>\n"
            << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
        draw_patterns(out);
        draw_legend(out);
        int y = top;
        auto lines = lines_.begin();
        for (const Configuration& one : all_) {
            draw_row(out, one, *lines, y);
            y += row_height(lines->size());
            ++lines;
        }
        draw_axis(out, y);
        out << "</svg>\n";
    }

private:
    static constexpr int width = 1120;
    static constexpr int left = 20;
    static constexpr int plot_width = 1080;
    static constexpr int top = 84;
    static constexpr int bottom = 56;
    static constexpr int line_height = 17;
    static constexpr int up = 64;
    static constexpr int down = 44;

    struct Kind {
        Fate fate;
        const char* name;
        const char* fill;
        const char* stroke;
        const char* label;
    };
    static constexpr std::array<Kind, fates> kinds{{
        {Fate::good_let_by, "good", "#4caf6e", "#1f6b3a", "let by, and good"},
        {Fate::bad_let_by, "bad", "#e5484d", "#7d1014", "let by, and bad: failed or slow"},
        {Fate::bad_spared, "spared", "#c4c8cc", "#5f666d", "rejected, and would have been bad"},
        {Fate::good_lost, "lost", "#f5a742", "#8a4b00", "rejected, and would have been good"},
    }};

    static std::uint64_t of(const Timeline::Stretch& stretch, Fate fate) {
        return stretch[static_cast<std::size_t>(fate)];
    }

    /// Returns the text in lines that fit into the picture.
    static std::vector<std::string> in_lines(const std::string& text) {
        constexpr std::size_t most = 130;
        std::vector<std::string> lines;
        std::string_view rest = text;
        while (rest.size() > most) {
            std::size_t end = rest.rfind(' ', most);
            end = end == std::string_view::npos || end == 0 ? most : end;
            lines.emplace_back(rest.substr(0, end));
            rest.remove_prefix(end);
        }
        lines.emplace_back(rest);
        return lines;
    }

    static int row_height(std::size_t lines) {
        return (static_cast<int>(lines) + 1) * line_height + up + down + 36;
    }

    static void draw_patterns(std::ostream& out) {
        constexpr std::array<const char*, fates> marks{
            "", "<path d=\"M0 0L6 6M6 0L0 6\" stroke=\"#7d1014\"/>",
            "<circle cx=\"3\" cy=\"3\" r=\"1\" fill=\"#5f666d\"/>",
            "<path d=\"M0 6L6 0\" stroke=\"#8a4b00\" stroke-width=\"1.5\"/>"};
        out << "<defs>\n";
        for (std::size_t i = 0; i != fates; ++i) {
            out << "<pattern id=\"" << kinds[i].name
                << "\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
                << "<rect width=\"6\" height=\"6\" fill=\"" << kinds[i].fill << "\"/>" << marks[i]
                << "</pattern>\n";
        }
        out << "</defs>\n";
    }

    static void draw_text(std::ostream& out, int x, int y, std::string_view text,
                          std::string_view attributes = {}) {
        out << "<text x=\"" << x << "\" y=\"" << y << "\" " << attributes << '>' << escaped(text)
            << "</text>\n";
    }

    static void draw_legend(std::ostream& out) {
        for (std::size_t i = 0; i != fates; ++i) {
            const int x = left + static_cast<int>(i % 2) * 300;
            const int y = 14 + static_cast<int>(i / 2) * 24;
            out << "<rect x=\"" << x << "\" y=\"" << y
                << "\" width=\"26\" height=\"14\" fill=\"url(#" << kinds[i].name << ")\" stroke=\""
                << kinds[i].stroke << "\"/>\n";
            draw_text(out, x + 34, y + 12, kinds[i].label);
        }
        out << "<path d=\"M" << left + 608 << " 16l10 0l-5 10z\" fill=\"#222222\"/>\n";
        draw_text(out, left + 634, 26, "the circuit opened");
        draw_text(out, left + 600, 50, "Above a line: let by. Below it: rejected.");
    }

    /// Draws one kind of call as a band between the heights `from` and `from + count`.
    template <class From>
    void draw_band(std::ostream& out, const Timeline& timeline, const Kind& kind, From from,
                   double scale, int baseline) const {
        std::ostringstream upper;
        bool is_empty = true;
        const double step = static_cast<double>(plot_width) / static_cast<double>(used(timeline));
        for (std::size_t i = 0; i != used(timeline); ++i) {
            const Timeline::Stretch& stretch = timeline.stretches()[i];
            const auto count = static_cast<double>(of(stretch, kind.fate));
            if (count == 0) {
                continue;
            }
            is_empty = false;
            const double begin = baseline - from(stretch) * scale;
            upper << 'M' << left + static_cast<double>(i) * step << ' ' << begin << 'v'
                  << -count * scale << 'h' << step << 'v' << count * scale << 'z';
        }
        if (!is_empty) {
            out << "<path d=\"" << upper.str() << "\" fill=\"url(#" << kind.name << ")\"/>\n";
        }
    }

    void draw_row(std::ostream& out, const Configuration& one,
                  const std::vector<std::string>& lines, int y) const {
        for (const std::string& line : lines) {
            y += line_height;
            draw_text(out, left, y, line, "font-family=\"monospace\" font-weight=\"bold\"");
        }
        y += line_height;
        const fluxgate::ReplayResult& result = one.result();
        draw_text(out, left, y,
                  "good lost: " + std::to_string(result.good_lost) +
                      ", bad let by: " + std::to_string(result.bad_let_by) +
                      ", waited in vain: " + seconds(result.waited_in_vain) +
                      " s, opened: " + std::to_string(result.opened.size()),
                  "fill=\"#444444\"");
        const Timeline& timeline = one.timeline();
        const int baseline = y + 24 + up;
        const double above = up / static_cast<double>((std::max)(most_let_by_, std::uint64_t{1}));
        const double below =
            down / static_cast<double>((std::max)(most_rejected_, std::uint64_t{1}));
        draw_band(out, timeline, kinds[0], [](const auto&) { return 0.0; }, above, baseline);
        draw_band(
            out, timeline, kinds[1],
            [](const auto& s) { return static_cast<double>(of(s, Fate::good_let_by)); }, above,
            baseline);
        draw_band(out, timeline, kinds[2], [](const auto&) { return 0.0; }, -below, baseline);
        draw_band(
            out, timeline, kinds[3],
            [](const auto& s) { return static_cast<double>(of(s, Fate::bad_spared)); }, -below,
            baseline);
        out << "<path d=\"M" << left << ' ' << baseline << 'h' << plot_width
            << "\" stroke=\"#222222\"/>\n";
        draw_openings(out, one, baseline - up - 10);
    }

    /// Marks the openings, at most one for each two points of the picture.
    void draw_openings(std::ostream& out, const Configuration& one, int y) const {
        int before = -1;
        for (const std::chrono::nanoseconds at : one.result().opened) {
            const int x = (std::min)(place(one.timeline(), at), left + plot_width);
            if (before < 0 || x >= before + 2) {
                out << "<path class=\"opened\" d=\"M" << x - 5 << ' ' << y
                    << "l10 0l-5 10z\" fill=\"#222222\"/>\n";
                before = x;
            }
        }
    }

    /// Returns how many stretches there are until the last one with a call.
    [[nodiscard]] static std::size_t used(const Timeline& timeline) {
        std::size_t used = Timeline::size;
        while (used > 1 && timeline.stretches()[used - 1] == Timeline::Stretch{}) {
            --used;
        }
        return used;
    }

    [[nodiscard]] static int place(const Timeline& timeline, std::chrono::nanoseconds at) {
        const std::chrono::duration<double> whole =
            timeline.step() * static_cast<std::int64_t>(used(timeline));
        const std::chrono::duration<double> since = at - timeline.begin();
        return left + static_cast<int>(plot_width * (since / whole));
    }

    /// Draws the time, from the first call on.
    void draw_axis(std::ostream& out, int y) const {
        if (all_.empty()) {
            return;
        }
        const Timeline& timeline = all_.front().timeline();
        constexpr int marks = 8;
        const std::chrono::nanoseconds whole =
            timeline.step() * static_cast<std::int64_t>(used(timeline));
        for (int i = 0; i <= marks; ++i) {
            const int x = left + i * plot_width / marks;
            const char* const anchor = i == 0 ? "start" : i == marks ? "end" : "middle";
            out << "<path d=\"M" << x << ' ' << y << "v6\" stroke=\"#222222\"/>\n";
            std::ostringstream text;
            text << std::setprecision(4) << std::chrono::duration<double>{whole * i / marks}.count()
                 << " s";
            draw_text(out, x, y + 22, text.str(), std::string{"text-anchor=\""} + anchor + '"');
        }
        draw_text(out, left, y + 44, "since the first call, at " + seconds(timeline.begin()) + " s",
                  "fill=\"#444444\"");
    }

    const std::list<Configuration>& all_;
    std::vector<std::vector<std::string>> lines_;
    std::uint64_t most_let_by_ = 0;
    std::uint64_t most_rejected_ = 0;
};

}  // namespace replaying
