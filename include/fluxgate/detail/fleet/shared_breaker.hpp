// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/attached/subscribed_listeners.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_member.hpp>
#include <fluxgate/detail/fleet/fleet_thread.hpp>
#include <fluxgate/detail/fleet/shared_circuit.hpp>
#include <fluxgate/detail/machine/fleet_entry.hpp>
#include <fluxgate/detail/machine/shared_operations.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/subscription.hpp>

#include <memory>
#include <string>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A breaker in a fleet, which a node's thread keeps in step.
class SharedBreaker final : public FleetEntry, public std::enable_shared_from_this<SharedBreaker> {
public:
    SharedBreaker(std::shared_ptr<FleetThread> thread, const SharedOperations& operations,
                  const FleetTerms& terms)
        : thread_{std::move(thread)}, operations_{operations}, terms_{terms} {}

    void enter(const SharedName& name, void* core) override {
        circuit_ = std::make_unique<SharedCircuit>(core, operations_);
        member_ = std::make_unique<FleetMember>(std::string{name.view()}, *circuit_, terms_);
        if (terms_.sharing == Sharing::pool && !member_->can_be_pooled()) {
            throw_invalid("a circuit breaker that shares a Pool",
                          "one with a count window or a failure score",
                          "one with a time window and a tripper of counts, rates and means");
        }
        listener_ =
            subscribe(operations_.late_listeners(core, std::make_shared<SubscribedListeners>()),
                      [this](const Signal& signal) { hear(signal); });
        leave_ = thread_->add({shared_from_this(), member_.get()});
    }

    void share(const std::shared_ptr<void>& owner) override { circuit_->share(owner); }

    void give_up_name() noexcept override { thread_->remove(leave_); }

    void leave() noexcept override {
        if (thread_->is_of_this_process()) {
            member_->note_end();
        }
        give_up_name();
        listener_ = Subscription{};
        if (thread_->is_of_this_process()) {  // else there is no thread to wait for
            circuit_->close();
        }
    }

private:
    /// Hears of a transition, of which the others are to hear soon.
    void hear(const Signal& signal) {
        if (signal.reason == Reason::shared || signal.reason == Reason::wait_over) {
            return;
        }
        if (signal.reason == Reason::tripped && signal.old_state == State::closed) {
            member_->note_opening(signal.metrics);
        }
        thread_->wake();
    }

    const std::shared_ptr<FleetThread> thread_;
    const SharedOperations& operations_;
    const FleetTerms terms_;
    // These two are there once it has entered.
    std::unique_ptr<SharedCircuit> circuit_;
    std::unique_ptr<FleetMember> member_;
    Subscription listener_;
    FleetThread::Leave leave_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
