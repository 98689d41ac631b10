// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/any/any_recorder.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/next_question.hpp>
#include <fluxgate/metrics.hpp>
#include <fluxgate/trippers.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// An expression of the shipped trippers that is known at run time alone, in postfix order: each
/// operator behind its operands. Of at most 64 trippers, of which those with a score agree what a
/// success takes from it.
class AnyTripper : public tripper_base {
public:
    // What it may look at; the recorder and `has_score` say what it does.
    static constexpr bool uses_durations = true;
    static constexpr bool deferrable = true;
    static constexpr bool uses_score = true;

    /// `&` or `|` of so many operands.
    struct Operator {
        bool needs_all;
        std::size_t operand_count;
    };

    static constexpr std::size_t most_trippers = 64;

    /// Says no, until trippers are added.
    AnyTripper() = default;

    /// Is the same as that expression. Throws `std::bad_alloc`.
    template <class Tripper>
    explicit AnyTripper(const Tripper& tripper) {
        add(tripper);
    }

    /// Adds a tripper, or an operator on those before it. Throws `std::bad_alloc`.
    template <class Part>
    void add(const Part& part) {
        if constexpr (is_expression<trippers::AllOf, Part> ||
                      is_expression<trippers::AnyOf, Part>) {
            std::apply([this](const auto&... operand) { (this->add(operand), ...); },
                       part.operands());
            constexpr bool needs_all = is_expression<trippers::AllOf, Part>;
            add(Operator{needs_all,
                         std::tuple_size_v<std::remove_cvref_t<decltype(part.operands())>>});
        } else {
            parts_.push_back(part);
            note(part);
        }
    }

    /// Returns what the window is to keep for it.
    [[nodiscard]] const AnyNeeds& needs() const noexcept { return needs_; }
    [[nodiscard]] bool has_score() const noexcept { return has_score_; }

    [[nodiscard]] double forgives() const noexcept { return forgives_; }

    /// Returns how many quick successes it need not hear of; see `detail::successes_until_question`.
    [[nodiscard]] std::uint64_t successes_until_question(std::uint64_t total) const noexcept {
        std::uint64_t least = all_successes;
        for (const Part& part : parts_) {
            if (const auto* const its = std::get_if<MinRequests>(&part)) {
                least = (std::min)(least, detail::successes_until_question(*its, total));
            }
        }
        return least;
    }

    [[nodiscard]] bool operator()(const CallContext& context) const noexcept {
        std::array<bool, most_trippers> answers{};
        std::size_t size = 0;
        for (const Part& part : parts_) {
            if (const auto* const its = std::get_if<Operator>(&part)) {
                size -= its->operand_count;
                const auto* const operands = answers.data() + size;
                const auto yes = static_cast<std::size_t>(
                    std::count(operands, operands + its->operand_count, true));
                answers[size] = its->needs_all ? yes == its->operand_count : yes != 0;
            } else {
                answers[size] = asked(part, context);
            }
            ++size;
        }
        return answers.front();
    }

private:
    using Part = std::variant<MinRequests, FailureRate, FailureCount, SlowRate, AvgLatency,
                              FailureStreak, FailureScore, Closed, HalfOpened, Operator>;

    [[nodiscard]] static bool asked(const Part& part, const CallContext& context) noexcept {
        return std::visit(
            [&]<class One>(const One& one) {
                if constexpr (std::same_as<One, Operator>) {
                    return false;
                } else {
                    return one(context);
                }
            },
            part);
    }

    void note(const Operator&) noexcept {}
    template <class Tripper>
    void note(const Tripper& tripper) {
        needs_.durations = needs_.durations || Tripper::uses_durations;
        if constexpr (Tripper::uses_score) {
            has_score_ = true;
            forgives_ = tripper.forgives();
        }
        for (const std::chrono::nanoseconds threshold : tripper.slow_thresholds()) {
            if (std::ranges::find(needs_.thresholds, threshold) == needs_.thresholds.end()) {
                needs_.thresholds.push_back(threshold);
            }
        }
    }

    std::vector<Part> parts_;
    AnyNeeds needs_;
    double forgives_ = 0.0;
    bool has_score_ = false;
};

}  // namespace fluxgate::inline v0_1::detail
