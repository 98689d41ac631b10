// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/text/policy_parser.hpp>
#include <fluxgate/detail/text/policy_terms.hpp>
#include <fluxgate/expected.hpp>
#include <fluxgate/print.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#ifndef __cpp_exceptions
#include <cstdio>
#include <cstdlib>
#endif

// Policies as a text, for configuration files and commands.
//
//     trip = failure_streak(5) | (min_requests(20) & (failure_rate(0.5) | slow_rate(0.3, 1s)));
//     window = time_window(10s, 1s); wait = backoff(1s, 2, 30s, 0.2); permit = single_trial(2s)
//
// A text is clauses between semicolons, in any order, each at most once:
//
//     preset     request_response(bearable)
//     window     count_window(size), time_window(span, bucket), keep_durations(window)
//     trip       min_requests(count), failure_rate(ratio), failure_count(count),
//                slow_rate(ratio, threshold), avg_latency(threshold), failure_streak(count),
//                failure_score(base, slope, forgives), closed, half_opened; with `&`, which binds
//                tighter, `|` and parentheses
//     wait       cooldown(duration, jitter), backoff(initial, multiplier, max, jitter),
//                linear(step, max, jitter), square_root_wait(least, most, jitter), always, never
//     permit     all, random(ratio), ramp_up(initial, final, duration), single_trial(lease),
//                trials(calls, needed, lease), slow_start(full, lease)
//     overdue    a duration, or none
//     state      closed, disabled, metrics_only, forced_open: in which the breaker begins
//
// The names, the arguments, their ranges and what may be left out are those of the policies'
// constructors, but that a `count_window` holds at most 2^20 calls. Durations have a unit: ns, us,
// ms, s, min or h. Parentheses without arguments may be left out, and clauses may be empty.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// What is wrong with a text of policies, and where.
class PolicyError : public std::invalid_argument {
public:
    /// Made by `parse_policies`.
    PolicyError(std::size_t column, const std::string& expected)
        : std::invalid_argument{introduction(column) + expected},
          column_{column},
          introduction_size_{introduction(column).size()} {}

    /// Returns the byte, counted from 1, where the wrong word or argument begins; one past the end
    /// where the text ends too early.
    [[nodiscard]] std::size_t column() const noexcept { return column_; }

    /// Returns what was expected there, such as `expected '(' after slow_rate`. It lives as long as
    /// this.
    [[nodiscard]] std::string_view expectation() const noexcept {
        return std::string_view{what()}.substr(introduction_size_);
    }

private:
    static std::string introduction(std::size_t column) {
        return "fluxgate: column " + std::to_string(column) + ": ";
    }

    std::size_t column_;
    std::size_t introduction_size_;
};

/// Policies, as a text says them: a value. A clause that it does not have leaves the preset's
/// policy or, without a preset, the default.
class Policies {
public:
    /// Has no clause.
    Policies() = default;

    /// Made by `parse_policies`.
    explicit Policies(detail::Clauses clauses) : clauses_{std::move(clauses)} {}

    /// Returns the clauses, for breakers.
    [[nodiscard]] const detail::Clauses& clauses() const noexcept { return clauses_; }

    /// Returns whether both have the same clauses with the same arguments; one that is left out is
    /// not the same as one that says what the default is.
    friend bool operator==(const Policies&, const Policies&) = default;

private:
    detail::Clauses clauses_;
};

/// Reads a text; the error where it is none. Throws `std::bad_alloc`. Complexity: linear in the
/// length of the text.
[[nodiscard]] inline expected<Policies, PolicyError> try_parse_policies(std::string_view text) {
    detail::PolicyParser parser{text};
    std::optional<detail::Clauses> clauses = parser.parse();
    if (!clauses) {
        return unexpected{PolicyError{parser.wrong_at() + 1, parser.expectation()}};
    }
    return Policies{std::move(*clauses)};
}

/// Reads a text. Throws `PolicyError` where it is none; without exceptions, prints the sentence and
/// aborts. Throws `std::bad_alloc`.
[[nodiscard]] inline Policies parse_policies(std::string_view text) {
    expected<Policies, PolicyError> policies = try_parse_policies(text);
    if (!policies) {
#ifdef __cpp_exceptions
        throw PolicyError{policies.error()};
#else
        std::fprintf(stderr, "%s\n", policies.error().what());
        std::abort();
#endif
    }
    return *std::move(policies);
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

inline std::string printed_argument(const ArgumentValue& value) {
    if (const auto* const count = std::get_if<std::uint32_t>(&value)) {
        return std::to_string(*count);
    }
    if (const auto* const number = std::get_if<double>(&value)) {
        return printed(*number);
    }
    return printed(std::get<std::chrono::nanoseconds>(value));
}

/// A part of a text, and whether it is to be in parentheses as an operand.
struct PrintedTerm {
    std::string text;
    bool is_expression = false;
};

/// Returns the text of a policy, with its arguments.
inline std::string printed_policy(const Term& term) {
    if (term.word == PolicyWord::overdue) {
        return printed_argument(term.arguments.front());
    }
    if (term.word == PolicyWord::no_overdue) {
        return "none";
    }
    std::string text{row_of(term.word).name};
    if (term.arguments.empty()) {
        return text;
    }
    const char* before = "(";
    for (const ArgumentValue& argument : term.arguments) {
        text += before + printed_argument(argument);
        before = ", ";
    }
    return text + ')';
}

/// Takes the latest parts away, and returns what the operator makes of them.
inline PrintedTerm printed_operator(const Term& term, std::vector<PrintedTerm>& parts) {
    const auto operands = parts.end() - static_cast<std::ptrdiff_t>(term.operand_count);
    PrintedTerm whole;
    if (term.word == PolicyWord::keep_durations) {
        whole.text = "keep_durations(" + operands->text + ')';
    } else {
        whole.is_expression = true;
        for (auto operand = operands; operand != parts.end(); ++operand) {
            const char* const between = term.word == PolicyWord::all_of ? " & " : " | ";
            whole.text += operand == operands ? "" : between;
            whole.text += operand->is_expression ? '(' + operand->text + ')' : operand->text;
        }
    }
    parts.erase(operands, parts.end());
    return whole;
}

/// Returns the text of what a clause says.
inline std::string printed_terms(const Terms& terms) {
    std::vector<PrintedTerm> parts;
    for (const Term& term : terms) {
        parts.push_back(term.operand_count == 0 ? PrintedTerm{printed_policy(term)}
                                                : printed_operator(term, parts));
    }
    return parts.front().text;
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Returns the text of the policies, with all arguments of the clauses that there are: reading it
/// gives equal policies. Throws `std::bad_alloc`.
[[nodiscard]] inline std::string to_string(const Policies& policies) {
    std::string text;
    for (std::size_t clause = 0; clause != detail::clause_names.size(); ++clause) {
        const std::optional<detail::Terms>& terms = policies.clauses()[clause];
        if (terms) {
            text += text.empty() ? "" : "; ";
            text += detail::clause_names[clause];
            text += " = ";
            text += detail::printed_terms(*terms);
        }
    }
    return text;
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
