// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/signal.hpp>

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The listeners of a breaker, and the signals that are not delivered to them yet, behind one
/// pointer, since most breakers have no listeners. Guarded by the breaker's lock, where not said
/// otherwise.
template <class Listeners>
class SignalQueue {
    struct Content;

public:
    explicit SignalQueue(Listeners listeners) {
        if (!listeners.is_default()) {
            content_ = std::make_unique<Content>(std::move(listeners));
        }
    }

    /// Returns whether there are listeners. Without the lock.
    [[nodiscard]] bool has_listeners() const noexcept {
        return content_ != nullptr && !content_->listeners.empty();
    }

    /// Keeps a signal for the listeners, of which there are some. Throws `std::bad_alloc`.
    void push(Signal signal) {
        content_->undelivered.push_back(std::move(signal));
        content_->has_undelivered.store(true, std::memory_order_relaxed);
    }

    /// Returns whether there are signals that are not delivered to every listener. Without the
    /// lock.
    [[nodiscard]] bool has_undelivered() const noexcept {
        return content_ != nullptr && content_->has_undelivered.load(std::memory_order_relaxed);
    }

    /// Reports the exception being handled, which came out of `culprit`. Without the lock.
    void report(const char* culprit) const {
        if (content_ != nullptr) {
            content_->listeners.report(culprit);
        } else {
            Listeners{}.report(culprit);
        }
    }

    /// Returns the listeners, of which there are some. Without the lock.
    [[nodiscard]] const Listeners& listeners() const noexcept { return content_->listeners; }

    /// The right to deliver signals, held by one thread or coroutine at a time until none are left
    /// or it is destroyed. A delivery that is abandoned counts as made; the next holder continues
    /// after it. Takes the lock for itself.
    template <class Strand>
    class Delivery {
    public:
        Delivery(SignalQueue& queue, Strand& strand)
            : content_{queue.content_.get()}, strand_{strand} {
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
            holds_right_ = holds_right_ && strand_.run([this] { return advance(); });
            return holds_right_;
        }

        [[nodiscard]] std::size_t listener() const noexcept { return listener_; }
        [[nodiscard]] const Signal& signal() const noexcept { return *signal_; }

    private:
        bool advance() {
            if (content_->delivered != 0 && content_->delivered == content_->listeners.size()) {
                content_->undelivered.pop_front();
                content_->delivered = 0;
            }
            if (content_->undelivered.empty()) {
                content_->has_undelivered.store(false, std::memory_order_relaxed);
                content_->is_being_delivered = false;
                return false;
            }
            // Stays where it is, whatever is pushed behind it.
            signal_ = &content_->undelivered.front();
            listener_ = content_->delivered;
            ++content_->delivered;
            return true;
        }

        Content* content_;
        Strand& strand_;
        bool holds_right_ = false;
        std::size_t listener_ = 0;
        const Signal* signal_ = nullptr;
    };

private:
    struct Content {
        explicit Content(Listeners theirs) : listeners{std::move(theirs)} {}

        const Listeners listeners;
        /// Oldest first.
        std::list<Signal> undelivered;
        /// The number of listeners to which the first of them was delivered.
        std::size_t delivered = 0;
        /// True while a Delivery holds the right to deliver.
        bool is_being_delivered = false;
        /// True while there are signals. Written under the lock; read without it too, as a hint
        /// that needs no order: those who act on it take the lock first.
        std::atomic<bool> has_undelivered{false};
    };

    /// Null where there are no listeners and no handler of errors.
    std::unique_ptr<Content> content_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
