// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Runs the benchmarks and prints the table of what they are to show. A figure of one thread is the
// least of its repetitions, which come in random order: what a busy machine adds is noise, and it
// only adds. One of several threads is the median: in its least they may have missed one another.
// Repetitions in which the processor was given to others do not count, where there are any without.

#include "claims.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Keeps the figures, and prints each run as it comes; of repetitions, their median.
class Collector : public benchmark::ConsoleReporter {
public:
    Collector() : ConsoleReporter{OO_None} {}

    void ReportRuns(const std::vector<Run>& runs) override {
        std::vector<Run> printed;
        for (const Run& run : runs) {
            if (run.error_occurred) {
                printed.push_back(run);
            } else if (run.run_type == Run::RT_Iteration) {
                keep(run);
                if (run.repetitions == 1) {
                    printed.push_back(run);
                }
            } else if (run.aggregate_name == "median") {
                printed.push_back(run);
            }
        }
        if (!printed.empty()) {
            ConsoleReporter::ReportRuns(printed);
        }
    }

    [[nodiscard]] std::optional<double> figure(const std::string& name) const {
        const auto found = figures_.find(name);
        if (found == figures_.end()) {
            return std::nullopt;
        }
        std::vector<double> values =
            found->second.quiet.empty() ? found->second.disturbed : found->second.quiet;
        std::sort(values.begin(), values.end());
        // A counter's least is as lucky.
        const bool is_median =
            name.find("_threads") != std::string::npos || name.find(':') != std::string::npos;
        return values[is_median ? values.size() / 2 : 0];
    }

private:
    void keep(const Run& run) {
        std::string name = run.run_name.function_name;
        if (!run.run_name.args.empty()) {
            name += '/' + run.run_name.args;
        }
        if (run.threads > 1) {
            name += '/' + std::to_string(run.threads) + "_threads";
        }
        // Google Benchmark divides the time by the iterations of all threads together.
        keep(name, run, run.GetAdjustedRealTime() * static_cast<double>(run.threads));
        for (const auto& [counter, value] : run.counters) {
            keep(name + ':' + counter, run, value);
        }
    }
    void keep(const std::string& name, const Run& run, double value) {
        const bool is_quiet = run.real_accumulated_time <= 1.12 * run.cpu_accumulated_time;
        Figures& figures = figures_[name];
        (is_quiet ? figures.quiet : figures.disturbed).push_back(value);
    }

    /// Those of repetitions that had their processor nearly all the time, and the others.
    struct Figures {
        std::vector<double> quiet;
        std::vector<double> disturbed;
    };
    std::map<std::string, Figures> figures_;
};

std::string bound_of(const claims::Claim& claim) {
    char text[32] = "";
    switch (claim.bound.kind) {
        case claims::Kind::ratio:
            std::snprintf(text, sizeof text, "x %.2f", claim.bound.limit);
            break;
        case claims::Kind::extra:
            std::snprintf(text, sizeof text, "+ %.2f", claim.bound.limit);
            break;
        case claims::Kind::absolute:
            std::snprintf(text, sizeof text, "%.0f", claim.bound.limit);
            break;
        case claims::Kind::none: return "none";
    }
    return text;
}

std::string written(const claims::Baseline& part) {
    if (part.factor == 1) {
        return part.name;
    }
    char factor[32] = "";
    std::snprintf(factor, sizeof factor, "%.3g ", part.factor);
    return factor + part.name;
}

const char* verdict_of(const claims::Claim& claim, double figure, double baseline) {
    bool met = true;
    switch (claim.bound.kind) {
        case claims::Kind::ratio: met = figure <= claim.bound.limit * baseline; break;
        case claims::Kind::extra: met = figure <= claim.bound.limit + baseline; break;
        case claims::Kind::absolute: met = figure <= claim.bound.limit; break;
        case claims::Kind::none: return "";
    }
    return met ? "met" : "NOT MET";
}

/// Prints a row for each claim that was run. Whether all were.
bool print_table(const Collector& collector) {
    bool all_run = true;
    std::printf("\n| figure | | baseline | | ratio | bound | |\n|---|--:|---|--:|--:|--:|---|\n");
    for (const claims::Claim& claim : claims::all()) {
        const std::optional<double> figure = collector.figure(claim.figure);
        std::string names;
        double baseline = 0;
        bool complete = figure.has_value();
        for (const claims::Baseline& part : claim.baselines) {
            const std::optional<double> value = collector.figure(part.name);
            complete = complete && value.has_value();
            baseline += part.factor * value.value_or(0);
            names += (names.empty() ? "" : " + ") + written(part);
        }
        if (!complete) {
            all_run = false;
            continue;
        }
        char ratio[32] = "";
        if (!claim.baselines.empty()) {
            std::snprintf(ratio, sizeof ratio, "%.2f", *figure / baseline);
        }
        char base[32] = "";
        if (!claim.baselines.empty()) {
            std::snprintf(base, sizeof base, "%.1f", baseline);
        }
        std::printf("| %s | %.1f | %s | %s | %s | %s | %s |\n", claim.figure.c_str(), *figure,
                    names.c_str(), base, ratio, bound_of(claim).c_str(),
                    verdict_of(claim, *figure, baseline));
    }
    return all_run;
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return EXIT_FAILURE;
    }
    // The C library locks without atomics for as long as a process has never had a second thread.
    // All figures are those of a process that has had one, as users' processes have.
    std::thread{[] {}}.join();
    Collector collector;
    benchmark::RunSpecifiedBenchmarks(&collector);
    if (!print_table(collector) && benchmark::GetBenchmarkFilter().empty()) {
        std::fputs("benchmarks: a row of the table names a benchmark that there is not\n", stderr);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
