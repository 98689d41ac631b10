// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/breaker_access.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_terms.hpp>
#include <fluxgate/detail/fleet/fleet_thread.hpp>
#include <fluxgate/detail/fleet/shared_breaker.hpp>
#include <fluxgate/detail/fleet/shared_store.hpp>
#include <fluxgate/detail/fleet/sharing_checks.hpp>
#include <fluxgate/detail/machine/fleet_entry.hpp>
#include <fluxgate/detail/machine/shared_operations.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/fleet_status.hpp>
#include <fluxgate/share.hpp>
#include <fluxgate/state.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

// A fleet: breakers of one name in many processes that share commands, openings or calls. A class
// for each store derives from `Fleet`; see redis.hpp.
//
//     auto membership = fleet.join(breaker, fluxgate::share::Commands{});

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// A breaker's membership in a fleet: what `Fleet::join` returns. It ends when it is destroyed, and
/// the breaker goes on by itself, in the state in which it is; where the fleet held it open, for
/// three intervals more. That waits for no network. It must end before the breaker does, and may
/// outlive the fleet. Used by one thread at a time.
class [[nodiscard(
    "fluxgate: a membership that is dropped at once ends at once: keep it "
    "as long as the breaker is to be shared")]] FleetMembership {
public:
    /// Makes one of no breaker.
    FleetMembership() noexcept = default;
    /// Made by fleets; users call `join`.
    explicit FleetMembership(std::shared_ptr<detail::FleetEntry> entry) noexcept
        : entry_{std::move(entry)} {}
    /// Moves the part; `other` has none then.
    FleetMembership(FleetMembership&& other) noexcept = default;
    /// Moves the part, and ends the one that this had; `other` has none then.
    FleetMembership& operator=(FleetMembership&& other) noexcept {
        FleetMembership taken{std::move(other)};
        std::swap(entry_, taken.entry_);
        return *this;
    }
    ~FleetMembership() {
        if (entry_ != nullptr) {
            entry_->leave();
        }
    }

    /// Returns whether it is one of a breaker.
    [[nodiscard]] explicit operator bool() const noexcept { return entry_ != nullptr; }

private:
    std::shared_ptr<detail::FleetEntry> entry_;
};

/// A node of a fleet: this process, or a part of it.
///
/// Breakers of one name share a circuit through it with those of other nodes. Their calls stay
/// local and wait for nothing: a thread of the fleet's looks at its breakers once an interval, asks
/// the store what others did, and does that. What one learns is learnt by all within two intervals
/// and the time that the store takes to answer. Listeners hear of it on that thread, with
/// `Reason::shared`.
///
/// Where the store does not answer, all calls go on as if nothing were shared; what the fleet held
/// open is held for three intervals more. It goes on by itself when the store answers again.
///
/// Thread-safe. It may end before its breakers, which then go on by themselves. In a process that
/// was forked from the one that made it, nothing is shared: make one there.
class Fleet {
public:
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    /// Has a breaker take part, until what is returned ends. It has a `Name` and `Totals`, and may
    /// be of any kind. A command that is given to it after this has returned is shared.
    ///
    /// Throws `std::invalid_argument` where it has no `Name` or no `Totals`, or another breaker of
    /// this fleet object has its name, or a `Pool` cannot be had with its policies; and
    /// `std::bad_alloc`.
    template <class Breaker>
    FleetMembership join(Breaker& breaker, share::Commands mode) {
        return join_as(breaker, mode);
    }
    /// As the first, and shares openings.
    template <class Breaker>
    FleetMembership join(Breaker& breaker, share::Votes mode) {
        return join_as(breaker, mode);
    }
    /// As the first, and shares calls.
    template <class Breaker>
    FleetMembership join(Breaker& breaker, share::Pool mode) {
        return join_as(breaker, mode);
    }

    /// Returns how this node is in touch. Complexity: constant, without the network.
    [[nodiscard]] FleetStatus status() const { return thread_->status(); }

    /// Returns what each breaker of this node shares, in the order of their names. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] std::vector<SharedBreakerInfo> breakers() const { return thread_->breakers(); }

    /// Returns the thread that keeps breakers in step.
    [[nodiscard]] const std::shared_ptr<detail::FleetThread>& thread() const noexcept {
        return thread_;
    }

protected:
    /// Starts its thread. Throws `std::system_error` where there can be none, and
    /// `std::bad_alloc`.
    Fleet(detail::FleetSettings settings, std::unique_ptr<detail::SharedStore> store)
        : thread_{detail::FleetThread::start(std::move(settings), std::move(store))} {}
    /// Tells the others, where they can be reached within a time-out.
    ~Fleet() { thread_->stop(); }

private:
    template <class Breaker, class Mode>
    FleetMembership join_as(Breaker& breaker, const Mode& mode) {
        auto& core = detail::BreakerAccess::core(breaker);
        using Core = std::remove_cvref_t<decltype(core)>;
        static_assert(detail::CheckSharing<Core, Mode>::passes());
        const CircuitBreakerInfo info = core.info();
        if (info.name.empty()) {
            detail::throw_invalid("Fleet::join's breaker", "one without a Name", "one with a Name");
        }
        if (!info.totals) {
            detail::throw_invalid("Fleet::join's breaker", "one without Totals", "one with Totals");
        }
        auto entry = std::make_shared<detail::SharedBreaker>(
            thread_, detail::shared_operations<Core>, detail::terms_of(*thread_, mode));
        entry->enter(info.name, &core);
        return FleetMembership{std::move(entry)};
    }

    const std::shared_ptr<detail::FleetThread> thread_;
};

/// Shares a breaker with a fleet: an argument of the breaker's constructor, so that members of
/// classes and breakers of `KeyedBreakers` take part, from their construction to their end.
///
/// The breaker needs a `Name` beside it, and keeps `Totals`. Its constructor throws
/// `std::invalid_argument` where another breaker of this fleet object has its name, or a `Pool`
/// cannot be had with the policies of an `AnyCircuitBreaker`.
template <class Mode>
class Shared {
public:
    /// Takes the fleet, and what is shared: one of `share::Commands`, `share::Votes` and
    /// `share::Pool`.
    Shared(const Fleet& fleet, Mode mode)
        : thread_{fleet.thread()}, terms_{detail::terms_of(*thread_, mode)} {}

    /// Returns an entry for a breaker of this machine. Throws `std::bad_alloc`.
    template <class Core>
    [[nodiscard]] std::shared_ptr<detail::FleetEntry> entry() const {
        static_assert(detail::CheckSharing<Core, Mode>::passes());
        return std::make_shared<detail::SharedBreaker>(thread_, detail::shared_operations<Core>,
                                                       terms_);
    }

private:
    std::shared_ptr<detail::FleetThread> thread_;
    detail::FleetTerms terms_;
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
