// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Texts of recorded calls: any bytes are read to calls in their order, which are written the same
// and can be replayed, or are told to be wrong.

#include "input.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/replay.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using fuzz::require;

namespace {

std::vector<RecordedCall> read(const std::string& text) {
    std::vector<RecordedCall> calls;
    try {
        std::istringstream in{text};
        CallReader reader{in};
        while (const auto call = reader.next()) {
            require(calls.empty() || call->at >= calls.back().at, "the order of calls");
            calls.push_back(*call);
        }
    } catch (const std::invalid_argument&) {
        // What was read before is right.
    }
    return calls;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<RecordedCall> calls = read({reinterpret_cast<const char*>(data), size});
    std::string again;
    for (const RecordedCall& call : calls) {
        require(parse_recorded_call(to_string(call)) == call, "what is read of a line");
        again += to_string(call) + '\n';
    }
    // A key may have an end of line in it that a file of another system has, too.
    require(again.find('\r') != std::string::npos || read(again) == calls, "what is read");

    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{2}, Cooldown{1s}};
    if (!calls.empty() && calls.back().at - calls.front().at > 24h * 365 * 100) {
        return 0;  // more than virtual time can tell, with their durations
    }
    for (const RecordedCall& call : calls) {
        if (call.duration > 24h * 365 * 100) {
            return 0;
        }
    }
    const ReplayResult result = replay(calls, time, breaker);
    require(result.good_let_by + result.good_lost + result.bad_let_by + result.bad_spared ==
                calls.size(),
            "each call is counted once");
    return 0;
}
