// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/text/policy_arguments.hpp>
#include <fluxgate/detail/text/policy_checks.hpp>
#include <fluxgate/detail/text/policy_terms.hpp>
#include <fluxgate/detail/text/text_cursor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The parser of policies, which ends at the first thing that is wrong. It throws nothing of its
// own, so that it serves programs without exceptions, and does not recurse, whatever the text.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What each clause says, if the text has it.
using Clauses = std::array<std::optional<Terms>, clause_names.size()>;

/// Reads one text.
class PolicyParser {
public:
    /// The text must outlive the parser.
    explicit PolicyParser(std::string_view text) noexcept : text_{text} {}
    PolicyParser(const PolicyParser&) = delete;
    PolicyParser& operator=(const PolicyParser&) = delete;

    /// Returns what the text says; nothing where it is wrong.
    [[nodiscard]] std::optional<Clauses> parse() {
        Clauses clauses;
        do {
            text_.skip_blanks();
            if (!text_.is_at_end() && text_.next() != ';' && !parse_clause(clauses)) {
                return std::nullopt;
            }
        } while (text_.take(';'));
        if (!text_.is_at_end()) {
            static_cast<void>(text_.fail(text_.at(), "expected ';' or the end"));
            return std::nullopt;
        }
        return clauses;
    }

    /// Returns where the text is wrong: a byte, counted from zero.
    [[nodiscard]] std::size_t wrong_at() const noexcept { return text_.wrong_at(); }
    /// Returns what was expected there.
    [[nodiscard]] const std::string& expectation() const noexcept { return text_.expectation(); }

private:
    static constexpr std::size_t most_parentheses = 24;
    static constexpr std::size_t most_trippers = 64;

    // ---- Clauses ------------------------------------------------------------------------------

    bool parse_clause(Clauses& clauses) {
        const std::size_t begin = text_.at();
        const std::string_view name = text_.take_word();
        const auto* const found = std::ranges::find(clause_names, name);
        if (found == clause_names.end()) {
            return text_.fail(
                begin, "expected a clause: preset, window, trip, wait, permit, overdue or state");
        }
        std::optional<Terms>& clause =
            clauses[static_cast<std::size_t>(found - clause_names.begin())];
        if (clause) {
            return text_.fail(
                begin, "expected another clause: there is " + std::string{name} + " already");
        }
        clause.emplace();
        return text_.expect('=', "after " + std::string{name}) &&
               parse_value(static_cast<ClauseId>(found - clause_names.begin()), *clause);
    }

    bool parse_value(ClauseId clause, Terms& terms) {
        switch (clause) {
            case ClauseId::window: return parse_window(terms);
            case ClauseId::trip: return parse_expression(terms);
            case ClauseId::overdue: return parse_overdue(terms.emplace_back());
            default: return parse_policy(clause, terms);
        }
    }

    bool parse_overdue(Term& term) {
        text_.skip_blanks();
        const std::size_t begin = text_.at();
        if (text_.take_word() == "none") {
            term.word = PolicyWord::no_overdue;
            return true;
        }
        text_.go_back(begin);
        term.word = PolicyWord::overdue;
        constexpr Parameter parameter{ArgumentKind::duration, "Overdue's threshold"};
        const char next = text_.next();
        if (!TextCursor::is_digit(next) && next != '-' && next != '.') {
            return text_.fail(begin, "expected a duration, such as 500ms, or none");
        }
        return arguments_.read(parameter, term.arguments.emplace_back());
    }

    bool parse_window(Terms& terms) {
        if (!take_keep_durations()) {
            return parse_policy(ClauseId::window, terms);
        }
        if (!text_.expect('(', "after keep_durations")) {
            return false;
        }
        text_.skip_blanks();
        const std::size_t begin = text_.at();
        if (take_keep_durations()) {
            return text_.fail(begin, "expected count_window or time_window");
        }
        if (!parse_policy(ClauseId::window, terms) || !text_.expect(')', "after the window")) {
            return false;
        }
        terms.push_back({.word = PolicyWord::keep_durations, .operand_count = 1});
        return true;
    }

    bool take_keep_durations() {
        text_.skip_blanks();
        const std::size_t begin = text_.at();
        const bool is_next = text_.take_word() == row_of(PolicyWord::keep_durations).name;
        if (!is_next) {
            text_.go_back(begin);
        }
        return is_next;
    }

    // ---- Expressions --------------------------------------------------------------------------

    /// An expression that is not at its end: within parentheses, or the whole.
    struct Open {
        /// Operands between `|` so far.
        std::size_t any_of = 0;
        /// Operands between `&` since the last `|`.
        std::size_t all_of = 0;
    };

    bool parse_expression(Terms& terms) {
        std::vector<Open> open(1);
        for (;;) {
            if (!open_parentheses(open) || !parse_tripper(terms)) {
                return false;
            }
            count_operand(terms, PolicyWord::all_of, open.back().all_of);
            while (!text_.take('&')) {
                join(terms, PolicyWord::all_of, open.back().all_of);
                count_operand(terms, PolicyWord::any_of, open.back().any_of);
                if (text_.take('|')) {
                    break;
                }
                join(terms, PolicyWord::any_of, open.back().any_of);
                if (open.size() == 1) {
                    return true;
                }
                if (!text_.expect(')', "after the expression")) {
                    return false;
                }
                open.pop_back();
                count_operand(terms, PolicyWord::all_of, open.back().all_of);
            }
        }
    }

    bool open_parentheses(std::vector<Open>& open) {
        while (text_.take('(')) {
            if (open.size() > most_parentheses) {
                return text_.fail(text_.at() - 1, "expected at most 24 parentheses in each other");
            }
            open.emplace_back();
        }
        return true;
    }

    bool parse_tripper(Terms& terms) {
        if (++trippers_ > most_trippers) {
            return text_.fail(text_.at(), "expected at most 64 trippers");
        }
        return parse_policy(ClauseId::trip, terms);
    }

    /// Counts the latest operand of an operator. One that is such an expression itself is replaced
    /// by its operands.
    static void count_operand(Terms& terms, PolicyWord joined, std::size_t& count) {
        if (terms.back().word != joined) {
            ++count;
            return;
        }
        count += terms.back().operand_count;
        terms.pop_back();
    }

    /// Joins so many operands, of which there are none from now on; one alone is itself.
    static void join(Terms& terms, PolicyWord joined, std::size_t& count) {
        if (count > 1) {
            terms.push_back({.word = joined, .operand_count = count});
        }
        count = 0;
    }

    // ---- Policies -----------------------------------------------------------------------------

    /// Parses any policy but `keep_durations`.
    bool parse_policy(ClauseId clause, Terms& terms) {
        text_.skip_blanks();
        const std::size_t begin = text_.at();
        const std::string_view name = text_.take_word();
        const auto* const row = std::ranges::find_if(word_table, [&](const WordRow& one) {
            return one.clause == clause && one.name == name;
        });
        if (row == word_table.end()) {
            return text_.fail(begin, "expected " + names_of(clause));
        }
        Term& term = terms.emplace_back();
        term.word = row->word;
        ArgumentPlaces places;
        places.fill(begin);
        return parse_arguments(*row, term, places) && checks_.accepts(term, places);
    }

    /// Returns the words that may stand in a clause.
    [[nodiscard]] static std::string names_of(ClauseId clause) {
        std::vector<std::string_view> names;
        for (const WordRow& row : word_table) {
            if (row.clause == clause) {
                names.push_back(row.name);
            }
        }
        std::string text;
        for (std::size_t i = 0; i != names.size(); ++i) {
            if (i != 0) {
                text += i + 1 == names.size() ? " or " : ", ";
            }
            text += names[i];
        }
        return text;
    }

    bool parse_arguments(const WordRow& row, Term& term, ArgumentPlaces& places) {
        const std::string name{row.name};
        std::size_t given = 0;
        if (text_.take('(')) {
            if (!text_.take(')')) {
                do {
                    text_.skip_blanks();
                    if (given == row.parameter_count) {
                        return text_.fail(text_.at(), "expected ')': " + name + " has " +
                                                          std::to_string(given) +
                                                          " arguments at most");
                    }
                    places[given] = text_.at();
                    if (!arguments_.read(row.parameters[given], term.arguments.emplace_back())) {
                        return false;
                    }
                    ++given;
                } while (text_.take(','));
                if (needs(row, given)) {
                    return text_.expect(',', "and " + described(row.parameters[given]));
                }
                if (!text_.expect(')', given < row.parameter_count
                                           ? "or ',' after an argument of " + name
                                           : "after the arguments of " + name)) {
                    return false;
                }
            } else if (needs(row, given)) {
                return text_.fail(text_.at() - 1, "expected " + described(row.parameters[0]));
            }
        } else if (needs(row, given)) {
            return text_.expect('(', "after " + name);
        }
        for (; given != row.parameter_count; ++given) {
            const Parameter& parameter = row.parameters[given];
            term.arguments.push_back(parameter.fallback == Fallback::value
                                         ? parameter.value
                                         : ArgumentValue{term.arguments.front()});
        }
        return true;
    }

    /// Returns whether the word needs one more argument than are given.
    [[nodiscard]] static bool needs(const WordRow& row, std::size_t given) noexcept {
        return given < row.parameter_count && row.parameters[given].fallback == Fallback::none;
    }

    TextCursor text_;
    ArgumentReader arguments_{text_};
    PolicyChecks checks_{text_};
    std::size_t trippers_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
