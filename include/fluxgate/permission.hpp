// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/verdict.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/core.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/trackers.hpp>

#include <exception>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Leave to make one call, to be settled by its outcome: for callbacks, for coroutines of other
/// libraries and for code without exceptions. `CircuitBreaker::try_acquire` gives it.
///
/// The first outcome counts, and later ones do nothing. Destroyed before any, it is neutral:
/// nothing is recorded. An outcome counts only while the circuit is in the period that gave the
/// permission.
///
/// The breaker must outlive it. One permission is used by one thread at a time, which need not be
/// the one that acquired it.
template <class Core, TrackerPolicy Tracker>
class [[nodiscard]] Permission {
public:
    /// For breakers; users call `try_acquire`.
    Permission(Core& core, const Tracker& tracker, const typename Core::Grant& grant,
               typename Core::Slot slot) noexcept
        : core_{&core}, tracker_{&tracker}, grant_{grant}, slot_{std::move(slot)} {}

    /// Moves the duty to settle; `other` counts as settled.
    Permission(Permission&& other) noexcept
        : core_{std::exchange(other.core_, nullptr)},
          tracker_{other.tracker_},
          grant_{other.grant_},
          slot_{std::move(other.slot_)} {}

    /// The permission held so far is neutral, unless it is settled.
    Permission& operator=(Permission&& other) noexcept {
        core_ = std::exchange(other.core_, nullptr);
        tracker_ = other.tracker_;
        grant_ = other.grant_;
        slot_ = std::move(other.slot_);
        return *this;
    }

    ~Permission() = default;

    /// Whether the outcome is known, or the permission was moved from.
    [[nodiscard]] bool settled() const noexcept { return core_ == nullptr; }

    /// The call succeeded.
    void succeeded() { settle(true); }

    /// The call failed.
    void failed() { settle(false); }

    /// The call returned this; the tracker says whether that is a failure. Throws what the tracker
    /// throws; the call is then neutral.
    template <class R>
    void returned(const R& result) {
        if (Core* const core = std::exchange(core_, nullptr)) {
            [[maybe_unused]] const typename Core::Slot slot = std::move(slot_);
            detail::settle_result(*core, *tracker_, grant_, result);
        }
    }

#ifdef __cpp_exceptions
    /// The call threw this; the tracker says whether that is a failure. What the tracker throws is
    /// reported to the listeners' error handler; the call is then neutral. Throws
    /// `std::invalid_argument` where there is no exception.
    void threw(const std::exception_ptr& exception) {
        if (exception == nullptr) {
            detail::throw_invalid("Permission::threw's exception", "null", "an exception");
        }
        Core* const core = std::exchange(core_, nullptr);
        if (core == nullptr) {
            return;
        }
        [[maybe_unused]] const typename Core::Slot slot = std::move(slot_);
        detail::settle_thrown(*core, *tracker_, grant_, exception);
    }
#endif

private:
    void settle(bool success) {
        if (Core* const core = std::exchange(core_, nullptr)) {
            [[maybe_unused]] const typename Core::Slot slot = std::move(slot_);
            core->settle(grant_, success);
        }
    }

    Core* core_;  // null once settled
    const Tracker* tracker_;
    typename Core::Grant grant_;
    // Given back once the call is settled: the next one is to find what this one did.
    FLUXGATE_NO_UNIQUE_ADDRESS typename Core::Slot slot_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
