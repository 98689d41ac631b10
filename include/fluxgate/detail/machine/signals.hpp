// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/identity.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/detail/machine/open_budget_state.hpp>
#include <fluxgate/detail/machine/registration.hpp>
#include <fluxgate/environment.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/name.hpp>
#include <fluxgate/signal.hpp>
#include <fluxgate/subscription.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// What a breaker is to others: its name, its listeners, and the signals that are not delivered to
/// them yet; behind one pointer, since most breakers have none of it. Guarded by the breaker's
/// lock, where not said otherwise.
template <class Listeners>
class SignalQueue {
    struct Content;
    struct Undelivered;

public:
    SignalQueue(Listeners listeners, Identity identity) {
        if (!listeners.is_default() || !identity.is_default()) {
            auto content = std::make_unique<Content>(std::move(listeners), std::move(identity));
            content_.store(content.release(), std::memory_order_release);
        }
    }
    SignalQueue(const SignalQueue&) = delete;
    SignalQueue& operator=(const SignalQueue&) = delete;
    ~SignalQueue() {
        const std::unique_ptr<Content> content{this->content()};
        if (content != nullptr) {
            content->give_back_place();
            // A listener may own its own subscription: nothing else would end that.
            content->late[0]->end();
        }
    }

    /// What the tripper's answer means where no more than a share of some breakers may be open:
    /// false if it says yes and there is no place among those. A place that is taken is given back,
    /// unless the circuit opens: what that leads to may fail.
    class [[nodiscard]] Claim {
    public:
        Claim(SignalQueue& queue, bool trips) noexcept {
            Content* const content = queue.content();
            if (content == nullptr || content->identity.budget == nullptr) {
                return;
            }
            OpenBudgetState& budget = *content->identity.budget;
            const bool needs_place = trips && !content->has_place;
            is_refused_ = needs_place && !budget.try_take();
            if (is_refused_ && !content->was_refused) {
                budget.count_refusal();
            }
            content->was_refused = is_refused_;
            if (needs_place && !is_refused_) {
                content->has_place = true;
                claimant_ = content;
            }
        }
        ~Claim() {
            if (claimant_ != nullptr && !claimant_->is_open) {
                claimant_->give_back_place();
            }
        }
        Claim(const Claim&) = delete;
        Claim& operator=(const Claim&) = delete;

        [[nodiscard]] explicit operator bool() const noexcept { return !is_refused_; }

    private:
        /// Null where no place was taken.
        Content* claimant_ = nullptr;
        bool is_refused_ = false;
    };

    /// Takes the place of a circuit that is open by a command, or gives back that of one that is
    /// open no more.
    void note_state(bool is_open) noexcept {
        Content* const content = this->content();
        if (content == nullptr || content->identity.budget == nullptr) {
            return;
        }
        if (!is_open) {
            content->give_back_place();
        } else if (!content->has_place) {
            content->identity.budget->take();
            content->has_place = true;
        }
        content->is_open = is_open;
        content->was_refused = false;
    }

    /// Enters the registry, where there is one, as the last act of the breaker's construction.
    /// Throws what the registry throws.
    void enter_registry(void* core, const BreakerOperations& operations) {
        Content* const content = this->content();
        if (content != nullptr && content->identity.registry != nullptr) {
            content->entry =
                content->identity.registry->add(content->identity.name, core, operations);
        }
    }

    /// Leaves the registry as the first act of the breaker's destruction: from then on nobody else
    /// uses the core. `last_info` tells what the breaker is at its end.
    template <class F>
    void leave_registry(F last_info) noexcept {
        Content* const content = this->content();
        if (content == nullptr || content->entry == nullptr) {
            return;
        }
        give_up_name();
        const auto keep = [&] {
            guarded<unwinding_types<>>([&] { content->entry->keep(last_info()); },
                                       [] {});  // without memory, what was kept before stays
        };
        keep();  // for those who look while others are waited for
        content->entry->close();
        keep();
    }

    /// Has uses of the breaker through its registry share in what owns it.
    void share_owner(const std::shared_ptr<void>& owner) {
        Content* const content = this->content();
        if (content != nullptr && content->entry != nullptr) {
            content->entry->share(owner);
        }
    }

    /// Has the registry know the breaker no more, and its name be free. What is being done with it
    /// through views may go on.
    void give_up_name() noexcept {
        Content* const content = this->content();
        if (content != nullptr && content->entry != nullptr) {
            content->identity.registry->remove(*content->entry);
        }
    }

    /// Returns the breaker's name. Without the lock.
    [[nodiscard]] SharedName name() const noexcept {
        const Content* const content = this->content();
        return content != nullptr ? content->identity.name : SharedName{};
    }

    /// Adds a listener, which hears the signals that are pushed from now on. Throws
    /// `std::bad_alloc`. Takes the lock for itself.
    template <class Strand, class F>
    Subscription listen(Strand& strand, F function) {
        if (content() == nullptr) {
            auto fresh = std::make_unique<Content>(Listeners{}, Identity{});
            strand.run([&] {
                if (content() == nullptr) {
                    content_.store(fresh.release(), std::memory_order_release);
                }
            });
        }
        return subscribe(content()->late[0], std::move(function));
    }

    /// Returns whether there are listeners. Not const, as it needs the lock.
    [[nodiscard]] bool has_listeners() {
        const Content* const content = this->content();
        return content != nullptr &&
               (!content->listeners.empty() || content->late_bounds() != LateBounds{});
    }

    /// Keeps a signal for the listeners, of which there are some. Throws `std::bad_alloc`.
    void push(Signal signal) {
        Content& content = *this->content();
        signal.name = content.identity.name;
        content.undelivered.push_back({std::move(signal), content.late_bounds()});
        content.has_undelivered.store(true, std::memory_order_relaxed);
    }

    /// Returns whether there are signals that are not delivered to every listener. Without the
    /// lock.
    [[nodiscard]] bool has_undelivered() const noexcept {
        const Content* const content = this->content();
        return content != nullptr && content->has_undelivered.load(std::memory_order_relaxed);
    }

    /// Reports the exception being handled, which came out of `culprit`. Without the lock.
    void report(const char* culprit) const {
        const Content* const content = this->content();
        if (content != nullptr) {
            content->listeners.report(culprit);
        } else {
            Listeners{}.report(culprit);
        }
    }

    /// Returns the listeners that came with the breaker, of which there are some. Without the lock.
    [[nodiscard]] const Listeners& listeners() const noexcept { return content()->listeners; }

    /// The right to deliver signals, held by one thread or coroutine at a time until none are left
    /// or it is destroyed. A delivery that is abandoned counts as made; the next holder continues
    /// after it. Takes the lock for itself.
    template <class Strand>
    class Delivery {
    public:
        Delivery(SignalQueue& queue, Strand& strand) : content_{queue.content()}, strand_{strand} {
            if (content_ != nullptr) {
                holds_right_ = strand_.run(
                    [this] { return !std::exchange(content_->is_being_delivered, true); });
            }
        }
        ~Delivery() {
            if (holds_right_) {
                strand_.run([this] { content_->is_being_delivered = false; });
            }
        }
        Delivery(const Delivery&) = delete;
        Delivery& operator=(const Delivery&) = delete;

        /// Goes to the next listener and signal. Returns whether there are any.
        [[nodiscard]] bool next() {
            late_.reset();
            holds_right_ = holds_right_ && strand_.run([this] { return advance(); });
            return holds_right_;
        }

        /// Tells the listener, if it is one that came later; else returns false.
        template <class Unwinding>
        [[nodiscard]] bool tell_late() const {
            if (late_ == nullptr) {
                return false;
            }
            late_->template tell<Unwinding>(*signal_,
                                            [this] { content_->listeners.report("a listener"); });
            return true;
        }

        /// Returns the number of the listener among those that came with the breaker.
        [[nodiscard]] std::size_t listener() const noexcept { return listener_; }
        [[nodiscard]] const Signal& signal() const noexcept { return *signal_; }

    private:
        bool advance() {
            while (!content_->undelivered.empty()) {
                // Stays where it is, whatever is pushed behind it.
                const Undelivered& first = content_->undelivered.front();
                signal_ = &first.signal;
                if (content_->delivered != content_->listeners.size()) {
                    listener_ = content_->delivered;
                    ++content_->delivered;
                    return true;
                }
                if (find_late(first)) {
                    return true;
                }
                content_->undelivered.pop_front();
                content_->delivered = 0;
                content_->next_late = {};
            }
            content_->has_undelivered.store(false, std::memory_order_relaxed);
            content_->is_being_delivered = false;
            return false;
        }

        /// Goes to the next listener that came later. Returns whether there is one.
        bool find_late(const Undelivered& signal) {
            for (std::size_t kind = 0; kind != late_kinds; ++kind) {
                if (signal.bounds[kind] == 0) {
                    continue;
                }
                auto& next = content_->next_late[kind];
                LateListeners::Numbered late =
                    content_->late[kind]->next(next, signal.bounds[kind]);
                if (late.listener != nullptr) {
                    late_ = std::move(late.listener);
                    next = late.number + 1;
                    return true;
                }
            }
            return false;
        }

        Content* content_;
        Strand& strand_;
        bool holds_right_ = false;
        std::size_t listener_ = 0;
        const Signal* signal_ = nullptr;
        /// Null where the listener came with the breaker.
        std::shared_ptr<LateListener> late_;
    };

private:
    /// Those who listen to the breaker, and those who listen to its registry.
    static constexpr std::size_t late_kinds = 2;
    using LateBounds = std::array<LateListeners::Number, late_kinds>;

    struct Undelivered {
        Signal signal;
        /// The numbers below which those are that came later and are to hear of it; zero where
        /// there are none.
        LateBounds bounds;
    };

    struct Content {
        Content(Listeners theirs, Identity its)
            : listeners{std::move(theirs)},
              identity{std::move(its)},
              late{std::make_shared<LateListeners>(),
                   identity.registry != nullptr ? identity.registry->listeners() : nullptr} {}

        void give_back_place() noexcept {
            if (std::exchange(has_place, false)) {
                identity.budget->give_back();
            }
        }

        [[nodiscard]] LateBounds late_bounds() const {
            return {late[0]->bound(), late[1] != nullptr ? late[1]->bound() : 0};
        }

        const Listeners listeners;
        const Identity identity;
        /// Those that came later. They guard themselves. The second is null where the breaker is in
        /// no registry.
        const std::array<std::shared_ptr<LateListeners>, late_kinds> late;
        /// Null where it is in no registry. Set at construction.
        std::shared_ptr<RegisteredBreaker> entry;
        /// True if the circuit has a place among the open ones of its budget.
        bool has_place = false;
        /// True if it is one of them.
        bool is_open = false;
        /// True if it was refused one since the tripper last said no.
        bool was_refused = false;
        /// Oldest first.
        std::list<Undelivered> undelivered;
        /// The number of listeners to which the first of them was delivered.
        std::size_t delivered = 0;
        /// The least numbers that those may have that came later and are yet to hear of it.
        LateBounds next_late{};
        /// True while a Delivery holds the right to deliver.
        bool is_being_delivered = false;
        /// True while there are signals. Written under the lock; read without it too, as a hint
        /// that needs no order: those who act on it take the lock first.
        std::atomic<bool> has_undelivered{false};
    };

    [[nodiscard]] Content* content() const noexcept {
        return content_.load(std::memory_order_acquire);
    }

    // Null as long as there are no listeners, no handler of errors and no name; then what the first
    // to need it made, under the lock and for ever. Released by its store and acquired by each
    // load.
    std::atomic<Content*> content_{nullptr};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
