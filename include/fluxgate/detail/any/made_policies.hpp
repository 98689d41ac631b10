// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/any/any_permit.hpp>
#include <fluxgate/detail/any/any_recorder.hpp>
#include <fluxgate/detail/any/any_retry.hpp>
#include <fluxgate/detail/any/any_tripper.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/families.hpp>
#include <fluxgate/detail/text/policy_parser.hpp>
#include <fluxgate/detail/text/policy_terms.hpp>
#include <fluxgate/overdue.hpp>
#include <fluxgate/permits.hpp>
#include <fluxgate/presets.hpp>
#include <fluxgate/retries.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/trippers.hpp>
#include <fluxgate/windows.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <variant>

// From the clauses of a text to policies.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// All policies that a text can say.
struct MadePolicies {
    AnyWindow window;
    AnyTripper tripper;
    AnyRetry retry;
    AnyPermit permit;
    /// The threshold of overdue calls; empty where no call is overdue.
    std::optional<std::chrono::nanoseconds> overdue;
    /// The state in which the breaker begins.
    State state;
};

/// Makes policies of clauses; what they leave out is the preset's, or else the default.
class PolicyMaker {
public:
    /// The clauses must outlive it.
    explicit PolicyMaker(const Clauses& clauses) : clauses_{clauses} {
        if (const Terms* const preset = said(ClauseId::preset)) {
            preset_.emplace(presets::request_response(duration(preset->front(), 0)));
        }
    }

    /// Throws `std::bad_alloc`.
    [[nodiscard]] MadePolicies make() const {
        return {window(), tripper(), retry(), permit(), overdue(), state()};
    }

    /// Returns the state in which the breaker begins.
    [[nodiscard]] State state() const {
        const Terms* const terms = said(ClauseId::state);
        if (terms == nullptr) {
            return State::closed;
        }
        switch (terms->front().word) {
            case PolicyWord::begins_disabled: return State::disabled;
            case PolicyWord::begins_metrics_only: return State::metrics_only;
            case PolicyWord::begins_forced_open: return State::forced_open;
            default: return State::closed;
        }
    }

private:
    using Preset = decltype(presets::request_response());

    /// Returns what the clause says; null where the text does not have it.
    [[nodiscard]] const Terms* said(ClauseId clause) const noexcept {
        const std::optional<Terms>& terms = clauses_[static_cast<std::size_t>(clause)];
        return terms ? &*terms : nullptr;
    }

    /// Returns the preset's policy of the family, or its default.
    template <class Family, class Any>
    [[nodiscard]] Any left_out() const {
        return preset_
                   ? std::apply([](const auto&... part) { return of_preset<Family, Any>(part...); },
                                preset_->parts())
                   : Any{Family::make_default()};
    }
    template <class Family, class Any, class First, class... Rest>
    [[nodiscard]] static Any of_preset(const First& first, const Rest&... rest) {
        if constexpr (of_family<Family, First>) {
            return Any{first};
        } else {
            return of_preset<Family, Any>(rest...);
        }
    }

    [[nodiscard]] static std::uint32_t count(const Term& term, std::size_t place) {
        return std::get<std::uint32_t>(term.arguments[place]);
    }
    [[nodiscard]] static double number(const Term& term, std::size_t place) {
        return std::get<double>(term.arguments[place]);
    }
    [[nodiscard]] static std::chrono::nanoseconds duration(const Term& term, std::size_t place) {
        return std::get<std::chrono::nanoseconds>(term.arguments[place]);
    }

    [[nodiscard]] AnyWindow window() const {
        const Terms* const terms = said(ClauseId::window);
        if (terms == nullptr) {
            return left_out<WindowFamily, AnyWindow>();
        }
        const Term& term = terms->front();
        AnyWindow window{};
        if (term.word == PolicyWord::time_window) {
            window.window = TimeWindow{duration(term, 0), duration(term, 1)};
        } else {
            window.window = CountWindow{count(term, 0)};
        }
        window.keeps_durations = terms->back().word == PolicyWord::keep_durations;
        return window;
    }

    [[nodiscard]] AnyTripper tripper() const {
        const Terms* const terms = said(ClauseId::trip);
        if (terms == nullptr) {
            return left_out<TripperFamily, AnyTripper>();
        }
        AnyTripper tripper;
        for (const Term& term : *terms) {
            add(tripper, term);
        }
        return tripper;
    }

    static void add(AnyTripper& tripper, const Term& term) {
        switch (term.word) {
            case PolicyWord::min_requests: tripper.add(MinRequests{count(term, 0)}); break;
            case PolicyWord::failure_rate: tripper.add(FailureRate{number(term, 0)}); break;
            case PolicyWord::failure_count: tripper.add(FailureCount{count(term, 0)}); break;
            case PolicyWord::slow_rate:
                tripper.add(SlowRate{number(term, 0), duration(term, 1)});
                break;
            case PolicyWord::avg_latency: tripper.add(AvgLatency{duration(term, 0)}); break;
            case PolicyWord::failure_streak: tripper.add(FailureStreak{count(term, 0)}); break;
            case PolicyWord::failure_score:
                tripper.add(FailureScore{number(term, 0), number(term, 1), number(term, 2)});
                break;
            case PolicyWord::closed: tripper.add(Closed{}); break;
            case PolicyWord::half_opened: tripper.add(HalfOpened{}); break;
            default:
                tripper.add(
                    AnyTripper::Operator{term.word == PolicyWord::all_of, term.operand_count});
        }
    }

    [[nodiscard]] AnyRetry retry() const {
        const Terms* const terms = said(ClauseId::wait);
        if (terms == nullptr) {
            return left_out<RetryFamily, AnyRetry>();
        }
        const Term& term = terms->front();
        switch (term.word) {
            case PolicyWord::cooldown:
                return AnyRetry{Cooldown{duration(term, 0), number(term, 1)}};
            case PolicyWord::backoff:
                return AnyRetry{Backoff{duration(term, 0), number(term, 1), duration(term, 2),
                                        number(term, 3)}};
            case PolicyWord::linear:
                return AnyRetry{Linear{duration(term, 0), duration(term, 1), number(term, 2)}};
            case PolicyWord::square_root_wait:
                return AnyRetry{
                    SquareRootWait{duration(term, 0), duration(term, 1), number(term, 2)}};
            case PolicyWord::always: return AnyRetry{Always{}};
            default: return AnyRetry{Never{}};
        }
    }

    [[nodiscard]] AnyPermit permit() const {
        const Terms* const terms = said(ClauseId::permit);
        if (terms == nullptr) {
            return left_out<PermitFamily, AnyPermit>();
        }
        const Term& term = terms->front();
        switch (term.word) {
            case PolicyWord::random: return AnyPermit{Random{number(term, 0)}};
            case PolicyWord::ramp_up:
                return AnyPermit{RampUp{number(term, 0), number(term, 1), duration(term, 2)}};
            case PolicyWord::single_trial: return AnyPermit{SingleTrial{duration(term, 0)}};
            case PolicyWord::trials:
                return AnyPermit{Trials{count(term, 0), count(term, 1), duration(term, 2)}};
            case PolicyWord::slow_start:
                return AnyPermit{SlowStart{count(term, 0), duration(term, 1)}};
            default: return AnyPermit{permits::All{}};
        }
    }

    [[nodiscard]] std::optional<std::chrono::nanoseconds> overdue() const {
        const Terms* const terms = said(ClauseId::overdue);
        if (terms == nullptr) {
            return preset_ ? std::optional{std::get<Overdue>(preset_->parts()).threshold()}
                           : std::nullopt;
        }
        const Term& term = terms->front();
        return term.word == PolicyWord::overdue
                   ? std::optional{Overdue{duration(term, 0)}.threshold()}
                   : std::nullopt;
    }

    const Clauses& clauses_;
    std::optional<Preset> preset_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
