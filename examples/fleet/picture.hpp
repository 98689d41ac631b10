// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "experiment.hpp"
#include "service.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

// The outcomes as a picture: a panel each, in it a row a node, time from left to right.
namespace fleet_example {

/// Draws the picture.
class Picture {
public:
    explicit Picture(const std::vector<Outcome>& outcomes) : outcomes_{outcomes} {
        for (const Outcome& outcome : outcomes_) {
            longest_ = (std::max)(longest_, outcome.ended);
        }
    }

    void draw(std::ostream& out) const {
        const auto rows = (outcomes_.size() + 1) / columns;
        const int height = top + static_cast<int>(rows) * (panel_height + gap);
        out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' ' << height
            << "\" width=\"" << width << "\" height=\"" << height
            << "\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n"
               "<title>When each of ten nodes opens its circuit, by what they share</title>\n"
               "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
        draw_legend(out);
        for (std::size_t i = 0; i != outcomes_.size(); ++i) {
            // A column for each half: the outages of all nodes beside those of some.
            const int column = static_cast<int>(i / rows);
            const int row = static_cast<int>(i % rows);
            draw_panel(out, outcomes_[i], left + column * (panel_width + gap),
                       top + row * (panel_height + gap));
        }
        out << "</svg>\n";
    }

private:
    static constexpr std::size_t columns = 2;
    static constexpr int left = 16;
    static constexpr int top = 56;
    static constexpr int gap = 30;
    static constexpr int row_height = 11;
    static constexpr int panel_width = 440;
    static constexpr int panel_height = static_cast<int>(node_count) * row_height + 16;
    static constexpr int width = 2 * left + 2 * panel_width + gap;

    static std::string_view color_of(std::string_view state) {
        if (state == "open") {
            return "#d1495b";
        }
        if (state == "half_open") {
            return "#edae49";
        }
        if (state == "forced_open") {
            return "#5f4b8b";
        }
        return "#dfe9e2";
    }

    [[nodiscard]] int x_of(std::int64_t time) const {
        return static_cast<int>((std::max)(std::int64_t{0}, time) * panel_width / longest_);
    }

    static void draw_legend(std::ostream& out) {
        struct Entry {
            std::string_view state;
            std::string_view text;
        };
        int x = left;
        for (const Entry& entry :
             {Entry{"closed", "closed"}, Entry{"open", "open"}, Entry{"half_open", "half-open"},
              Entry{"forced_open", "forced open, by a command to the upper node"}}) {
            out << "<rect x=\"" << x << "\" y=\"14\" width=\"14\" height=\"12\" fill=\""
                << color_of(entry.state) << "\"/><text x=\"" << x + 20 << "\" y=\"24\">"
                << entry.text << "</text>\n";
            x += 40 + 7 * static_cast<int>(entry.text.size());
        }
        out << "<text x=\"" << left
            << "\" y=\"44\" fill=\"#555555\">A row a node, of 2 to 20 calls a second. The service "
               "fails between the two lines, for the nodes with a dot.</text>\n";
    }

    void draw_panel(std::ostream& out, const Outcome& outcome, int x, int y) const {
        out << "<g transform=\"translate(" << x << ' ' << y
            << ")\">\n<text y=\"10\" font-weight=\"bold\">"
            << (outcome.sharing == "alone" ? "nothing shared" : outcome.sharing)
            << "</text><text x=\"" << panel_width
            << "\" y=\"10\" text-anchor=\"end\" fill=\"#555555\">" << outcome.in_vain
            << " calls in vain, " << outcome.lost << " good ones lost</text>\n";
        for (std::size_t i = 0; i != outcome.transitions.size(); ++i) {
            const int row = 16 + static_cast<int>(i) * row_height;
            if (i + outcome.failing_nodes >= node_count) {
                out << "<circle cx=\"-7\" cy=\"" << row + 5 << "\" r=\"2.5\" fill=\"#555555\"/>\n";
            }
            std::string_view state = "closed";
            std::int64_t since = 0;
            for (const Transition& transition : outcome.transitions[i]) {
                draw_stretch(out, since, transition.at, row, state);
                state = transition.state;
                since = transition.at;
            }
            draw_stretch(out, since, outcome.ended, row, state);
        }
        for (const std::int64_t time : {outcome.outage_began, outcome.outage_ended}) {
            out << "<line x1=\"" << x_of(time) << "\" x2=\"" << x_of(time) << "\" y1=\"13\" y2=\""
                << panel_height << "\" stroke=\"#222222\"/>\n";
        }
        out << "</g>\n";
    }

    void draw_stretch(std::ostream& out, std::int64_t from, std::int64_t to, int y,
                      std::string_view state) const {
        const int width_of = (std::max)(1, x_of(to) - x_of(from));
        out << "<rect x=\"" << x_of(from) << "\" y=\"" << y << "\" width=\"" << width_of
            << "\" height=\"" << row_height - 2 << "\" fill=\"" << color_of(state) << "\"/>\n";
    }

    const std::vector<Outcome>& outcomes_;
    std::int64_t longest_ = 1;
};

inline void draw(std::ostream& out, const std::vector<Outcome>& outcomes) {
    Picture{outcomes}.draw(out);
}

}  // namespace fleet_example
