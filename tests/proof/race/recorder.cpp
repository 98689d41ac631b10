// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Calls are recorded while threads come and go, and while others flush.

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/replay.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <thread>

using namespace fluxgate;

namespace {

/// How many calls of each key there are.
std::map<std::string, std::uint64_t> count_by_key(const std::string& text, std::uint64_t& lost) {
    std::istringstream in{text};
    CallReader reader{in};
    std::map<std::string, std::uint64_t> counts;
    while (const auto call = reader.next()) {
        ++counts[call->key];
    }
    lost = reader.lost();
    return counts;
}

}  // namespace

TEST_CASE("each call of each thread is written once, or is counted as lost") {
    constexpr int threads = 4;
    constexpr std::uint64_t calls = 5'000;
    std::ostringstream out;
    std::uint64_t lost = 0;
    {
        Recorder recorder{out};
        CircuitBreaker typed{recorder, Name{"typed"}};
        AnyCircuitBreaker of_text{parse_policies(""), recorder, Name{"of text"}};
        in_threads(threads, [&](int number) {
            if (number == 0) {
                for (int i = 0; i != 50; ++i) {
                    recorder.flush();
                }
                return;
            }
            for (std::uint64_t i = 0; i != calls; ++i) {
                typed.call([] {});
                of_text.try_acquire()->succeeded();
            }
        });
        lost = recorder.lost();
    }
    std::uint64_t told = 0;
    const auto counts = count_by_key(out.str(), told);
    CHECK(told == lost);
    CHECK(counts.size() == 2);
    CHECK(counts.at("typed") + counts.at("of text") + lost == 2 * (threads - 1) * calls);
}

TEST_CASE("threads that end leave their calls to the recorder") {
    std::ostringstream out;
    {
        Recorder recorder{out};
        CircuitBreaker breaker{recorder, Name{"a"}};
        in_threads(3, [&](int) {
            for (int i = 0; i != 50; ++i) {
                std::thread{[&] { breaker.call([] {}); }}.join();
            }
        });
    }
    std::uint64_t lost = 0;
    CHECK(count_by_key(out.str(), lost).at("a") == 150);
    CHECK(lost == 0);
}

TEST_CASE("recorders come and go while threads stay") {
    std::atomic<int> written{0};
    in_threads(3, [&](int) {
        for (int i = 0; i != 20; ++i) {
            std::ostringstream out;
            {
                CircuitBreaker breaker{Recorder{out}, Name{"a"}};
                breaker.call([] {});
            }
            std::uint64_t lost = 0;
            written += static_cast<int>(count_by_key(out.str(), lost).at("a"));
        }
    });
    CHECK(written == 60);
}
