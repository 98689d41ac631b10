// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/call.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/admission.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The way of one call into a circuit whose trials wait for slots, until the call is let through or
/// rejected. It is no coroutine: whoever waits does so in a way of his own.
///
///     WayIn<Core> way{core};
///     while (way.waits()) {
///         way.go_on_with(/* what waiting by way.generation() has given */);
///     }
///     if (way.admission()) { call = way.begin(); slot = way.take_slot(); ... }
///
/// The slot comes first, and the permit is asked by who holds it. Who is woken because half-open
/// has ended holds none, and is handled by the state that it finds.
template <class Core>
class WayIn {
    using Slot = typename Core::Slot;
    using Waiters = std::remove_reference_t<decltype(std::declval<Core&>().waiters())>;

public:
    /// The core must outlive it.
    explicit WayIn(Core& core) noexcept : core_{core} {}
    WayIn(const WayIn&) = delete;
    WayIn& operator=(const WayIn&) = delete;

    /// Looks at the circuit. Returns whether the call needs a slot, and none is free.
    [[nodiscard]] bool needs_slot() {
        bool sees_end = false;
        for (;;) {
            admission_ = core_.admit(static_cast<bool>(slot_));
            if (admission_.decision != Decision::needs_slot) {
                if (admission_ && !admission_.is_trial()) {
                    slot_.release();
                }
                return false;
            }
            slot_ = core_.waiters().try_acquire();
            if (slot_) {
                continue;
            }
            if (sees_end) {
                return true;
            }
            // Asked for before the last look at the state: an end of half-open that the look misses
            // has wake_all() called after this.
            generation_ = core_.waiters().generation();
            sees_end = true;
        }
    }

    /// Looks at the circuit, and takes a place among those that wait. Returns whether it has one:
    /// then the caller waits for a slot of `core.waiters()`, by `generation()`, and goes on with it.
    [[nodiscard]] bool waits() {
        if (!needs_slot()) {
            return false;
        }
        place_ = core_.waiters().take_place();
        return static_cast<bool>(place_);
    }
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

    /// Leaves its place, with what it has waited for.
    void go_on_with(Slot slot) noexcept {
        place_ = {};
        slot_ = std::move(slot);
    }

    /// Returns what the circuit says: a call that still needs a slot is not let through.
    [[nodiscard]] const typename Core::Admission& admission() const noexcept { return admission_; }

    /// Begins the call that was let through.
    [[nodiscard]] Call<Core> begin() { return {core_, admission_, slot_}; }

    /// Returns the slot that the call holds, where it is a trial and the core has not taken it; or
    /// gives back that of one which is rejected.
    [[nodiscard]] Slot take_slot() noexcept { return std::move(slot_); }

private:
    Core& core_;
    typename Core::Admission admission_{};
    Slot slot_;
    typename Waiters::Place place_;
    std::uint64_t generation_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
