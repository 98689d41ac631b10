// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/call.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/trackers.hpp>

#include <exception>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Permission to make one call, which you settle with its outcome: for callbacks, for coroutines of
/// other libraries and for code without exceptions. `CircuitBreaker::try_acquire` gives it.
///
/// The first outcome counts, and later ones do nothing. Destroyed before any, it is neutral:
/// nothing is recorded, as by `neutral()`. An outcome counts only while the circuit is in the period that gave the
/// permission. Moving it moves the duty to settle. Assigning to it makes its previous call neutral,
/// unless that call is settled.
///
/// The breaker must outlive it. One permission is used by one thread at a time, which need not be
/// the one that acquired it.
template <class Core, TrackerPolicy Tracker>
class [[nodiscard]] Permission {
public:
    /// Made by breakers; users call `try_acquire`.
    Permission(detail::Call<Core> call, const Tracker& tracker, typename Core::Slot slot) noexcept
        : call_{std::move(call)}, tracker_{&tracker}, slot_{std::move(slot)} {}

    /// Returns whether the outcome is known, or the permission was moved from.
    [[nodiscard]] bool settled() const noexcept { return call_.is_settled(); }

    /// Settles the call: it succeeded.
    void succeeded() {
        [[maybe_unused]] const typename Core::Slot held = std::move(slot_);
        call_.settle(true);
    }

    /// Settles the call: it failed.
    void failed() {
        [[maybe_unused]] const typename Core::Slot held = std::move(slot_);
        call_.settle(false);
    }

    /// Settles the call as if it was not made: its outcome says nothing of the service, as where
    /// you have cancelled it.
    void neutral() noexcept {
        [[maybe_unused]] const typename Core::Slot held = std::move(slot_);
        call_.settle_as_neutral();
    }

    /// Settles the call by its result; the tracker says whether that is a failure. Throws what the
    /// tracker throws; the call is then neutral.
    template <class R>
    void returned(const R& result) {
        [[maybe_unused]] const typename Core::Slot held = std::move(slot_);
        call_.settle_by_result(*tracker_, result);
    }

#ifdef __cpp_exceptions
    /// Settles the call by its exception; the tracker says whether that is a failure. What the
    /// tracker throws is reported to the listeners' error handler; the call is then neutral. Throws
    /// `std::invalid_argument` where there is no exception.
    void threw(const std::exception_ptr& exception) {
        if (exception == nullptr) {
            detail::throw_invalid("Permission::threw's exception", "null", "an exception");
        }
        [[maybe_unused]] const typename Core::Slot held = std::move(slot_);
        call_.settle_by_exception(*tracker_, exception);
    }
#endif

private:
    detail::Call<Core> call_;
    const Tracker* tracker_;
    // Given back once the call is settled: the next one is to find what this one did.
    FLUXGATE_NO_UNIQUE_ADDRESS typename Core::Slot slot_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
