// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/late_listeners.hpp>
#include <fluxgate/signal.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The signals that are not delivered yet, each to listeners that came with the breaker and to
/// those that came later. Guarded by the breaker's lock, where not said otherwise.
template <class Listeners>
class SignalQueue {
    struct Undelivered;

public:
    /// Begins without a signal. `of_registry` are those who listen to the breaker's registry; null
    /// where it is in none.
    SignalQueue(Listeners listeners, std::shared_ptr<LateListeners> of_registry)
        : listeners_{std::move(listeners)}, late_{{nullptr, std::move(of_registry)}} {}
    SignalQueue(const SignalQueue&) = delete;
    SignalQueue& operator=(const SignalQueue&) = delete;
    ~SignalQueue() {
        if (late_[of_breaker] != nullptr) {
            // A listener may own its own subscription: nothing else would end that.
            late_[of_breaker]->end();
        }
    }

    /// Returns those that came with the breaker. Without the lock.
    [[nodiscard]] const Listeners& listeners() const noexcept { return listeners_; }

    /// Returns those that came later, which are `fresh` if there are none yet.
    [[nodiscard]] const std::shared_ptr<LateListeners>& late_listeners(
        std::shared_ptr<LateListeners>& fresh) noexcept {
        if (late_[of_breaker] == nullptr) {
            late_[of_breaker].swap(fresh);
        }
        return late_[of_breaker];
    }

    /// Returns whether there are listeners.
    [[nodiscard]] bool has_listeners() {
        return !listeners_.empty() || late_bounds() != LateBounds{};
    }

    /// Keeps a signal for the listeners, of which there are some. Throws `std::bad_alloc`.
    void push(Signal signal) {
        undelivered_.push_back({std::move(signal), late_bounds()});
        has_undelivered_.store(true, std::memory_order_relaxed);
    }

    /// Returns whether there are signals that are not delivered to every listener. Without the
    /// lock.
    [[nodiscard]] bool has_undelivered() const noexcept {
        return has_undelivered_.load(std::memory_order_relaxed);
    }

    /// The right to deliver signals, held by one thread or coroutine at a time until none are left
    /// or it is destroyed. A delivery that is abandoned counts as made; the next holder continues
    /// after it. Takes the lock for itself.
    template <class Strand>
    class Delivery {
    public:
        /// Takes the right, unless somebody has it. There is nothing to deliver where `queue` is
        /// null.
        Delivery(SignalQueue* queue, Strand& strand) : queue_{queue}, strand_{strand} {
            if (queue_ != nullptr) {
                holds_right_ = strand_.run(
                    [this] { return !std::exchange(queue_->is_being_delivered_, true); });
            }
        }
        ~Delivery() {
            if (holds_right_) {
                strand_.run([this] { queue_->is_being_delivered_ = false; });
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
            guarded<Unwinding>([this] { late_->tell(*signal_); },
                               [this] { queue_->listeners_.report("a listener"); });
            return true;
        }

        /// Returns the number of the listener among those that came with the breaker.
        [[nodiscard]] std::size_t listener() const noexcept { return listener_; }
        [[nodiscard]] const Signal& signal() const noexcept { return *signal_; }

    private:
        bool advance() {
            while (!queue_->undelivered_.empty()) {
                // Stays where it is, whatever is pushed behind it.
                const Undelivered& first = queue_->undelivered_.front();
                signal_ = &first.signal;
                if (queue_->delivered_ != queue_->listeners_.size()) {
                    listener_ = queue_->delivered_;
                    ++queue_->delivered_;
                    return true;
                }
                if (find_late(first)) {
                    return true;
                }
                queue_->undelivered_.pop_front();
                queue_->delivered_ = 0;
                queue_->next_late_ = {};
            }
            queue_->has_undelivered_.store(false, std::memory_order_relaxed);
            queue_->is_being_delivered_ = false;
            return false;
        }

        /// Goes to the next listener that came later. Returns whether there is one.
        bool find_late(const Undelivered& signal) {
            for (std::size_t kind = 0; kind != late_kinds; ++kind) {
                if (signal.bounds[kind] == 0) {
                    continue;
                }
                auto& next = queue_->next_late_[kind];
                LateListeners::Numbered late = queue_->late_[kind]->next(next, signal.bounds[kind]);
                if (late.listener != nullptr) {
                    late_ = std::move(late.listener);
                    next = late.number + 1;
                    return true;
                }
            }
            return false;
        }

        /// Null where nobody ever listens.
        SignalQueue* queue_;
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
    static constexpr std::size_t of_breaker = 0;
    using LateBounds = std::array<LateListeners::Number, late_kinds>;

    struct Undelivered {
        Signal signal;
        /// One more than the numbers of those that came later and hear of it; zero where there are
        /// none.
        LateBounds bounds;
    };

    [[nodiscard]] LateBounds late_bounds() const {
        LateBounds bounds{};
        for (std::size_t kind = 0; kind != late_kinds; ++kind) {
            if (late_[kind] != nullptr) {
                bounds[kind] = late_[kind]->bound();
            }
        }
        return bounds;
    }

    /// Those that came with the breaker. Never changes.
    const Listeners listeners_;
    /// Those that came later. They guard themselves; the pointers are null where there are none.
    std::array<std::shared_ptr<LateListeners>, late_kinds> late_;
    /// Oldest first.
    std::list<Undelivered> undelivered_;
    /// The number of listeners to which the first of them was delivered.
    std::size_t delivered_ = 0;
    /// The least numbers that those may have that came later and are yet to hear of it.
    LateBounds next_late_{};
    /// True while a Delivery holds the right to deliver.
    bool is_being_delivered_ = false;
    // True while there are signals. Written under the lock; read without it too, as a hint that
    // needs no order: those who act on it take the lock first.
    std::atomic<bool> has_undelivered_{false};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
