// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "vectors.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// What vectors of both breakers have in common:
//
//     vector <sync|async> <configuration> <seed> <u> <max_half_open_calls or ->
//     command <at> <reset|disable|metrics_only|force_open>
//     signal <old> <new> <timestamp>
//     expect <state> <changed_at> <reopens> <total> <failures> <duration or -> <slow or ->
//
// Times and durations are seconds since the vector's start; `slow` lists the thresholds with a
// count above zero. Actions are followed by the signals that they gave, in order, and by what is
// expected.

namespace conformance {

struct Network : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct Timeout : Network {
    using Network::Network;
};
struct BadInput : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Lets a protected function end as a vector says.
inline void end_as(const Reader& reader, const std::string& outcome, const std::string& text) {
    const std::string message = text == "-" ? "" : text;
    if (outcome == "Network") {
        throw Network{message};
    }
    if (outcome == "Timeout") {
        throw Timeout{message};
    }
    if (outcome == "BadInput") {
        throw BadInput{message};
    }
    if (outcome != "ok") {
        reader.fail("'" + outcome + "' is no outcome");
    }
}

/// What the vectors call that which reached a caller.
template <class F>
std::string result_of(F&& f) {
    try {
        f();
        return "ok";
    } catch (const fluxgate::CallNotPermittedError&) {
        return "rejected";
    } catch (const Timeout&) {
        return "Timeout";
    } catch (const Network&) {
        return "Network";
    } catch (const BadInput&) {
        return "BadInput";
    }
}

/// Reads a vector's steps; what an action is and what it brings about, `Derived` knows.
template <class Derived>
class Player {
public:
    explicit Player(Reader& reader) : reader_{reader} {}

    /// How many steps the vector had.
    int play() {
        time_.draws(reader_.number(reader_.word(4, 6)));
        int steps = 0;
        bool more = reader_.next();
        while (more && !reader_.at("vector")) {
            signals_.clear();
            if (reader_.at("command")) {
                act_command();
            } else if (!self().act()) {
                reader_.fail("is no action");
            }
            ++steps;
            more = check();
        }
        return steps;
    }

protected:
    auto remember_signals() {
        return fluxgate::Listeners{
            [this](const fluxgate::Signal& signal) { signals_.push_back(signal); }};
    }

    void go_to(const std::string& at) {
        const auto start = std::chrono::seconds{1'000'000};
        const std::chrono::nanoseconds elapsed = time_.now().time_since_epoch() - start;
        time_.advance(reader_.seconds(at) - elapsed);
    }

    Reader& reader_;
    fluxgate::testing::VirtualTime time_;

private:
    Derived& self() { return static_cast<Derived&>(*this); }

    void act_command() {
        go_to(reader_.word(1, 3));
        const std::string& command = reader_.word(2, 3);
        if (command == "reset") {
            self().breaker().reset();
        } else if (command == "disable") {
            self().breaker().disable();
        } else if (command == "metrics_only") {
            self().breaker().metrics_only();
        } else if (command == "force_open") {
            self().breaker().force_open();
        } else {
            reader_.fail("names an unknown command");
        }
    }

    /// Compares what came of an action; whether another line follows.
    bool check() {
        std::size_t told = 0;
        while (reader_.next() && reader_.at("signal")) {
            if (told == signals_.size()) {
                reader_.fail("this signal did not come");
            }
            check_signal(signals_[told]);
            ++told;
        }
        if (told != signals_.size()) {
            reader_.fail("before this, one more signal came: " + to_string(signals_[told]));
        }
        self().check_calls();
        if (!reader_.at("expect")) {
            reader_.fail("is no 'expect'");
        }
        check_info(self().breaker().info());
        return reader_.next();
    }

    void check_signal(const fluxgate::Signal& signal) const {
        reader_.expect("the old state", reader_.word(1, 4), to_string(signal.old_state));
        reader_.expect("the new state", reader_.word(2, 4), to_string(signal.new_state));
        expect_time("the timestamp", reader_.word(3, 4), signal.timestamp);
    }

    void check_info(const fluxgate::CircuitBreakerInfo& info) const {
        reader_.expect("the state", reader_.word(1, 8), to_string(info.state));
        expect_time("changed_at", reader_.word(2, 8), info.changed_at);
        reader_.expect("reopens", reader_.word(3, 8), std::to_string(info.reopens));
        const fluxgate::Metrics& metrics = info.metrics;
        reader_.expect("the total", reader_.word(4, 8), std::to_string(metrics.total_count));
        reader_.expect("the failures", reader_.word(5, 8), std::to_string(metrics.failure_count));

        const std::string& duration = reader_.word(6, 8);
        if ((duration != "-") != metrics.total_duration.has_value()) {
            reader_.fail(metrics.total_duration ? "durations are kept" : "no durations are kept");
        }
        if (metrics.total_duration) {
            reader_.expect("the duration", reader_.seconds(duration).count(),
                           metrics.total_duration->count());
        }
        check_slow(metrics.slow);
    }

    void check_slow(const std::vector<fluxgate::SlowCount>& counts) const {
        std::map<std::int64_t, std::string> expected;
        std::istringstream list{reader_.word(7, 8)};
        for (std::string entry; std::getline(list, entry, ',') && entry != "-";) {
            const std::size_t sign = entry.find('=');
            if (sign == std::string::npos) {
                reader_.fail("'" + entry + "' is no count of slow calls");
            }
            expected[reader_.seconds(entry.substr(0, sign)).count()] = entry.substr(sign + 1);
        }
        std::map<std::int64_t, std::string> actual;
        for (const fluxgate::SlowCount& slow : counts) {
            if (slow.count != 0) {
                actual[slow.threshold.count()] = std::to_string(slow.count);
            }
        }
        if (expected != actual) {
            std::string text = "the slow counts are";
            for (const auto& [threshold, count] : actual) {
                text += " " + std::to_string(threshold) + " ns: " + count;
            }
            reader_.fail(text);
        }
    }

    void expect_time(const char* thing, const std::string& expected,
                     std::chrono::system_clock::time_point actual) const {
        const auto start = std::chrono::seconds{1'000'000};
        const std::chrono::nanoseconds elapsed = actual.time_since_epoch() - start;
        reader_.expect(thing, reader_.seconds(expected).count(), elapsed.count());
    }

    std::vector<fluxgate::Signal> signals_;
};

}  // namespace conformance
