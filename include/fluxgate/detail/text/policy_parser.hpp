// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/text/policy_terms.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <locale>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
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

    /// Returns what the text says; nothing where it is wrong.
    [[nodiscard]] std::optional<Clauses> parse() {
        Clauses clauses;
        do {
            skip_blanks();
            if (!is_at_end() && text_[at_] != ';' && !parse_clause(clauses)) {
                return std::nullopt;
            }
        } while (take(';'));
        if (!is_at_end()) {
            static_cast<void>(fail(at_, "expected ';' or the end"));
            return std::nullopt;
        }
        return clauses;
    }

    /// Returns where the text is wrong: a byte, counted from zero.
    [[nodiscard]] std::size_t wrong_at() const noexcept { return wrong_at_; }
    /// Returns what was expected there.
    [[nodiscard]] const std::string& expectation() const noexcept { return expectation_; }

private:
    static constexpr std::size_t most_parentheses = 24;
    static constexpr std::size_t most_trippers = 64;
    static constexpr std::size_t most_thresholds = 8;

    /// Where the arguments of a word begin, one by one; where the word begins for those that are
    /// left out.
    using Places = std::array<std::size_t, 4>;

    // ---- Characters ---------------------------------------------------------------------------

    [[nodiscard]] bool is_at_end() const noexcept { return at_ == text_.size(); }

    void skip_blanks() noexcept {
        constexpr std::string_view blanks = " \t\r\n";
        while (!is_at_end() && blanks.find(text_[at_]) != std::string_view::npos) {
            ++at_;
        }
    }

    /// Takes the character, behind blanks, if it comes next.
    bool take(char character) noexcept {
        skip_blanks();
        const bool is_next = !is_at_end() && text_[at_] == character;
        at_ += is_next ? 1U : 0U;
        return is_next;
    }

    bool expect(char character, const std::string& where) {
        return take(character) || fail(at_, std::string{"expected '"} + character + "' " + where);
    }

    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
    static bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || c == '_'; }

    /// Takes all that come next and are such characters.
    template <class Is>
    std::string_view take_while(Is is) {
        const std::size_t begin = at_;
        while (!is_at_end() && is(text_[at_])) {
            ++at_;
        }
        return text_.substr(begin, at_ - begin);
    }

    /// Takes a word, behind blanks; empty where none comes next.
    std::string_view take_word() {
        skip_blanks();
        return take_while([](char c) { return is_letter(c) || is_digit(c); });
    }

    bool fail(std::size_t at, std::string expectation) {
        wrong_at_ = at;
        expectation_ = std::move(expectation);
        return false;
    }

    // ---- Clauses ------------------------------------------------------------------------------

    bool parse_clause(Clauses& clauses) {
        const std::size_t begin = at_;
        const std::string_view name = take_word();
        const auto* const found = std::ranges::find(clause_names, name);
        if (found == clause_names.end()) {
            return fail(begin,
                        "expected a clause: preset, window, trip, wait, permit, overdue or state");
        }
        std::optional<Terms>& clause =
            clauses[static_cast<std::size_t>(found - clause_names.begin())];
        if (clause) {
            return fail(begin,
                        "expected another clause: there is " + std::string{name} + " already");
        }
        clause.emplace();
        return expect('=', "after " + std::string{name}) &&
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
        skip_blanks();
        const std::size_t begin = at_;
        if (take_word() == "none") {
            term.word = PolicyWord::no_overdue;
            return true;
        }
        at_ = begin;
        term.word = PolicyWord::overdue;
        constexpr Parameter parameter{ArgumentKind::duration, "Overdue's threshold"};
        if (is_at_end() || (!is_digit(text_[at_]) && text_[at_] != '-' && text_[at_] != '.')) {
            return fail(begin, "expected a duration, such as 500ms, or none");
        }
        return parse_argument(parameter, term.arguments.emplace_back());
    }

    bool parse_window(Terms& terms) {
        if (!take_keep_durations()) {
            return parse_policy(ClauseId::window, terms);
        }
        if (!expect('(', "after keep_durations")) {
            return false;
        }
        skip_blanks();
        const std::size_t begin = at_;
        if (take_keep_durations()) {
            return fail(begin, "expected count_window or time_window");
        }
        if (!parse_policy(ClauseId::window, terms) || !expect(')', "after the window")) {
            return false;
        }
        terms.push_back({.word = PolicyWord::keep_durations, .operand_count = 1});
        return true;
    }

    bool take_keep_durations() {
        skip_blanks();
        const std::size_t begin = at_;
        const bool is_next = take_word() == row_of(PolicyWord::keep_durations).name;
        at_ = is_next ? at_ : begin;
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
            while (!take('&')) {
                join(terms, PolicyWord::all_of, open.back().all_of);
                count_operand(terms, PolicyWord::any_of, open.back().any_of);
                if (take('|')) {
                    break;
                }
                join(terms, PolicyWord::any_of, open.back().any_of);
                if (open.size() == 1) {
                    return true;
                }
                if (!expect(')', "after the expression")) {
                    return false;
                }
                open.pop_back();
                count_operand(terms, PolicyWord::all_of, open.back().all_of);
            }
        }
    }

    bool open_parentheses(std::vector<Open>& open) {
        while (take('(')) {
            if (open.size() > most_parentheses) {
                return fail(at_ - 1, "expected at most 24 parentheses in each other");
            }
            open.emplace_back();
        }
        return true;
    }

    bool parse_tripper(Terms& terms) {
        if (++trippers_ > most_trippers) {
            return fail(at_, "expected at most 64 trippers");
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
        skip_blanks();
        const std::size_t begin = at_;
        const std::string_view name = take_word();
        const auto* const row = std::ranges::find_if(word_table, [&](const WordRow& one) {
            return one.clause == clause && one.name == name;
        });
        if (row == word_table.end()) {
            return fail(begin, "expected " + names_of(clause));
        }
        Term& term = terms.emplace_back();
        term.word = row->word;
        Places places;
        places.fill(begin);
        return parse_arguments(*row, term, places) && check_together(term, places);
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

    bool parse_arguments(const WordRow& row, Term& term, Places& places) {
        const std::string name{row.name};
        std::size_t given = 0;
        if (take('(')) {
            if (!take(')')) {
                do {
                    skip_blanks();
                    if (given == row.parameter_count) {
                        return fail(at_, "expected ')': " + name + " has " + std::to_string(given) +
                                             " arguments at most");
                    }
                    places[given] = at_;
                    if (!parse_argument(row.parameters[given], term.arguments.emplace_back())) {
                        return false;
                    }
                    ++given;
                } while (take(','));
                if (needs(row, given)) {
                    return expect(',', "and " + described(row.parameters[given]));
                }
                if (!expect(')', given < row.parameter_count ? "or ',' after an argument of " + name
                                                             : "after the arguments of " + name)) {
                    return false;
                }
            } else if (needs(row, given)) {
                return fail(at_ - 1, "expected " + described(row.parameters[0]));
            }
        } else if (needs(row, given)) {
            return expect('(', "after " + name);
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

    [[nodiscard]] static std::string described(const Parameter& parameter) {
        const bool is_duration = parameter.kind == ArgumentKind::duration;
        return std::string{parameter.name} + (is_duration ? ", a duration such as 500ms" : "");
    }

    // ---- Arguments ----------------------------------------------------------------------------

    /// A number as it is written.
    struct Digits {
        std::string_view text;
        bool is_negative = false;
        bool has_fraction = false;
        bool has_exponent = false;
        /// Before and behind the point.
        std::string_view whole;
        std::string_view fraction;
    };

    bool parse_argument(const Parameter& parameter, ArgumentValue& value) {
        const std::size_t begin = at_;
        const std::optional<Digits> digits = take_digits(parameter.kind != ArgumentKind::duration);
        if (!digits) {
            return fail(begin, "expected " + described(parameter));
        }
        switch (parameter.kind) {
            case ArgumentKind::duration: return read_duration(parameter, begin, *digits, value);
            case ArgumentKind::count:
            case ArgumentKind::window_size: return read_count(parameter, begin, *digits, value);
            default: return read_number(parameter, begin, *digits, value);
        }
    }

    /// Takes a number; nothing where none comes next.
    std::optional<Digits> take_digits(bool may_have_exponent) {
        const std::size_t begin = at_;
        Digits digits;
        digits.is_negative = take_here('-');
        digits.whole = take_while(is_digit);
        digits.has_fraction = take_here('.');
        if (digits.has_fraction) {
            digits.fraction = take_while(is_digit);
        }
        if (digits.whole.empty() && digits.fraction.empty()) {
            at_ = begin;
            return std::nullopt;
        }
        if (may_have_exponent && take_here('e')) {
            digits.has_exponent = true;
            if (!take_here('-')) {
                take_here('+');
            }
            if (take_while(is_digit).empty()) {
                at_ = begin;
                return std::nullopt;
            }
        }
        digits.text = text_.substr(begin, at_ - begin);
        return digits;
    }

    bool take_here(char character) noexcept {
        const bool is_next = !is_at_end() && text_[at_] == character;
        at_ += is_next ? 1U : 0U;
        return is_next;
    }

    bool fail_range(const Parameter& parameter, std::size_t begin, const std::string& range,
                    std::string_view given) {
        return fail(begin, std::string{parameter.name} + " must be " + range + ", but is " +
                               std::string{given});
    }

    bool read_count(const Parameter& parameter, std::size_t begin, const Digits& digits,
                    ArgumentValue& value) {
        const bool is_window = parameter.kind == ArgumentKind::window_size;
        const std::uint32_t most = is_window ? largest_window : 0xffffffffU;
        const std::string range = "a whole number in [1, " + std::to_string(most) + ']';
        if (digits.has_fraction || digits.has_exponent || digits.is_negative) {
            return fail_range(parameter, begin, range, digits.text);
        }
        std::uint64_t count = 0;
        for (const char digit : digits.whole) {
            count = (std::min)(10 * count + static_cast<std::uint64_t>(digit - '0'),
                               std::uint64_t{most} + 1);
        }
        if (count == 0 || count > most) {
            return fail_range(parameter, begin, range, digits.text);
        }
        value = static_cast<std::uint32_t>(count);
        return true;
    }

    /// Says whether a number is in the range of its parameter, and names the range.
    struct InRange {
        bool is_in;
        const char* range;
    };
    [[nodiscard]] static InRange range_of(ArgumentKind kind, double number) noexcept {
        switch (kind) {
            case ArgumentKind::ratio: return {number > 0.0 && number <= 1.0, "in (0, 1]"};
            case ArgumentKind::jitter: return {number >= 0.0 && number <= 1.0, "in [0, 1]"};
            case ArgumentKind::multiplier: return {number > 1.0, "above 1 and finite"};
            case ArgumentKind::positive: return {number > 0.0, "above 0 and finite"};
            default: return {number >= 0.0, "at least 0 and finite"};
        }
    }

    bool read_number(const Parameter& parameter, std::size_t begin, const Digits& digits,
                     ArgumentValue& value) {
        // std::from_chars is not everywhere yet.
        std::istringstream in{std::string{digits.text}};
        in.imbue(std::locale::classic());
        in.exceptions(std::ios::badbit);  // it says so where it has no memory
        double number = 0.0;
        const bool is_read = static_cast<bool>(in >> number);
        constexpr double largest = (std::numeric_limits<double>::max)();
        const auto [is_in_range, range] = range_of(parameter.kind, number);
        if (!is_read || number > largest || !is_in_range) {
            return fail_range(parameter, begin, range, digits.text);
        }
        value = number + 0.0;  // -0.0 would be printed as another number
        return true;
    }

    /// A unit of time.
    struct Unit {
        std::string_view name;
        std::int64_t nanoseconds;
    };
    static constexpr std::array units{
        Unit{"ns", 1},
        Unit{"us", 1'000},
        Unit{"ms", 1'000'000},
        Unit{"s", 1'000'000'000},
        Unit{"min", 60'000'000'000},
        Unit{"h", 3'600'000'000'000},
    };

    bool read_duration(const Parameter& parameter, std::size_t begin, const Digits& digits,
                       ArgumentValue& value) {
        const std::string_view name = take_while(is_letter);
        const auto* const unit = std::ranges::find(units, name, &Unit::name);
        if (unit == units.end()) {
            return fail(begin, "expected a duration with its unit: ns, us, ms, s, min or h");
        }
        const std::string_view given = text_.substr(begin, at_ - begin);
        const std::string range = "above 0 s and at most 292 years";
        constexpr std::int64_t largest = (std::numeric_limits<std::int64_t>::max)();
        std::int64_t whole = 0;
        for (const char digit : digits.whole) {
            const std::int64_t next = digit - '0';
            if (whole > (largest - next) / 10) {
                return fail_range(parameter, begin, range, given);
            }
            whole = 10 * whole + next;
        }
        const std::optional<std::int64_t> part = part_of(unit->nanoseconds, digits.fraction);
        if (!part) {
            return fail_range(parameter, begin, "a whole number of nanoseconds", given);
        }
        if (digits.is_negative || whole > (largest - *part) / unit->nanoseconds) {
            return fail_range(parameter, begin, range, given);
        }
        const std::int64_t count = whole * unit->nanoseconds + *part;
        if (count == 0) {
            return fail_range(parameter, begin, range, given);
        }
        value = std::chrono::nanoseconds{count};
        return true;
    }

    /// Returns the decimal fraction of the unit, in nanoseconds; nothing where it is not whole.
    [[nodiscard]] static std::optional<std::int64_t> part_of(std::int64_t unit,
                                                             std::string_view fraction) {
        fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
        // An hour is 36 * 10^11 nanoseconds: more digits are never whole.
        constexpr std::size_t most_digits = 13;
        if (fraction.size() > most_digits) {
            return std::nullopt;
        }
        std::int64_t numerator = 0;
        std::int64_t denominator = 1;
        for (const char digit : fraction) {
            numerator = 10 * numerator + (digit - '0');
            denominator *= 10;
        }
        const std::int64_t common = std::gcd(unit, denominator);
        denominator /= common;
        if (numerator % denominator != 0) {
            return std::nullopt;
        }
        return unit / common * (numerator / denominator);
    }

    // ---- Arguments that must fit each other ---------------------------------------------------

    bool check_together(const Term& term, const Places& places) {
        switch (term.word) {
            case PolicyWord::time_window: return check_time_window(term, places);
            case PolicyWord::backoff:
                return check_order<std::chrono::nanoseconds>(term, places, 0, 2);
            case PolicyWord::linear:
            case PolicyWord::square_root_wait:
                return check_order<std::chrono::nanoseconds>(term, places, 0, 1);
            case PolicyWord::ramp_up: return check_order<double>(term, places, 0, 1);
            case PolicyWord::trials: return check_trials(term, places);
            case PolicyWord::slow_rate: return check_thresholds(term, places);
            case PolicyWord::failure_score: return check_forgives(term, places);
            default: return true;
        }
    }

    bool check_time_window(const Term& term, const Places& places) {
        const auto span = std::get<std::chrono::nanoseconds>(term.arguments[0]);
        const auto bucket = std::get<std::chrono::nanoseconds>(term.arguments[1]);
        if (span % bucket == std::chrono::nanoseconds::zero() && span / bucket <= largest_window) {
            return true;
        }
        return fail_range(
            row_of(term.word).parameters[0], places[0],
            "a whole multiple, from 1 to 1048576, of its bucket of " + written(bucket),
            written(span));
    }

    /// Checks that the one is at most the other, which the sentence names.
    template <class T>
    bool check_order(const Term& term, const Places& places, std::size_t least, std::size_t most) {
        const T one = std::get<T>(term.arguments[least]);
        const T other = std::get<T>(term.arguments[most]);
        if (one <= other) {
            return true;
        }
        const WordRow& row = row_of(term.word);
        const std::string_view name = row.parameters[least].name;
        return fail_range(
            row.parameters[most], places[most],
            "at least its " + std::string{name.substr(name.find(' ') + 1)} + " of " + written(one),
            written(other));
    }

    bool check_trials(const Term& term, const Places& places) {
        const auto calls = std::get<std::uint32_t>(term.arguments[0]);
        const auto needed = std::get<std::uint32_t>(term.arguments[1]);
        return needed <= calls ||
               fail_range(row_of(term.word).parameters[1], places[1],
                          "at most its calls of " + std::to_string(calls), std::to_string(needed));
    }

    bool check_thresholds(const Term& term, const Places& places) {
        const auto threshold = std::get<std::chrono::nanoseconds>(term.arguments[1]);
        if (std::ranges::find(thresholds_, threshold) == thresholds_.end()) {
            thresholds_.push_back(threshold);
        }
        return thresholds_.size() <= most_thresholds ||
               fail(places[1], "expected at most 8 different thresholds");
    }

    bool check_forgives(const Term& term, const Places& places) {
        const auto forgives = std::get<double>(term.arguments[2]);
        if (!forgives_) {
            forgives_ = forgives;
        }
        return *forgives_ == forgives || fail_range(row_of(term.word).parameters[2], places[2],
                                                    "the same in one expression, where it is " +
                                                        written(*forgives_) + " already",
                                                    written(forgives));
    }

    const std::string_view text_;
    std::size_t at_ = 0;
    std::size_t trippers_ = 0;
    std::vector<std::chrono::nanoseconds> thresholds_;
    /// Of the first `failure_score`.
    std::optional<double> forgives_;
    std::size_t wrong_at_ = 0;
    std::string expectation_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
