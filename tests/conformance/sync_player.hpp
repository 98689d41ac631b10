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

// A vector of the synchronous breaker:
//
//     vector sync <configuration> <seed> <u> -
//     call <at> <outcome> <text> <takes> <result> <ran>
//     command <at> <reset|disable|metrics_only|force_open>
//
// Each action is followed by what came of it:
//
//     signal <old> <new> <timestamp>
//     expect <state> <changed_at> <reopens> <total> <failures> <duration or -> <slow or ->
//
// Times and durations are seconds since the vector's start; `slow` lists the thresholds with a
// count above zero.

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

/// One breaker in virtual time, and the signals that it gave.
template <class... Policies>
class SyncPlayer {
public:
    SyncPlayer(Reader& reader, Policies... policies)
        : reader_{reader},
          breaker_{fluxgate::testing::Virtual{time_},
                   fluxgate::Listeners{
                       [this](const fluxgate::Signal& signal) { signals_.push_back(signal); }},
                   std::move(policies)...} {}

    int play() {
        time_.draws(reader_.number(reader_.word(4, 6)));
        int steps = 0;
        bool more = reader_.next();
        while (more && !reader_.at("vector")) {
            act();
            ++steps;
            more = check();
        }
        return steps;
    }

private:
    void act() {
        signals_.clear();
        if (reader_.at("call")) {
            act_call();
        } else if (reader_.at("command")) {
            act_command();
        } else {
            reader_.fail("is no action");
        }
    }

    void act_call() {
        go_to(reader_.word(1, 7));
        bool ran = false;
        const std::string result = result_of([&] {
            breaker_.call([&] {
                ran = true;
                time_.advance(reader_.seconds(reader_.word(4, 7)));
                end_as(reader_, reader_.word(2, 7), reader_.word(3, 7));
            });
        });
        reader_.expect("the result", reader_.word(5, 7), result);
        reader_.expect("'ran'", reader_.word(6, 7), std::string{ran ? "1" : "0"});
    }

    void act_command() {
        go_to(reader_.word(1, 3));
        const std::string& command = reader_.word(2, 3);
        if (command == "reset") {
            breaker_.reset();
        } else if (command == "disable") {
            breaker_.disable();
        } else if (command == "metrics_only") {
            breaker_.metrics_only();
        } else if (command == "force_open") {
            breaker_.force_open();
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
        if (!reader_.at("expect")) {
            reader_.fail("is no 'expect'");
        }
        check_info(breaker_.info());
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

    void go_to(const std::string& at) {
        const auto start = std::chrono::seconds{1'000'000};
        const std::chrono::nanoseconds elapsed = time_.now().time_since_epoch() - start;
        time_.advance(reader_.seconds(at) - elapsed);
    }

    Reader& reader_;
    fluxgate::testing::VirtualTime time_;
    std::vector<fluxgate::Signal> signals_;
    decltype(fluxgate::CircuitBreaker{std::declval<fluxgate::testing::Virtual>(),
                                      std::declval<fluxgate::Listeners>(),
                                      std::declval<Policies>()...}) breaker_;
};

template <class... Policies>
int play_sync(Reader& reader, Policies... policies) {
    return SyncPlayer<Policies...>{reader, std::move(policies)...}.play();
}

}  // namespace conformance
