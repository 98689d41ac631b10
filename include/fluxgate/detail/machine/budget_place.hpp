// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/open_budget_state.hpp>

#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A circuit's place among the open ones of a group, if no more than a share of those may be open.
/// Guarded by the breaker's lock.
class BudgetPlace {
public:
    /// Takes the group's budget, which is null where the circuit may always open.
    explicit BudgetPlace(std::shared_ptr<OpenBudgetState> budget) noexcept
        : budget_{std::move(budget)} {}
    BudgetPlace(const BudgetPlace&) = delete;
    BudgetPlace& operator=(const BudgetPlace&) = delete;
    ~BudgetPlace() { give_back(); }

    /// The group's answer to a tripper's verdict: false if the circuit trips and no place is free. At
    /// its end it gives back a place that it took, unless the circuit has opened by then.
    class [[nodiscard]] Claim {
    public:
        /// Makes the claim of a circuit whose tripper says whether it trips. `place` is null where
        /// the circuit may always open.
        Claim(BudgetPlace* place, bool trips) noexcept {
            if (place == nullptr || place->budget_ == nullptr) {
                return;
            }
            const bool needs_place = trips && !place->is_taken_;
            is_refused_ = needs_place && !place->budget_->try_take();
            if (is_refused_ && !place->was_refused_) {
                place->budget_->count_refusal();
            }
            place->was_refused_ = is_refused_;
            if (needs_place && !is_refused_) {
                place->is_taken_ = true;
                taken_ = place;
            }
        }
        ~Claim() {
            if (taken_ != nullptr && !taken_->is_open_) {
                taken_->give_back();
            }
        }
        Claim(const Claim&) = delete;
        Claim& operator=(const Claim&) = delete;

        [[nodiscard]] explicit operator bool() const noexcept { return !is_refused_; }

    private:
        /// Null where no place was taken.
        BudgetPlace* taken_ = nullptr;
        bool is_refused_ = false;
    };

    /// Takes the place of a circuit that is open by a command, or gives back that of one that is
    /// open no more.
    void note_state(bool is_open) noexcept {
        if (budget_ == nullptr) {
            return;
        }
        if (!is_open) {
            give_back();
        } else if (!is_taken_) {
            budget_->take();
            is_taken_ = true;
        }
        is_open_ = is_open;
        was_refused_ = false;
    }

private:
    void give_back() noexcept {
        if (std::exchange(is_taken_, false)) {
            budget_->give_back();
        }
    }

    const std::shared_ptr<OpenBudgetState> budget_;
    /// True if the circuit has a place.
    bool is_taken_ = false;
    /// True if it is open.
    bool is_open_ = false;
    /// True if it was refused a place since the tripper last said no.
    bool was_refused_ = false;
};

}  // namespace fluxgate::inline v0_1::detail
