// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/text/policy_arguments.hpp>
#include <fluxgate/detail/text/policy_terms.hpp>
#include <fluxgate/detail/text/text_cursor.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Arguments that must fit each other, in one policy or in all of a text.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Where the arguments of a word begin, one by one; where the word begins for those that are left
/// out.
using ArgumentPlaces = std::array<std::size_t, 4>;

/// Checks the policies of one text.
class PolicyChecks {
public:
    /// The cursor, which is told what is wrong, must outlive this.
    explicit PolicyChecks(TextCursor& text) noexcept : text_{text} {}

    /// Returns true where the arguments of a policy fit each other, and those of policies before it.
    bool accepts(const Term& term, const ArgumentPlaces& places) {
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

private:
    static constexpr std::size_t most_thresholds = 8;

    bool check_time_window(const Term& term, const ArgumentPlaces& places) {
        const auto span = std::get<std::chrono::nanoseconds>(term.arguments[0]);
        const auto bucket = std::get<std::chrono::nanoseconds>(term.arguments[1]);
        if (span % bucket == std::chrono::nanoseconds::zero() && span / bucket <= largest_window) {
            return true;
        }
        return fail_range(
            text_, row_of(term.word).parameters[0], places[0],
            "a whole multiple, from 1 to 1048576, of its bucket of " + written(bucket),
            written(span));
    }

    /// Checks that the one is at most the other, which the sentence names.
    template <class T>
    bool check_order(const Term& term, const ArgumentPlaces& places, std::size_t least,
                     std::size_t most) {
        const T one = std::get<T>(term.arguments[least]);
        const T other = std::get<T>(term.arguments[most]);
        if (one <= other) {
            return true;
        }
        const WordRow& row = row_of(term.word);
        const std::string_view name = row.parameters[least].name;
        return fail_range(
            text_, row.parameters[most], places[most],
            "at least its " + std::string{name.substr(name.find(' ') + 1)} + " of " + written(one),
            written(other));
    }

    bool check_trials(const Term& term, const ArgumentPlaces& places) {
        const auto calls = std::get<std::uint32_t>(term.arguments[0]);
        const auto needed = std::get<std::uint32_t>(term.arguments[1]);
        return needed <= calls ||
               fail_range(text_, row_of(term.word).parameters[1], places[1],
                          "at most its calls of " + std::to_string(calls), std::to_string(needed));
    }

    bool check_thresholds(const Term& term, const ArgumentPlaces& places) {
        const auto threshold = std::get<std::chrono::nanoseconds>(term.arguments[1]);
        if (std::ranges::find(thresholds_, threshold) == thresholds_.end()) {
            thresholds_.push_back(threshold);
        }
        return thresholds_.size() <= most_thresholds ||
               text_.fail(places[1], "expected at most 8 different thresholds");
    }

    bool check_forgives(const Term& term, const ArgumentPlaces& places) {
        const auto forgives = std::get<double>(term.arguments[2]);
        if (!forgives_) {
            forgives_ = forgives;
        }
        return *forgives_ == forgives ||
               fail_range(
                   text_, row_of(term.word).parameters[2], places[2],
                   "the same in one expression, where it is " + written(*forgives_) + " already",
                   written(forgives));
    }

    TextCursor& text_;
    std::vector<std::chrono::nanoseconds> thresholds_;
    /// Of the first `failure_score`.
    std::optional<double> forgives_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
