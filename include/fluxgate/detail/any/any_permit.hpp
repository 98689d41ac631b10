// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/permits.hpp>

#include <chrono>
#include <concepts>
#include <tuple>
#include <variant>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A shipped permit that is known at run time alone. It is asked under the breaker's lock.
class AnyPermit : public permit_base {
    static std::tuple<> arguments_of(const permits::All&) noexcept { return {}; }
    static auto arguments_of(const Random& permit) noexcept { return std::tuple{permit.ratio()}; }
    static auto arguments_of(const RampUp& permit) noexcept {
        return std::tuple{permit.initial(), permit.final(), permit.duration()};
    }
    static auto arguments_of(const SingleTrial& permit) noexcept {
        return std::tuple{permit.lease()};
    }
    static auto arguments_of(const Trials& permit) noexcept {
        return std::tuple{permit.calls(), permit.needed(), permit.lease()};
    }
    static auto arguments_of(const SlowStart& permit) noexcept {
        return std::tuple{permit.full(), permit.lease()};
    }

public:
    template <class Permit>
    explicit AnyPermit(const Permit& permit) noexcept : permit_{permit} {}

    [[nodiscard]] bool admits(const TrialContext& context) const noexcept {
        return std::visit(
            [&]<class Permit>(const Permit& permit) {
                if constexpr (AdmitsTrials<Permit>) {
                    return permit.admits(context);
                } else {
                    return permit(context.since_half_open, context.u);
                }
            },
            permit_);
    }

    /// Returns whether it says how many trials there may be.
    [[nodiscard]] bool bounds_trials() const noexcept {
        return std::visit([]<class Permit>(const Permit&) { return AdmitsTrials<Permit>; },
                          permit_);
    }

    /// Returns whether it decides in half-open, in the tripper's place.
    [[nodiscard]] bool judges() const noexcept {
        return std::visit([]<class Permit>(const Permit&) { return JudgesTrials<Permit>; },
                          permit_);
    }

    /// Returns what it decides, where it does.
    [[nodiscard]] Judgement judge(const TrialContext& context, bool success) const noexcept {
        return std::visit(
            [&]<class Permit>(const Permit& permit) {
                if constexpr (JudgesTrials<Permit>) {
                    return permit.judge(context, success);
                } else {
                    return Judgement::undecided;
                }
            },
            permit_);
    }

    /// Returns how long a trial may take; for ever where it does not say.
    [[nodiscard]] std::chrono::nanoseconds lease() const noexcept {
        return std::visit(
            []<class Permit>(const Permit& permit) {
                if constexpr (LeasesTrials<Permit>) {
                    return permit.lease();
                } else {
                    return (std::chrono::nanoseconds::max)();
                }
            },
            permit_);
    }

    /// Returns whether both say the same.
    friend bool operator==(const AnyPermit& left, const AnyPermit& right) noexcept {
        return std::visit(
            []<class One, class Other>(const One& one, const Other& other) {
                if constexpr (std::same_as<One, Other>) {
                    return arguments_of(one) == arguments_of(other);
                } else {
                    return false;
                }
            },
            left.permit_, right.permit_);
    }

private:
    std::variant<permits::All, Random, RampUp, SingleTrial, Trials, SlowStart> permit_;
};

}  // namespace fluxgate::inline v0_1::detail
