// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdio>
#include <exception>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

// What the examples with a server count and print. Nothing in here knows how a
// circuit breaker works.
namespace traffic {

using Clock = std::chrono::steady_clock;

struct Price {
    std::string amount;
    bool from_server = true;
};

struct Tally {
    int calls = 0;
    int successes = 0;
    int failures = 0;
    int rejections = 0;
    /// The time that callers spent in calls made while the server was broken.
    std::chrono::duration<double> waited{};
    /// The requests that reached the server while it was broken.
    int load = 0;

    Tally& operator+=(const Tally& other) {
        calls += other.calls;
        successes += other.successes;
        failures += other.failures;
        rejections += other.rejections;
        waited += other.waited;
        load += other.load;
        return *this;
    }
};

/// A line on standard output, there at once also where that is a pipe.
template <class... Parts>
void print_line(const Parts&... parts) {
    std::ostringstream line;
    (line << ... << parts) << '\n';
    std::fputs(line.str().c_str(), stdout);
    std::fflush(stdout);
}

/// Prints what happens, with the seconds since its construction.
class Log {
public:
    template <class... Parts>
    void operator()(const Parts&... parts) const {
        const std::chrono::duration<double> elapsed = Clock::now() - start_;
        std::ostringstream time;
        time << std::fixed << std::setprecision(2) << std::setw(6) << elapsed.count() << " s  ";
        print_line(time.str(), parts...);
    }

private:
    Clock::time_point start_ = Clock::now();
};

inline void print_comparison(const Tally& without, const Tally& with) {
    const auto row = [](std::string_view name, const auto& left, const auto& right) {
        std::ostringstream line;
        line << std::fixed << std::setprecision(1) << std::left << std::setw(46) << name
             << std::right << std::setw(9) << left << std::setw(9) << right;
        print_line(line.str());
    };
    row("", "without", "with");
    row("calls", without.calls, with.calls);
    row("  answered by the server", without.successes, with.successes);
    row("  failed", without.failures, with.failures);
    row("  rejected, answered by the fallback", without.rejections, with.rejections);
    row("seconds callers waited on the broken server", without.waited.count(), with.waited.count());
    row("requests that reached the broken server", without.load, with.load);
}

/// What `main` of such an example does and returns: the same traffic without a breaker and with
/// one, and a table of both. Fails where the breaker did not halve the waiting and the load, or
/// where something throws.
template <class RunWithout, class RunWith>
int compare(const char* program, RunWithout run_without, RunWith run_with) try {
    const Tally without = run_without();
    const Tally with = run_with();
    print_line("");
    print_comparison(without, with);
    if (with.waited > without.waited / 2 || with.load > without.load / 2) {
        throw std::runtime_error{"the breaker did not halve the waiting and the load"};
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << program << ": " << error.what() << std::endl;
    return 1;
}

}  // namespace traffic
