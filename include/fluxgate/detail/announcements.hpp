// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/state.hpp>

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The listeners of a breaker and the signals that they are yet to be told of, behind one pointer,
/// since most breakers have nobody to tell. Guarded by the breaker's lock, where not said
/// otherwise.
template <class Listeners>
class Announcements {
    struct Content;

public:
    explicit Announcements(Listeners listeners) {
        if (!listeners.is_default()) {
            content_ = std::make_unique<Content>(std::move(listeners));
        }
    }

    /// Returns whether there are listeners. Without the lock.
    [[nodiscard]] bool has_listeners() const noexcept {
        return content_ != nullptr && !content_->listeners.empty();
    }

    /// Keeps a signal for the listeners, of whom there are some. Throws `std::bad_alloc`.
    void push(Signal signal) {
        content_->untold.push_back(std::move(signal));
        content_->has_untold.store(true, std::memory_order_relaxed);
    }

    /// Returns whether there are signals that some listener has yet to be told. Without the lock.
    [[nodiscard]] bool has_untold() const noexcept {
        return content_ != nullptr && content_->has_untold.load(std::memory_order_relaxed);
    }

    /// Reports the exception being handled, which came out of `culprit`. Without the lock.
    void report(const char* culprit) const {
        if (content_ != nullptr) {
            content_->listeners.report(culprit);
        } else {
            Listeners{}.report(culprit);
        }
    }

    /// The listeners, of whom there are some. Without the lock.
    [[nodiscard]] const Listeners& listeners() const noexcept { return content_->listeners; }

    /// The right to deliver signals, held by one thread or coroutine at a time until none are left
    /// or it is destroyed. A delivery that is abandoned counts as made; the next holder continues
    /// after it. Takes the lock for itself.
    template <class Mutex>
    class Telling {
    public:
        Telling(Announcements& announcements, Mutex& mutex) noexcept
            : content_{announcements.content_.get()}, mutex_{mutex} {
            if (content_ != nullptr) {
                const std::lock_guard lock{mutex_};
                has_leave_ = !std::exchange(content_->is_being_told, true);
            }
        }
        ~Telling() {
            if (has_leave_) {
                const std::lock_guard lock{mutex_};
                content_->is_being_told = false;
            }
        }
        Telling(const Telling&) = delete;
        Telling& operator=(const Telling&) = delete;

        /// Goes to the next listener and signal; whether there are any.
        bool next() noexcept {
            if (!has_leave_) {
                return false;
            }
            const std::lock_guard lock{mutex_};
            if (content_->told != 0 && content_->told == content_->listeners.size()) {
                content_->untold.pop_front();
                content_->told = 0;
            }
            if (content_->untold.empty()) {
                content_->has_untold.store(false, std::memory_order_relaxed);
                content_->is_being_told = false;
                has_leave_ = false;
                return false;
            }
            // Stays where it is, whatever is pushed behind it.
            signal_ = &content_->untold.front();
            listener_ = content_->told;
            ++content_->told;
            return true;
        }

        [[nodiscard]] std::size_t listener() const noexcept { return listener_; }
        [[nodiscard]] const Signal& signal() const noexcept { return *signal_; }

    private:
        Content* content_;
        Mutex& mutex_;
        bool has_leave_ = false;
        std::size_t listener_ = 0;
        const Signal* signal_ = nullptr;
    };

private:
    struct Content {
        explicit Content(Listeners theirs) : listeners{std::move(theirs)} {}

        const Listeners listeners;
        /// Transitions that the listeners are yet to be told of, oldest first.
        std::list<Signal> untold;
        /// How many listeners were told of the first of them.
        std::size_t told = 0;
        /// True while a Telling holds the right to deliver.
        bool is_being_told = false;
        /// True while there are signals. Written under the lock; read without it too, as a hint
        /// that needs no order: those who act on it take the lock first.
        std::atomic<bool> has_untold{false};
    };

    /// Null where there is nobody to be told, not even of errors.
    std::unique_ptr<Content> content_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
