// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#include "borne.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iomanip>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace protection {

namespace {

constexpr std::uint64_t seed = 1;

struct Traffic {
    double calls_per_second;
    std::string_view name;
    std::string_view colour;
};
constexpr std::array traffics{
    Traffic{1, "1", "#9ecae1"},         Traffic{5, "5", "#6baed6"},
    Traffic{50, "50", "#3182bd"},       Traffic{500, "500", "#e6550d"},
    Traffic{3'000, "3,000", "#a63603"},
};

// In per cent.
std::vector<int> failing_shares() {
    std::vector<int> shares;
    for (int share = 10; share <= 100; share += share < 40 ? 10 : 5) {
        shares.push_back(share);
    }
    return shares;
}

// Long enough for rare openings, and of so many calls at least.
constexpr double least_seconds = 600;
constexpr double least_calls = 100'000;

// A picture in units of pixels.
constexpr double left = 60;
constexpr double width = 560;
constexpr double top = 40;
constexpr double height = 280;

double x_of(double failing_per_cent) {
    return left + width * failing_per_cent / 100;
}
double y_of(double rejected_per_cent) {
    return top + height * (1 - rejected_per_cent / 100);
}

void write_text(std::ostream& out, double x, double y, std::string_view text,
                std::string_view style) {
    out << "<text x='" << x << "' y='" << y << "' " << style << ">" << text << "</text>\n";
}

}  // namespace

double rejected_share(const System& system, double failing, double calls_per_second,
                      std::uint64_t seed_of_calls) {
    Random random{seed_of_calls * 131 + 17};
    const std::unique_ptr<Guard> guard = system.make(random);
    const double calls = std::max(least_calls, least_seconds * calls_per_second);
    double rejected = 0;
    for (double call = 0; call < calls; call += 1) {
        const Time now = seconds(call / calls_per_second);
        // Drawn for each call, so that the same ones fail whatever is rejected.
        const bool fails = random.uniform() < failing;
        const std::optional<Guard::Ticket> ticket = guard->admit(now, Prospect{});
        if (ticket) {
            guard->settle(*ticket, now, fails ? Outcome::failed : Outcome::answered, Time{});
        } else {
            rejected += 1;
        }
    }
    return rejected / calls;
}

void write_borne(std::ostream& out, const System& system) {
    out << "Calls that " << system.name
        << " rejects, in per cent, where a share of them fails by chance.\n\n"
        << std::setw(12) << "fail";
    for (const Traffic& traffic : traffics) {
        out << std::setw(10) << std::string{traffic.name} + "/s";
    }
    out << '\n' << std::fixed;
    for (const int failing : failing_shares()) {
        out << std::setw(10) << failing << " %";
        for (const Traffic& traffic : traffics) {
            const double rejected =
                rejected_share(system, failing / 100.0, traffic.calls_per_second, seed);
            out << std::setw(10) << std::setprecision(2) << 100 * rejected;
        }
        out << '\n';
    }
}

void write_borne_picture(std::ostream& out, const System& system) {
    out << std::fixed << std::setprecision(1);
    out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " << left + width + 130 << ' '
        << top + height + 50 << "' font-family='sans-serif' font-size='13'>\n"
        << "<rect width='100%' height='100%' fill='white'/>\n";
    write_text(out, left, 22, "Calls that " + system.name + " rejects, in per cent",
               "font-size='15'");
    for (int mark = 0; mark <= 100; mark += 20) {
        out << "<path stroke='#ddd' d='M" << x_of(mark) << ' ' << y_of(0) << 'V' << y_of(100) << 'M'
            << x_of(0) << ' ' << y_of(mark) << 'H' << x_of(100) << "'/>\n";
        write_text(out, x_of(mark), y_of(0) + 18, std::to_string(mark) + " %",
                   "fill='#555' text-anchor='middle'");
        write_text(out, left - 8, y_of(mark) + 4, std::to_string(mark),
                   "fill='#555' text-anchor='end'");
    }
    write_text(out, x_of(50), y_of(0) + 38, "of the calls fail, by chance",
               "fill='#555' text-anchor='middle'");
    double legend = top + 14;
    for (const Traffic& traffic : traffics) {
        out << "<polyline fill='none' stroke-width='2' stroke='" << traffic.colour << "' points='"
            << x_of(0) << ',' << y_of(0);
        for (const int failing : failing_shares()) {
            const double rejected =
                rejected_share(system, failing / 100.0, traffic.calls_per_second, seed);
            out << ' ' << x_of(failing) << ',' << y_of(100 * rejected);
        }
        out << "'/>\n<path stroke-width='2' stroke='" << traffic.colour << "' d='M"
            << left + width + 14 << ' ' << legend - 4 << "h20'/>\n";
        write_text(
            out, left + width + 40, legend,
            std::string{traffic.name} + (traffic.calls_per_second == 1 ? " call/s" : " calls/s"),
            "fill='#555'");
        legend += 20;
    }
    out << "</svg>\n";
}

}  // namespace protection
