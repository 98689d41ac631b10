// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Replays recorded calls through circuit breakers of several policies, and compares what each would
// have done.

#include "configuration.hpp"
#include "picture.hpp"

#include <fluxgate/policy_text.hpp>
#include <fluxgate/replay.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <ios>
#include <iostream>
#include <list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace {

/// Ends of the program.
enum Status : int { done = 0, wrong_input = 1, wrong_arguments = 2 };

struct Arguments {
    std::string file;
    std::vector<std::string> texts;
    /// Both in milliseconds; no call is slow where this is zero.
    std::uint64_t slow = 0;
    std::uint64_t late = 60'000;
    std::string picture;
    bool is_by_key = false;
    std::uint64_t seed = 1;
};

/// Shows on a terminal how far the program has come.
class Progress {
public:
    /// Takes the file; null where its size is not known.
    explicit Progress(std::ifstream* file) : file_{file}, is_shown_{isatty(STDERR_FILENO) == 1} {
        if (file_ != nullptr && file_->seekg(0, std::ios::end)) {
            size_ = file_->tellg();
        }
        if (file_ != nullptr) {
            file_->clear();
            file_->seekg(0);
            file_->clear();
        }
    }

    void show(std::uint64_t calls) {
        constexpr std::uint64_t interval = 65'536;
        if (!is_shown_ || calls % interval != 0) {
            return;
        }
        std::cerr << '\r';
        if (size_ > 0 && file_->good()) {
            std::cerr << 100 * file_->tellg() / size_ << " %, ";
        }
        std::cerr << calls << " calls " << std::flush;
        is_there_ = true;
    }

    /// Takes away what was shown.
    void end() {
        if (is_there_) {
            std::cerr << "\r\033[K" << std::flush;
            is_there_ = false;
        }
    }

private:
    std::ifstream* file_;
    bool is_shown_;
    bool is_there_ = false;
    std::streamoff size_ = 0;
};

/// Reads the arguments. Returns with which status to end, where there is nothing to do.
std::optional<int> read_arguments(int argc, char** argv, Arguments& arguments) {
    CLI::App app{
        "Replays recorded calls through circuit breakers of several policies, in virtual time, "
        "and compares what each would have done."};
    app.footer(
        "CSV: a line a call that no circuit breaker stood in the way of. A first line names the "
        "fields, in any order:\n"
        "  time_s      when the call began: seconds, or as 2026-11-29T08:00:00.25Z; or in its "
        "place\n"
        "  end_s       when it ended, as logs have it that are written then\n"
        "  latency_ms  how long it took\n"
        "  ok          1 or true; 0 or false: it failed\n"
        "  key         whose call it was; may be missing\n"
        "Others are left alone. Without such a line, it is time_s,latency_ms,ok[,key].\n"
        "fluxgate::Recorder writes such a file; docs/access-logs.md makes one of an access log.\n"
        "A call is bad if it failed or was slow.\n\n"
        "Examples:\n"
        "  replay calls.csv 'trip = failure_streak(5)' 'trip = min_requests(20) & "
        "failure_rate(0.5)'\n"
        "  replay calls.csv --slow 500ms --picture calls.svg '' 'preset = request_response(1s)'\n"
        "  replay calls.csv --by-key 'wait = backoff(1s, 2, 30s); permit = single_trial(1s)'\n\n"
        "Exit status: 0 done; 1 the file is wrong or empty, or what comes of it cannot be "
        "written;\n"
        "2 the arguments are wrong.");
    constexpr std::uint64_t year = std::uint64_t{365} * 24 * 3'600 * 1'000;
    const CLI::Range within_a_year{std::uint64_t{1}, year, "from 1ms to a year"};
    const CLI::AsNumberWithUnit durations{
        std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1'000}, {"min", 60'000}},
        CLI::AsNumberWithUnit::UNIT_REQUIRED};
    app.add_option("csv", arguments.file, "The recorded calls; - is the standard input")
        ->required();
    app.add_option(
           "policies", arguments.texts,
           "Any number of policies, as fluxgate::parse_policies reads them; '' is the defaults")
        ->required();
    app.add_option("--slow", arguments.slow,
                   "From which duration on a call is bad although it succeeded, such as 500ms: a "
                   "whole number of ms, s or min")
        ->transform(durations)
        ->check(within_a_year);
    app.add_option(
           "--late", arguments.late,
           "How far behind others a line may stand: longer than the longest call. Default: 1min")
        ->transform(durations)
        ->check(within_a_year);
    app.add_option("--picture", arguments.picture, "An SVG file to draw, a row a configuration");
    app.add_flag("--by-key", arguments.is_by_key, "A breaker for each key, not one for all");
    app.add_option("--seed", arguments.seed, "What random numbers begin with. Default: 1");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? done : wrong_arguments;
    }
    return std::nullopt;
}

std::list<replaying::Configuration> make_configurations(const Arguments& arguments) {
    fluxgate::ReplayOptions options;
    options.seed = arguments.seed;
    if (arguments.slow != 0) {
        options.slow_from = std::chrono::milliseconds{arguments.slow};
    }
    std::list<replaying::Configuration> configurations;
    for (const std::string& text : arguments.texts) {
        configurations.emplace_back(text, arguments.is_by_key, options);
    }
    return configurations;
}

/// Replays all calls through all configurations. Throws what is wrong with the stream.
void replay(std::istream& in, Progress& progress, const Arguments& arguments,
            std::list<replaying::Configuration>& configurations) {
    fluxgate::CallReader reader{in, std::chrono::milliseconds{arguments.late}};
    std::uint64_t calls = 0;
    while (const auto call = reader.next_whole()) {
        for (replaying::Configuration& one : configurations) {
            one.call(*call);
        }
        ++calls;
        progress.show(calls);
    }
    progress.end();
    if (calls == 0) {
        throw std::runtime_error{"there are no calls in it"};
    }
    if (reader.lost() != 0) {
        std::cerr << "The recorder had to leave out " << reader.lost()
                  << " calls, which are missing here.\n";
    }
    if (reader.torn() != 0) {
        std::cerr << "Of the lines, " << reader.torn() << (reader.torn() == 1 ? " is" : " are")
                  << " torn, and left out here.\n";
    }
    for (replaying::Configuration& one : configurations) {
        one.finish();
    }
}

void print_times(const char* name, const std::vector<std::chrono::nanoseconds>& times) {
    constexpr std::size_t most = 4;
    std::cout << "    " << name << times.size() << (times.size() == 1 ? " time" : " times");
    for (std::size_t i = 0; i != times.size() && i != most; ++i) {
        std::cout << (i == 0 ? ", at " : ", ") << replaying::seconds(times[i]);
    }
    std::cout << (times.size() > most ? ", ... s\n" : times.empty() ? "\n" : " s\n");
}

void print(const std::list<replaying::Configuration>& configurations) {
    std::cout << std::setw(12) << "good lost" << std::setw(16) << "bad let by" << std::setw(14)
              << "bad spared" << std::setw(18) << "waited in vain" << "\n";
    for (const replaying::Configuration& one : configurations) {
        const fluxgate::ReplayResult& result = one.result();
        std::cout << '\n'
                  << one.name() << '\n'
                  << std::setw(12) << result.good_lost << std::setw(16) << result.bad_let_by
                  << std::setw(14) << result.bad_spared << std::setw(16)
                  << replaying::seconds(result.waited_in_vain) << " s\n";
        print_times("opened ", result.opened);
        print_times("closed ", result.closed);
    }
}

void draw(const std::string& file, const std::list<replaying::Configuration>& configurations) {
    std::ofstream out{file};
    replaying::Picture{configurations}.draw(out);
    out.close();
    if (!out) {
        throw std::runtime_error{file + ": cannot be written"};
    }
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    if (const std::optional<int> status = read_arguments(argc, argv, arguments)) {
        return *status;
    }
    std::list<replaying::Configuration> configurations;
    try {
        configurations = make_configurations(arguments);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return wrong_arguments;
    }

    std::error_code none;
    if (std::filesystem::equivalent(arguments.file, arguments.picture, none)) {
        std::cerr << "--picture: " << arguments.picture << " is the file of the calls\n";
        return wrong_arguments;
    }

    std::ifstream file;
    const bool is_file = arguments.file != "-";
    if (is_file) {
        file.open(arguments.file);
        if (!file) {
            std::cerr << arguments.file << ": cannot be read\n";
            return wrong_input;
        }
    }
    Progress progress{is_file ? &file : nullptr};
    try {
        replay(is_file ? file : std::cin, progress, arguments, configurations);
    } catch (const std::exception& error) {
        progress.end();
        std::cerr << arguments.file << ": " << error.what() << '\n';
        return wrong_input;
    }
    print(configurations);
    if (!std::cout.flush()) {
        std::cerr << "The table cannot be written\n";
        return wrong_input;
    }
    try {
        if (!arguments.picture.empty()) {
            draw(arguments.picture, configurations);
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return wrong_input;
    }
    return done;
}
