// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::set<std::string> keys(const json& object) {
    std::set<std::string> keys;
    for (const auto& member : object.items()) {
        keys.insert(member.key());
    }
    return keys;
}
using Keys = std::set<std::string>;

/// The name of a breaker, as it is read back from JSON.
std::string read_back(const std::string& name) {
    CircuitBreaker breaker{Name{name}};
    return json::parse(to_json(breaker.info())).at("name");
}

const std::string replaced = "\xef\xbf\xbd";

}  // namespace

TEST_CASE("an info without anything has all keys, and null for what is not known") {
    const json info = json::parse(to_json(CircuitBreaker{}.info()));
    CHECK(keys(info) == Keys{"name", "state", "changed_at", "reopens", "last_reason",
                             "retry_after_s", "metrics", "totals", "not_closed_since",
                             "calls_under_way", "call_times", "policies"});
    CHECK(info.at("name").is_null());
    CHECK(info.at("state") == "closed");
    CHECK(info.at("changed_at") > 1'700'000'000);
    CHECK(info.at("reopens") == 0);
    CHECK(info.at("last_reason").is_null());
    CHECK(info.at("retry_after_s").is_null());
    CHECK(info.at("totals").is_null());
    const json& metrics = info.at("metrics");
    CHECK(keys(metrics) ==
          Keys{"total_count", "failure_count", "failure_rate", "avg_duration_s", "slow"});
    CHECK(metrics.at("failure_rate").is_null());
    CHECK(metrics.at("avg_duration_s").is_null());
    CHECK(metrics.at("slow") == json::array());
}

TEST_CASE("an info tells what the breaker does") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, Name{"payments"}, Totals{},
                           MinRequests{4} & (SlowRate{1.0, 1500ms} | AvgLatency{1h}),
                           Cooldown{2500ms}};
    breaker.call([&] { time.advance(2s); });
    breaker.call([] {});
    CHECK_THROWS(breaker.call([] { throw 1; }));
    json info = json::parse(to_json(breaker.info()));
    CHECK(info.at("name") == "payments");
    const json& metrics = info.at("metrics");
    CHECK(metrics.at("total_count") == 3);
    CHECK(metrics.at("failure_count") == 1);
    CHECK(metrics.at("failure_rate") == 1.0 / 3.0);
    CHECK(metrics.at("avg_duration_s") == 0.666666666);
    CHECK(metrics.at("slow") == json::parse(R"([{"threshold_s": 1.5, "count": 1}])"));
    CHECK(info.at("totals") == json::parse(R"({"succeeded": 2, "failed": 1, "neutral": 0,
        "rejected": 0, "slow": 1, "opened": 0, "would_have_opened": 0, "overdue": 0})"));
    CHECK(info.at("call_times") == json::parse(R"({"succeeded_s": 2, "failed_s": 0})"));
    CHECK(info.at("not_closed_since").is_null());
    CHECK(info.at("calls_under_way").is_null());
    CHECK(info.at("policies").is_null());

    breaker.open_for(2500ms);
    time.advance(1s);
    info = json::parse(to_json(breaker.info()));
    CHECK(info.at("state") == "open");
    CHECK(info.at("last_reason") == "command");
    CHECK(info.at("retry_after_s") == 1.5);
    CHECK(info.at("changed_at") == 1'000'002);
    CHECK(info.at("not_closed_since") == 1'000'002);
}

TEST_CASE("an info tells the policies that come from a text, and the calls under way") {
    testing::VirtualTime time;
    AnyCircuitBreaker breaker{parse_policies("preset=request_response( 1s )"),
                              testing::Virtual{time}};
    const auto call = breaker.try_acquire();
    const json info = json::parse(to_json(breaker.info()));
    CHECK(info.at("policies") == to_string(breaker.policies()));
    CHECK(info.at("calls_under_way") == 1);
    CHECK(info.at("totals").is_null());
    CHECK(info.at("call_times").is_null());
}

TEST_CASE("numbers are exact to the nanosecond as they are written") {
    CircuitBreakerInfo info;
    const auto written = [&](std::chrono::nanoseconds duration) {
        info.retry_after = duration;
        const std::string text = to_json(info);
        const std::string key = "\"retry_after_s\":";
        const std::size_t begin = text.find(key) + key.size();
        return text.substr(begin, text.find(',', begin) - begin);
    };
    CHECK(written(0ns) == "0");
    CHECK(written(1ns) == "0.000000001");
    CHECK(written(1s) == "1");
    CHECK(written(10s + 20ns) == "10.00000002");
    CHECK(written(-1500ms) == "-1.5");
    CHECK(written((std::chrono::nanoseconds::max)()) == "9223372036.854775807");
    CHECK(written((std::chrono::nanoseconds::min)()) == "-9223372036.854775808");
    info.changed_at = std::chrono::system_clock::time_point{-1500ms};
    CHECK(json::parse(to_json(info)).at("changed_at") == -1.5);
}

TEST_CASE("a signal has its keys") {
    std::vector<std::string> texts;
    CircuitBreaker breaker{Name{"payments"}, Listeners{[&](const Signal& signal) {
                               texts.push_back(to_json(signal));
                           }}};
    breaker.call([] {});
    breaker.force_open();
    REQUIRE(texts.size() == 1);
    const json signal = json::parse(texts[0]);
    CHECK(keys(signal) == Keys{"name", "old_state", "new_state", "reason", "timestamp", "metrics"});
    CHECK(signal.at("name") == "payments");
    CHECK(signal.at("old_state") == "closed");
    CHECK(signal.at("new_state") == "forced_open");
    CHECK(signal.at("reason") == "command");
    CHECK(signal.at("timestamp") > 1'700'000'000);
    CHECK(signal.at("metrics").at("total_count") == 1);
    CHECK(json::parse(to_json(Signal{})).at("name").is_null());
}

TEST_CASE("every ASCII character of a name comes back, and none can end an HTML element") {
    std::string name;
    for (int code = 1; code != 128; ++code) {
        name += static_cast<char>(code);
    }
    CHECK(read_back(name) == name);
    CHECK(read_back(std::string{"a\0b", 3}) == std::string{"a\0b", 3});
    const std::string text = to_json(CircuitBreaker{Name{"</script><b>&"}}.info());
    CHECK(text.find('<') == std::string::npos);
    CHECK(text.find('&') == std::string::npos);
    CHECK(read_back("</script><b>&") == "</script><b>&");
}

TEST_CASE("valid UTF-8 comes back, and what is not valid is replaced") {
    for (const char* const text :
         {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
          "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        CHECK(read_back(text) == text);
    }
    CHECK(read_back("a\xff"
                    "b") == "a" + replaced + "b");
    CHECK(read_back("\x80") == replaced);                                // a continuation alone
    CHECK(read_back("\xc0\xaf") == replaced + replaced);                 // an overlong form
    CHECK(read_back("\xe0\x9f\xbf") == replaced + replaced + replaced);  // an overlong form
    CHECK(read_back("\xed\xa0\x80") == replaced + replaced + replaced);  // a surrogate
    CHECK(read_back("\xf4\x90\x80\x80") == replaced + replaced + replaced + replaced);
    CHECK(read_back("\xe2\x82") == replaced + replaced);  // cut off
    CHECK(read_back("\xe2\x82"
                    "a") == replaced + replaced + "a");
    CHECK(read_back("\xf0\x9f\x98") == replaced + replaced + replaced);
    // Every pair of bytes is a JSON text.
    for (int first = 1; first != 256; ++first) {
        for (int second = 1; second < 256; second += 5) {
            const std::string pair{static_cast<char>(first), static_cast<char>(second)};
            CircuitBreakerInfo info;
            info.name = SharedName{pair};
            if (!json::accept(to_json(info))) {
                FAIL("not accepted: " << first << ' ' << second);
            }
        }
    }
}

TEST_CASE("a registry is an array, in the order of the names") {
    Registry registry;
    CHECK(registry.to_json() == "[]");
    const CircuitBreaker b{Name{"b"}, Registered{registry}};
    const CircuitBreaker a{Name{"a\""}, Registered{registry}};
    const json breakers = json::parse(registry.to_json());
    REQUIRE(breakers.size() == 2);
    CHECK(breakers[0].at("name") == "a\"");
    CHECK(breakers[1].at("name") == "b");
    CHECK(breakers[1].at("totals").at("succeeded") == 0);
}

TEST_CASE("an event log keeps the latest signals, of all that it listens to") {
    const EventLog log{3};
    CHECK(to_json(log) == "[]");
    Registry registry;
    const Subscription subscription = registry.listen(log);
    CircuitBreaker a{Name{"a"}, Registered{registry}};
    CircuitBreaker b{Name{"b"}, Listeners{log}};
    a.disable();
    b.disable();
    a.reset();
    a.force_open();
    const std::vector<Signal> signals = log.events();
    REQUIRE(signals.size() == 3);
    CHECK(signals[0].name == "b");
    CHECK(signals[2].new_state == State::forced_open);
    const json events = json::parse(to_json(log));
    REQUIRE(events.size() == 3);
    CHECK(events[0].at("name") == "b");
    CHECK(events[2].at("new_state") == "forced_open");
    CHECK(error_of([] { const EventLog none{0}; }) ==
          "fluxgate: EventLog's capacity must be in [1, 4294967295], but is 0");
}

TEST_CASE("an event log is read while threads write to it") {
    const EventLog log{10};
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i) {
        threads.emplace_back([log] {
            CircuitBreaker breaker{Name{"payments"}, Listeners{log}};
            for (int k = 0; k != 200; ++k) {
                breaker.reset();
            }
        });
    }
    for (int i = 0; i != 50; ++i) {
        CHECK(json::accept(to_json(log)));
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(log.events().size() == 10);
}
