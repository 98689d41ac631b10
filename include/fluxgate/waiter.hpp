// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

template <class Mutex>
class BasicSemaphore;

namespace detail {

template <class Mutex>
class WaiterList;

}  // namespace detail

/// The base of everything that waits for a slot of a semaphore: for adapters of coroutine
/// libraries, and for code that waits without a coroutine.
///
/// It is a node of the semaphore's queue, so that waiting allocates nothing. A class derived from
/// it says what being woken means, and calls `end` in its destructor. It needs
/// <fluxgate/semaphore.hpp> too.
///
///     /// Calls a function once a slot is free, with that slot.
///     class OnSlot final : fluxgate::Waiter {
///     public:
///         using F = std::function<void(fluxgate::Semaphore::Slot)>;
///
///         OnSlot(fluxgate::Semaphore& semaphore, F f)
///             : fluxgate::Waiter{semaphore}, f_{std::move(f)} {
///             if (!enter(semaphore.generation())) {
///                 wake();  // a slot was free, or wake_all was called
///             }
///         }
///         ~OnSlot() { end(); }
///
///     private:
///         void wake() noexcept override { f_(take_slot()); }
///         F f_;
///     };
///
/// It is used by one thread at a time, but for `wake` and `post`, which are called in the thread
/// that gives the slot back; so it is destroyed in that thread, or where none can be about to wake
/// it. One wait at a time: after `wake`, `leave` or an `enter` that returned false it may enter
/// again.
template <class Mutex>
class BasicWaiter {
public:
    BasicWaiter(const BasicWaiter&) = delete;
    BasicWaiter& operator=(const BasicWaiter&) = delete;

protected:
    /// What it waits for.
    using Slot = typename BasicSemaphore<Mutex>::Slot;

    /// Waits for slots of this semaphore, once `enter` is called. The semaphore outlives it.
    explicit BasicWaiter(BasicSemaphore<Mutex>& semaphore) noexcept : semaphore_{&semaphore} {}
    ~BasicWaiter() = default;

    /// Called once the wait is over, without any lock, by the thread that gave the slot or called
    /// `wake_all`; unless `post` returned true. `take_slot` tells which of the two it was. It may
    /// destroy the waiter.
    virtual void wake() noexcept = 0;

    /// Has this waiter woken by a thread of its own, and returns true; or returns false, as it does
    /// where it is not overridden, and then `wake` is called. Called under the semaphore's mutex,
    /// which `leave` takes too: a waiter that is destroyed in its own thread meanwhile was either
    /// not posted yet, or is in that thread's queue.
    virtual bool post() noexcept { return false; }

    /// Takes a free slot and returns false; returns false without one where `wake_all` was called
    /// since that generation; else waits to be woken, which may happen before this returns, and
    /// returns true.
    bool enter(std::uint64_t generation) noexcept {
        has_entered_ = true;
        return semaphore_->enter(*this, generation);
    }

    /// Leaves the queue. Returns whether it stood there: where not, it is or was woken. It may have
    /// been granted a slot that it was about to be woken with: whoever is cancelled takes that and
    /// releases it before its caller goes on, or the slot is missing for a moment after.
    bool leave() noexcept { return semaphore_->leave(*this); }

    /// Returns the slot that came with not waiting, or with being woken; else one that owns none.
    Slot take_slot() noexcept {
        return std::exchange(has_slot_, false) ? Slot{*semaphore_} : Slot{};
    }

    /// Leaves the queue, and gives back a slot that was not taken: every waiter's end.
    void end() noexcept {
        if (has_entered_) {
            leave();
            take_slot().release();
        }
    }

private:
    friend class detail::WaiterList<Mutex>;
    friend class BasicSemaphore<Mutex>;

    BasicSemaphore<Mutex>* semaphore_;
    /// Says whether `enter` was called: a waiter that never entered ends without the lock. Only the
    /// owner reads and writes it.
    bool has_entered_ = false;
    /// The list in which it stands; null before and after. Guarded by the semaphore's mutex.
    detail::WaiterList<Mutex>* list_ = nullptr;
    /// True if a slot came with being woken, or with not waiting, and was not taken. Written under
    /// the mutex while it stands in a list, by its owner after that.
    bool has_slot_ = false;
    BasicWaiter* next_ = nullptr;
    BasicWaiter* previous_ = nullptr;
};

/// A waiter for slots of a `Semaphore`.
using Waiter = BasicWaiter<std::mutex>;

namespace detail {

/// A queue of waiters that any of them can leave. Guarded by the semaphore's mutex, but for
/// `empty`, which the one thread that drains the list may ask without it.
template <class Mutex>
class WaiterList {
public:
    [[nodiscard]] bool empty() const noexcept { return size_.load(std::memory_order_acquire) == 0; }

    void push_back(BasicWaiter<Mutex>& waiter) noexcept {
        waiter.list_ = this;
        waiter.next_ = nullptr;
        waiter.previous_ = last_;
        (last_ != nullptr ? last_->next_ : first_) = &waiter;
        last_ = &waiter;
        set_size(size_.load(std::memory_order_relaxed) + 1);
    }

    void remove(BasicWaiter<Mutex>& waiter) noexcept {
        (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
        (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = waiter.previous_;
        waiter.list_ = nullptr;
        set_size(size_.load(std::memory_order_relaxed) - 1);
    }

    BasicWaiter<Mutex>* pop_front() noexcept {
        BasicWaiter<Mutex>* const waiter = first_;
        if (waiter != nullptr) {
            remove(*waiter);
        }
        return waiter;
    }

private:
    void set_size(std::size_t size) noexcept { size_.store(size, std::memory_order_release); }

    BasicWaiter<Mutex>* first_ = nullptr;
    BasicWaiter<Mutex>* last_ = nullptr;
    // The number of waiters in the list, written under the mutex. The release in set_size() pairs
    // with the acquire in empty(): a thread that sees that a waiter has left sees all that it did
    // before.
    std::atomic<std::size_t> size_{0};
};

}  // namespace detail
}  // namespace fluxgate::inline v0_1
