// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace protection {

namespace {

constexpr int name_width = 37;

std::ostream& begin_row(std::ostream& out, std::string_view name) {
    return out << std::left << std::setw(name_width) << name << std::right;
}

struct Number {
    double value;
    int width;
    int digits;

    friend std::ostream& operator<<(std::ostream& out, Number number) {
        return out << std::fixed << std::setprecision(number.digits) << std::setw(number.width)
                   << number.value;
    }
};

char letter_of(const Side& side, std::size_t scenario) {
    return static_cast<char>(side.first_letter + static_cast<char>(scenario));
}

}  // namespace

void write_ranking(std::ostream& out, const std::vector<Side>& sides) {
    begin_row(out, "");
    for (const Side& side : sides) {
        out << std::setw(4) << side.clients << (side.clients == 1 ? " client " : " clients")
            << std::setw(9) << "others" << std::setw(11) << "worst" << std::setw(7) << "load";
    }
    out << '\n';

    std::vector<std::pair<double, std::string>> order;
    for (const Row& row : sides.front().comparison.rows) {
        double sum = 0;
        for (const Side& side : sides) {
            sum += side.comparison.of(row.system).harm();
        }
        order.emplace_back(sum, row.system);
    }
    std::ranges::sort(order);
    for (const auto& [sum, system] : order) {
        begin_row(out, system);
        for (const Side& side : sides) {
            const Row& row = side.comparison.of(system);
            const std::size_t worst = row.worst_scenario();
            out << Number{row.harm(), 12, 2} << Number{row.harm_but(worst), 9, 2}
                << Number{row.harm(worst), 9, 1} << ' ' << letter_of(side, worst)
                << Number{side.comparison.load(row), 7, 0};
        }
        out << '\n';
    }
}

void write_scenarios(std::ostream& out, const Side& side) {
    const Comparison& comparison = side.comparison;
    begin_row(out, std::to_string(side.clients) + (side.clients == 1 ? " client" : " clients"));
    for (std::size_t scenario = 0; scenario < comparison.scenarios.size(); ++scenario) {
        out << std::setw(6) << letter_of(side, scenario);
    }
    out << '\n';
    for (const Row& row : comparison.rows) {
        begin_row(out, row.system);
        for (std::size_t scenario = 0; scenario < comparison.scenarios.size(); ++scenario) {
            out << Number{row.harm(scenario), 6, 1};
        }
        out << '\n';
    }
}

void write_figures(std::ostream& out, const Side& side) {
    struct Column {
        std::string_view title;
        double Figures::* member;
    };
    static constexpr Column columns[]{
        {"harm", &Figures::harm},
        {"lost", &Figures::lost},
        {"failed", &Figures::failed},
        {"waited", &Figures::waited},
        {"wrongly rejected", &Figures::wrongly_rejected},
        {"load", &Figures::load},
        {"s to protect", &Figures::until_protected},
        {"s to recover", &Figures::until_recovered},
    };
    for (std::size_t scenario = 0; scenario < side.comparison.scenarios.size(); ++scenario) {
        begin_row(out << '\n', side.comparison.scenarios[scenario]);
        for (const Column& column : columns) {
            out << std::setw(static_cast<int>(column.title.size()) + 3) << column.title;
        }
        out << '\n';
        std::vector<Row> rows = side.comparison.rows;
        std::ranges::sort(
            rows, {}, [&](const Row& row) { return std::pair{row.harm(scenario), row.system}; });
        for (const Row& row : rows) {
            begin_row(out, row.system);
            for (const Column& column : columns) {
                out << Number{mean(row.figures[scenario], column.member),
                              static_cast<int>(column.title.size()) + 3, 1};
            }
            out << '\n';
        }
    }
}

// ---- The picture ----------------------------------------------------------------------------------

namespace {

struct Layer {
    std::string_view colour;
    std::function<int(const Second&)> height;
};

// A picture in units of pixels: a title, a legend, and a row of bars a system.
constexpr double left = 230;
constexpr double width = 720;
constexpr double right = 36;
constexpr double top = 64;
constexpr double row_height = 48;
constexpr double row_step = 60;
constexpr double bottom = 28;

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            default: result += c;
        }
    }
    return result;
}

void write_text(std::ostream& out, double x, double y, std::string_view text,
                std::string_view style = "") {
    out << "<text x='" << x << "' y='" << y << "' " << style << ">" << escaped(text) << "</text>\n";
}

// Bars that stand on each other, a path a layer.
void write_bars(std::ostream& out, double y, const std::vector<Second>& timeline, int tallest) {
    const Layer layers[]{
        {"#4c9f70", [](const Second& second) { return second.answered; }},
        {"#c8553d", [](const Second& second) { return second.failed(); }},
        {"#b8b8b8", [](const Second& second) { return second.rejected; }},
    };
    const double bar = width / static_cast<double>(timeline.size());
    std::vector<double> stood(timeline.size());
    for (const Layer& layer : layers) {
        out << "<path fill='" << layer.colour << "' d='";
        for (std::size_t second = 0; second < timeline.size(); ++second) {
            const int calls = layer.height(timeline[second]);
            if (calls == 0) {
                continue;
            }
            const double height = row_height * calls / tallest;
            out << 'M' << left + bar * static_cast<double>(second) << ' '
                << y + row_height - stood[second] << 'h' << bar << 'v' << -height << 'h' << -bar
                << 'z';
            stood[second] += height;
        }
        out << "'/>\n";
    }
}

}  // namespace

void write_picture(std::ostream& out, const Question& question) {
    const std::vector<Scenario> named =
        only_named(question.scenario, question.outages(question.first_seed, question.clients));
    if (named.size() != 1) {
        throw std::invalid_argument{"a picture shows one scenario, but " +
                                    std::to_string(named.size()) + " have \"" + question.scenario +
                                    "\" in their names"};
    }
    const Scenario& scenario = named.front();
    const Result best = simulate(scenario, omniscient(), question.first_seed);
    const double height = top + row_step * static_cast<double>(question.systems.size()) + bottom;
    out << std::fixed << std::setprecision(1);
    out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " << left + width + right << ' '
        << height << "' font-family='sans-serif' font-size='13'>\n"
        << "<rect width='100%' height='100%' fill='white'/>\n";
    write_text(out, 10, 24,
               scenario.name + ", " + std::to_string(scenario.clients) +
                   (scenario.clients == 1 ? " client" : " clients"),
               "font-size='17'");
    write_text(out, 10, 46,
               "Calls by the second in which they came. Green: answered. Red: failed or timed out. "
               "Grey: rejected.",
               "fill='#555'");
    int tallest = 1;
    for (const Second& second : best.timeline) {
        tallest = std::max(tallest, second.offered);
    }
    double y = top;
    for (const System& system : question.systems) {
        const Result result = simulate(scenario, system, question.first_seed);
        std::ostringstream note;
        note << std::fixed << std::setprecision(1) << 100 * result.failed / result.offered
             << " % failed, " << 100 * (best.answered - result.answered) / result.offered
             << " % lost";
        write_text(out, 10, y + 20, system.name);
        write_text(out, 10, y + 38, note.str(), "fill='#777' font-size='11'");
        write_bars(out, y, result.timeline, tallest);
        y += row_step;
    }
    for (int mark = 0; mark <= 6; ++mark) {
        const double at = in_seconds(scenario.length) * mark / 6;
        write_text(out, left + width * mark / 6, y + 10, std::to_string(std::lround(at)) + " s",
                   "fill='#555' text-anchor='middle'");
    }
    out << "</svg>\n";
}

}  // namespace protection
