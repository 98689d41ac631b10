// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Any bytes as a text of policies: what is accepted is printed and read again as the same, and no
// constructor refuses it.

#include "input.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/policy_text.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

using namespace fluxgate;
using detail::PolicyWord;
using detail::Term;
using fuzz::require;

namespace {

std::uint32_t count(const Term& term, std::size_t place) {
    return std::get<std::uint32_t>(term.arguments.at(place));
}
double number(const Term& term, std::size_t place) {
    return std::get<double>(term.arguments.at(place));
}
std::chrono::nanoseconds duration(const Term& term, std::size_t place) {
    return std::get<std::chrono::nanoseconds>(term.arguments.at(place));
}

/// Calls the constructors of what the term names, which throw where they refuse it.
void construct(const Term& term) {
    switch (term.word) {
        case PolicyWord::request_response:
            static_cast<void>(presets::request_response(duration(term, 0)));
            return;
        case PolicyWord::count_window: static_cast<void>(CountWindow{count(term, 0)}); return;
        case PolicyWord::time_window:
            static_cast<void>(TimeWindow{duration(term, 0), duration(term, 1)});
            return;
        case PolicyWord::min_requests: static_cast<void>(MinRequests{count(term, 0)}); return;
        case PolicyWord::failure_rate: static_cast<void>(FailureRate{number(term, 0)}); return;
        case PolicyWord::failure_count: static_cast<void>(FailureCount{count(term, 0)}); return;
        case PolicyWord::slow_rate:
            static_cast<void>(SlowRate{number(term, 0), duration(term, 1)});
            return;
        case PolicyWord::avg_latency: static_cast<void>(AvgLatency{duration(term, 0)}); return;
        case PolicyWord::failure_streak: static_cast<void>(FailureStreak{count(term, 0)}); return;
        case PolicyWord::failure_score:
            static_cast<void>(FailureScore{number(term, 0), number(term, 1), number(term, 2)});
            return;
        case PolicyWord::cooldown:
            static_cast<void>(Cooldown{duration(term, 0), number(term, 1)});
            return;
        case PolicyWord::backoff:
            static_cast<void>(
                Backoff{duration(term, 0), number(term, 1), duration(term, 2), number(term, 3)});
            return;
        case PolicyWord::linear:
            static_cast<void>(Linear{duration(term, 0), duration(term, 1), number(term, 2)});
            return;
        case PolicyWord::square_root_wait:
            static_cast<void>(
                SquareRootWait{duration(term, 0), duration(term, 1), number(term, 2)});
            return;
        case PolicyWord::random: static_cast<void>(Random{number(term, 0)}); return;
        case PolicyWord::ramp_up:
            static_cast<void>(RampUp{number(term, 0), number(term, 1), duration(term, 2)});
            return;
        case PolicyWord::single_trial: static_cast<void>(SingleTrial{duration(term, 0)}); return;
        case PolicyWord::trials:
            static_cast<void>(Trials{count(term, 0), count(term, 1), duration(term, 2)});
            return;
        case PolicyWord::slow_start:
            static_cast<void>(SlowStart{count(term, 0), duration(term, 1)});
            return;
        case PolicyWord::overdue: static_cast<void>(Overdue{duration(term, 0)}); return;
        case PolicyWord::keep_durations:
        case PolicyWord::closed:
        case PolicyWord::half_opened:
        case PolicyWord::all_of:
        case PolicyWord::any_of:
        case PolicyWord::always:
        case PolicyWord::never:
        case PolicyWord::all:
        case PolicyWord::no_overdue:
        case PolicyWord::begins_closed:
        case PolicyWord::begins_disabled:
        case PolicyWord::begins_metrics_only:
        case PolicyWord::begins_forced_open: return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    const auto policies = try_parse_policies(text);
    if (!policies) {
        const std::size_t column = policies.error().column();
        require(column >= 1 && column <= size + 1, "a column is in the text");
        require(!policies.error().expectation().empty(), "an error says what was expected");
        return 0;
    }
    for (const auto& clause : policies->clauses()) {
        for (const Term& term : clause.value_or(detail::Terms{})) {
            construct(term);
        }
    }
    const auto again = try_parse_policies(to_string(*policies));
    require(again.has_value(), "what is printed is read");
    require(*again == *policies, "what is printed is read as the same");
    require(to_string(*again) == to_string(*policies), "what is read is printed as the same");
    return 0;
}
