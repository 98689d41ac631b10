// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <sstream>
#include <string>

#ifdef __cpp_lib_format
#include <format>
#endif

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

template <class T>
std::string streamed(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

const Metrics metrics{.total_count = 20,
                      .failure_count = 13,
                      .total_duration = 5s,
                      .slow = {{1s, 6}, {2500ms, 1}}};

}  // namespace

namespace users {

struct Weekend : tripper_base {
    bool operator()(const CallContext&) const { return false; }
};
std::string to_string(const Weekend&) {
    return "Weekend{}";
}

struct Unprinted : tripper_base {
    bool operator()(const CallContext&) const { return false; }
};

}  // namespace users

TEST_CASE("states and reasons are written with <<") {
    CHECK(streamed(State::half_open) == "half_open");
    CHECK(streamed(Reason::wait_over) == "wait_over");
}

TEST_CASE("metrics print as one line of what is known") {
    CHECK(streamed(metrics) ==
          "20 calls, 13 failures (65%), 30% from 1s on, 5% from 2500ms on, 250ms on average");
    CHECK(to_string(Metrics{}) == "0 calls, 0 failures");
    CHECK(to_string(Metrics{.total_count = 2, .total_duration = 0s}) ==
          "2 calls, 0 failures (0%), 0s on average");
    CHECK(to_string(Metrics{.total_count = 1, .failure_count = 1}) == "1 call, 1 failure (100%)");
    CHECK(to_string(MetricView{.total_count = 3, .failure_count = 1}) ==
          "3 calls, 1 failure (33.3%)");
}

TEST_CASE("a signal prints as one line") {
    const Signal signal{.old_state = State::closed,
                        .new_state = State::open,
                        .reason = Reason::tripped,
                        .metrics = {.total_count = 20, .failure_count = 12}};
    CHECK(streamed(signal) == "closed -> open (tripped): 20 calls, 12 failures (60%)");
}

TEST_CASE("what info() gives prints as one line") {
    CHECK(streamed(CircuitBreakerInfo{}) == "closed: 0 calls, 0 failures");
    CHECK(streamed(CircuitBreakerInfo{.state = State::open, .reopens = 2}) ==
          "open, 2 reopens: 0 calls, 0 failures");
}

TEST_CASE("tripper expressions print as they are written") {
    CHECK(streamed(FailureStreak{5} | (MinRequests{20} & (FailureRate{0.5} | SlowRate{0.3, 1s}))) ==
          "FailureStreak{5} | (MinRequests{20} & (FailureRate{0.5} | SlowRate{0.3, 1s}))");
    CHECK(streamed((Closed{} & AvgLatency{1500ms}) | (HalfOpened{} & FailureRate{0.1})) ==
          "(Closed{} & AvgLatency{1500ms}) | (HalfOpened{} & FailureRate{0.1})");
    CHECK(streamed(SlowRate{1, 90min}) == "SlowRate{1, 90min}");
    CHECK(streamed(AvgLatency{3us}) == "AvgLatency{3us}");
    CHECK(streamed(AvgLatency{2h}) == "AvgLatency{2h}");
}

TEST_CASE("a user's tripper prints by its own to_string, or as custom") {
    CHECK(streamed(MinRequests{1} & users::Weekend{}) == "MinRequests{1} & Weekend{}");
    CHECK(streamed(MinRequests{1} & users::Unprinted{}) == "MinRequests{1} & custom");
}

#ifdef __cpp_lib_format
TEST_CASE("whatever prints is formatted, with the options of strings") {
    CHECK(std::format("{:>7}|{}", State::open, Reason::tripped) == "   open|tripped");
    CHECK(std::format("{}", MinRequests{20} & FailureRate{0.5}) ==
          "MinRequests{20} & FailureRate{0.5}");
    CHECK(std::format("{}", Signal{}) == "closed -> closed (command): 0 calls, 0 failures");
    CHECK(std::format("{}", CircuitBreakerInfo{}) == "closed: 0 calls, 0 failures");
    CHECK(std::format("{}", metrics).substr(0, 8) == "20 calls");
}
#endif
