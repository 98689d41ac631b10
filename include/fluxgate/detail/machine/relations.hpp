// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/budget_place.hpp>
#include <fluxgate/detail/machine/fleet_entry.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/detail/machine/observation.hpp>
#include <fluxgate/detail/machine/registration.hpp>
#include <fluxgate/detail/machine/registry_link.hpp>
#include <fluxgate/detail/machine/signal_queue.hpp>
#include <fluxgate/detail/policies/attachments.hpp>
#include <fluxgate/detail/time_point.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>

#include <atomic>
#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The relations of a breaker to others, behind one pointer, since most breakers have none.
/// What is const needs no lock; the rest is guarded by the breaker's lock, where not said
/// otherwise.
template <class Listeners>
class Relations {
    struct Content;
    using Signals = SignalQueue<Listeners>;

public:
    template <class Strand>
    using Delivery = typename Signals::template Delivery<Strand>;

    /// Throws `std::bad_alloc`.
    Relations(Listeners listeners, const Attachments& attachments) {
        if (!listeners.is_default() || attachments.has_relations()) {
            auto content = std::make_unique<Content>(std::move(listeners), attachments);
            content_.store(content.release(), std::memory_order_release);
        }
    }
    Relations(const Relations&) = delete;
    Relations& operator=(const Relations&) = delete;
    ~Relations() { delete content(); }

    /// Returns the breaker's name.
    [[nodiscard]] SharedName name() const noexcept {
        const Content* const content = this->content();
        return content != nullptr ? content->name : SharedName{};
    }

    /// Enters the breaker's registry and its fleet, if it has any; see `Registration::enter` and
    /// `FleetEntry::enter`.
    void enter(void* core, const BreakerOperations& operations) {
        Content* const content = this->content();
        if (content == nullptr) {
            return;
        }
        if (content->fleet != nullptr) {
            content->fleet->enter(content->name, core);
        }
        LeavesFleet unless_registered{content->fleet.get()};
        content->registration.enter(content->name, core, operations);
        unless_registered.fleet = nullptr;
    }
    /// Leaves both, the fleet first; see `Registration::leave`.
    template <class F>
    void leave(F last_info) noexcept {
        if (Content* const content = this->content()) {
            if (content->fleet != nullptr) {
                content->fleet->leave();
            }
            content->registration.leave(content->name, last_info);
        }
    }
    /// Has those who use the breaker through its registry or fleet share in what owns it.
    void share_owner(const std::shared_ptr<void>& owner) const {
        if (const Content* const content = this->content()) {
            content->registration.share_owner(owner);
            if (content->fleet != nullptr) {
                content->fleet->share(owner);
            }
        }
    }
    /// Gives up the name there, so that another breaker may have it.
    void give_up_name() const noexcept {
        if (const Content* const content = this->content()) {
            content->registration.give_up_name(content->name);
            if (content->fleet != nullptr) {
                content->fleet->give_up_name();
            }
        }
    }

    /// Returns the circuit's place among the open ones of its group; null where it has no group.
    [[nodiscard]] BudgetPlace* budget_place() noexcept {
        Content* const content = this->content();
        return content != nullptr ? &content->place : nullptr;
    }

    /// Counts a command, where the breaker may be shared: it has a name then.
    void note_command(State state, TimePoint until) noexcept {
        if (Content* const content = this->content()) {
            content->commanded = {content->commanded.count + 1, state, until};
        }
    }
    /// Returns the latest command, and how many there were.
    [[nodiscard]] Commanded commanded() noexcept {
        const Content* const content = this->content();
        return content != nullptr ? content->commanded : Commanded{};
    }

    /// Returns whether there are listeners.
    [[nodiscard]] bool has_listeners() {
        Content* const content = this->content();
        return content != nullptr && content->queue.has_listeners();
    }
    /// Keeps a signal for the listeners, of which there are some. Throws `std::bad_alloc`.
    void push(Signal signal) {
        Content& content = *this->content();
        signal.name = content.name;
        content.queue.push(std::move(signal));
    }
    /// Returns whether there are signals that are not delivered to every listener.
    [[nodiscard]] bool has_undelivered() const noexcept {
        const Content* const content = this->content();
        return content != nullptr && content->queue.has_undelivered();
    }
    /// Takes the right to deliver signals, if nobody has it. Takes the lock for itself.
    template <class Strand>
    [[nodiscard]] Delivery<Strand> delivery(Strand& strand) {
        Content* const content = this->content();
        return {content != nullptr ? &content->queue : nullptr, strand};
    }

    /// Returns the listeners that came with the breaker, of which there are some.
    [[nodiscard]] const Listeners& listeners() const noexcept {
        return content()->queue.listeners();
    }
    /// Returns the breaker's listeners that come later, which are `fresh` from the first time on.
    /// Throws `std::bad_alloc`. Takes the lock for itself.
    template <class Strand>
    [[nodiscard]] std::shared_ptr<LateListeners> late_listeners(
        Strand& strand, std::shared_ptr<LateListeners> fresh) {
        auto spare =
            content() == nullptr ? std::make_unique<Content>(Listeners{}, Attachments{}) : nullptr;
        return strand.run([&] {
            if (content() == nullptr) {
                content_.store(spare.release(), std::memory_order_release);
            }
            return content()->queue.late_listeners(fresh);
        });
    }
    /// Reports the exception being handled, which came out of `culprit`.
    void report(const char* culprit) const {
        const Content* const content = this->content();
        if (content != nullptr) {
            content->queue.listeners().report(culprit);
        } else {
            Listeners{}.report(culprit);
        }
    }

private:
    /// Leaves the fleet at its end, unless that is taken from it.
    struct LeavesFleet {
        explicit LeavesFleet(FleetEntry* entered) noexcept : fleet{entered} {}
        LeavesFleet(const LeavesFleet&) = delete;
        LeavesFleet& operator=(const LeavesFleet&) = delete;
        ~LeavesFleet() {
            if (fleet != nullptr) {
                fleet->leave();
            }
        }
        FleetEntry* fleet;
    };

    struct Content {
        Content(Listeners listeners, const Attachments& attachments)
            : name{attachments.name},
              registration{attachments.registry},
              fleet{attachments.fleet},
              queue{std::move(listeners),
                    attachments.registry != nullptr ? attachments.registry->listeners() : nullptr},
              place{attachments.budget} {}

        const SharedName name;
        Registration registration;
        /// Null where it is in none.
        const std::shared_ptr<FleetEntry> fleet;
        Signals queue;
        /// Given back before listeners are destroyed, which may look at the group.
        BudgetPlace place;
        Commanded commanded{};
    };

    [[nodiscard]] Content* content() const noexcept {
        return content_.load(std::memory_order_acquire);
    }

    // Null while the breaker has no listeners, handler of errors, name, registry or budget; then what
    // the first to need it made, under the lock and for ever. Released by its store and acquired by each
    // load.
    std::atomic<Content*> content_{nullptr};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
