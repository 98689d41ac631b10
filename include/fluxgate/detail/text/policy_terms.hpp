// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

// The words of which a text of policies is made, in one table: their families, and the parameters
// of each with their ranges and defaults, which are those of the policies' constructors.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// The clauses of a text, in the order in which they are written.
enum class ClauseId : std::uint8_t { preset, window, trip, wait, permit, overdue, state };

/// The names of the clauses.
inline constexpr std::array<std::string_view, 7> clause_names{"preset", "window",  "trip", "wait",
                                                              "permit", "overdue", "state"};

/// What an argument is, and which of them are in range.
enum class ArgumentKind : std::uint8_t {
    count,         ///< in [1, 2^32 - 1]
    window_size,   ///< in [1, 2^20]: a text cannot make a program allocate without bound
    ratio,         ///< in (0, 1]
    jitter,        ///< in [0, 1]
    multiplier,    ///< above 1 and finite
    positive,      ///< above 0 and finite
    not_negative,  ///< at least 0 and finite
    duration,      ///< above 0 s and at most 292 years
};

/// The most that a `window_size` may be.
inline constexpr std::uint32_t largest_window = 1U << 20U;

/// An argument's value.
using ArgumentValue = std::variant<std::uint32_t, double, std::chrono::nanoseconds>;

/// What stands for an argument that is left out.
enum class Fallback : std::uint8_t { none, value, first_argument };

/// A parameter of a word.
struct Parameter {
    ArgumentKind kind;
    /// As the constructor's sentence names it.
    const char* name;
    Fallback fallback = Fallback::none;
    ArgumentValue value{};
};

/// What a word names.
enum class PolicyWord : std::uint8_t {
    request_response,
    count_window,
    time_window,
    keep_durations,
    min_requests,
    failure_rate,
    failure_count,
    slow_rate,
    avg_latency,
    failure_streak,
    failure_score,
    closed,
    half_opened,
    all_of,
    any_of,
    cooldown,
    backoff,
    linear,
    square_root_wait,
    always,
    never,
    all,
    random,
    ramp_up,
    single_trial,
    trials,
    slow_start,
    overdue,
    no_overdue,
    begins_closed,
    begins_disabled,
    begins_metrics_only,
    begins_forced_open,
};

/// A word, the clause in which it may stand, and its parameters.
struct WordRow {
    PolicyWord word;
    ClauseId clause;
    std::string_view name;
    std::size_t parameter_count = 0;
    std::array<Parameter, 4> parameters{};
};

template <class... Parameters>
constexpr WordRow word_row(PolicyWord word, ClauseId clause, std::string_view name,
                           Parameters... parameters) {
    return {word, clause, name, sizeof...(Parameters), {parameters...}};
}

constexpr Parameter required(ArgumentKind kind, const char* name) {
    return {kind, name};
}
constexpr Parameter with_default(ArgumentKind kind, const char* name, ArgumentValue value) {
    return {kind, name, Fallback::value, value};
}

// clang-format off
inline constexpr std::array word_table{
    word_row(PolicyWord::request_response, ClauseId::preset, "request_response", with_default(ArgumentKind::duration, "request_response's bearable", std::chrono::seconds{1})),

    word_row(PolicyWord::count_window,   ClauseId::window, "count_window", with_default(ArgumentKind::window_size, "CountWindow's size", std::uint32_t{100})),
    word_row(PolicyWord::time_window,    ClauseId::window, "time_window", required(ArgumentKind::duration, "TimeWindow's span"), with_default(ArgumentKind::duration, "TimeWindow's bucket", std::chrono::seconds{1})),
    word_row(PolicyWord::keep_durations, ClauseId::window, "keep_durations"),

    word_row(PolicyWord::min_requests,   ClauseId::trip, "min_requests", required(ArgumentKind::count, "MinRequests' count")),
    word_row(PolicyWord::failure_rate,   ClauseId::trip, "failure_rate", required(ArgumentKind::ratio, "FailureRate's ratio")),
    word_row(PolicyWord::failure_count,  ClauseId::trip, "failure_count", required(ArgumentKind::count, "FailureCount's count")),
    word_row(PolicyWord::slow_rate,      ClauseId::trip, "slow_rate", required(ArgumentKind::ratio, "SlowRate's ratio"), required(ArgumentKind::duration, "SlowRate's threshold")),
    word_row(PolicyWord::avg_latency,    ClauseId::trip, "avg_latency", required(ArgumentKind::duration, "AvgLatency's threshold")),
    word_row(PolicyWord::failure_streak, ClauseId::trip, "failure_streak", required(ArgumentKind::count, "FailureStreak's count")),
    word_row(PolicyWord::failure_score,  ClauseId::trip, "failure_score", with_default(ArgumentKind::positive, "FailureScore's base", 5.0), with_default(ArgumentKind::not_negative, "FailureScore's slope", 0.63), with_default(ArgumentKind::not_negative, "FailureScore's forgives", 2.0)),
    word_row(PolicyWord::closed,         ClauseId::trip, "closed"),
    word_row(PolicyWord::half_opened,    ClauseId::trip, "half_opened"),

    word_row(PolicyWord::cooldown,         ClauseId::wait, "cooldown", required(ArgumentKind::duration, "Cooldown's duration"), with_default(ArgumentKind::jitter, "Cooldown's jitter", 0.0)),
    word_row(PolicyWord::backoff,          ClauseId::wait, "backoff", required(ArgumentKind::duration, "Backoff's initial"), with_default(ArgumentKind::multiplier, "Backoff's multiplier", 2.0), with_default(ArgumentKind::duration, "Backoff's max", std::chrono::seconds{300}), with_default(ArgumentKind::jitter, "Backoff's jitter", 0.0)),
    word_row(PolicyWord::linear,           ClauseId::wait, "linear", required(ArgumentKind::duration, "Linear's step"), with_default(ArgumentKind::duration, "Linear's max", std::chrono::seconds{300}), with_default(ArgumentKind::jitter, "Linear's jitter", 0.0)),
    word_row(PolicyWord::square_root_wait, ClauseId::wait, "square_root_wait", with_default(ArgumentKind::duration, "SquareRootWait's least", std::chrono::milliseconds{500}), with_default(ArgumentKind::duration, "SquareRootWait's most", std::chrono::seconds{30}), with_default(ArgumentKind::jitter, "SquareRootWait's jitter", 0.25)),
    word_row(PolicyWord::always,           ClauseId::wait, "always"),
    word_row(PolicyWord::never,            ClauseId::wait, "never"),

    word_row(PolicyWord::all,          ClauseId::permit, "all"),
    word_row(PolicyWord::random,       ClauseId::permit, "random", required(ArgumentKind::ratio, "Random's ratio")),
    word_row(PolicyWord::ramp_up,      ClauseId::permit, "ramp_up", with_default(ArgumentKind::ratio, "RampUp's initial", 0.1), with_default(ArgumentKind::ratio, "RampUp's final", 1.0), with_default(ArgumentKind::duration, "RampUp's duration", std::chrono::seconds{60})),
    word_row(PolicyWord::single_trial, ClauseId::permit, "single_trial", with_default(ArgumentKind::duration, "SingleTrial's lease", std::chrono::seconds{30})),
    word_row(PolicyWord::trials,       ClauseId::permit, "trials", required(ArgumentKind::count, "Trials' calls"), Parameter{ArgumentKind::count, "Trials' needed", Fallback::first_argument}, with_default(ArgumentKind::duration, "Trials' lease", std::chrono::seconds{30})),
    word_row(PolicyWord::slow_start,   ClauseId::permit, "slow_start", with_default(ArgumentKind::count, "SlowStart's full", std::uint32_t{8}), with_default(ArgumentKind::duration, "SlowStart's lease", std::chrono::seconds{30})),

    word_row(PolicyWord::begins_closed,       ClauseId::state, "closed"),
    word_row(PolicyWord::begins_disabled,     ClauseId::state, "disabled"),
    word_row(PolicyWord::begins_metrics_only, ClauseId::state, "metrics_only"),
    word_row(PolicyWord::begins_forced_open,  ClauseId::state, "forced_open"),
};
// clang-format on

/// A policy, or an operator on those before it.
struct Term {
    PolicyWord word = PolicyWord::always;
    /// One for each parameter of the word.
    std::vector<ArgumentValue> arguments{};
    /// How many operands `all_of`, `any_of` and `keep_durations` have; zero for other words.
    std::size_t operand_count = 0;

    friend bool operator==(const Term&, const Term&) = default;
};

/// What a clause says, in postfix order: each operator behind its operands, never empty.
using Terms = std::vector<Term>;

/// Returns the row of a word that has one.
constexpr const WordRow& row_of(PolicyWord word) noexcept {
    std::size_t place = 0;
    while (word_table[place].word != word) {
        ++place;
    }
    return word_table[place];
}

}  // namespace fluxgate::inline v0_1::detail
