// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/cancellation.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/home.hpp>
#include <fluxgate/strand_mutex.hpp>
#include <fluxgate/waiter.hpp>

#include <cassert>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

template <class Mutex>
class BasicSemaphore;

namespace detail {

/// The waiters that one thread is to wake, in its loop; what it is given while it does so is
/// queued.
template <class Mutex>
struct WakeLoop {
    BasicSemaphore<Mutex>& semaphore;
    WakeLoop* outer;
    WaiterList<Mutex> woken{};

    static inline thread_local WakeLoop* innermost = nullptr;
};

}  // namespace detail

/// A number of slots, and a queue of coroutines that wait for one.
///
/// First come, first served: a slot that is given back goes to the first waiter, and never past it
/// to one that has just come. A slot is owned by its `Slot` alone. Waiters are nodes in their
/// awaiters, so waiting allocates nothing, and the stack stays flat however many are woken: a
/// thread that is waking waiters of this semaphore queues further ones and wakes them in its loop.
///
/// A waiter resumes in the thread that gave its slot back, or that called `wake_all`, within that
/// call; but a `Task` that a thread is blocked for in `sync_wait` resumes in that thread. To
/// destroy a waiting coroutine takes it out of the queue; a slot that it was given, and has not
/// taken on, goes to the next one. A coroutine is not destroyed while another thread resumes it.
///
/// Thread-safe where its mutex is. It outlives its slots and its waiters, which debug builds
/// assert.
template <class Mutex>
class BasicSemaphore {
public:
    /// Begins with `count` slots, all free. With none, waiters only ever leave by `wake_all`.
    explicit BasicSemaphore(std::size_t count) noexcept : free_{count} {}

    BasicSemaphore(const BasicSemaphore&) = delete;
    BasicSemaphore& operator=(const BasicSemaphore&) = delete;

    ~BasicSemaphore() { assert(waiting_.empty() && "a semaphore is destroyed with waiters"); }

    /// Owns one slot, or none; gives it back when destroyed, which resumes the first waiter.
    class [[nodiscard]] Slot {
    public:
        /// Owns none.
        Slot() = default;
        /// Takes the slot over; `other` owns none then.
        Slot(Slot&& other) noexcept : semaphore_{std::exchange(other.semaphore_, nullptr)} {}
        /// Gives back what it owned and takes the slot over.
        Slot& operator=(Slot&& other) noexcept {
            Slot taken{std::move(other)};
            std::swap(semaphore_, taken.semaphore_);
            return *this;
        }
        ~Slot() { release(); }

        /// Returns whether it owns a slot.
        [[nodiscard]] explicit operator bool() const noexcept { return semaphore_ != nullptr; }

        /// Gives the slot back, if it owns one.
        void release() noexcept {
            if (BasicSemaphore* const semaphore = std::exchange(semaphore_, nullptr)) {
                semaphore->give_back();
            }
        }

    private:
        friend BasicSemaphore;
        friend class BasicWaiter<Mutex>;
        explicit Slot(BasicSemaphore& semaphore) noexcept : semaphore_{&semaphore} {}
        BasicSemaphore* semaphore_ = nullptr;
    };

    /// What `acquire` gives to await. Destroyed while waiting, it leaves the queue.
    class [[nodiscard]] Awaiter final : BasicWaiter<Mutex> {
    public:
        ~Awaiter() {
            this->end();
            if (home_ != nullptr) {
                home_->remove(coming_);
            }
        }

        /// Returns false: whether a slot is free is asked under the lock, in `await_suspend`.
        static bool await_ready() noexcept { return false; }

        /// Goes on at once where a slot is free or `wake_all` was called in the meantime, else
        /// waits.
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> waiting) noexcept {
            home_ = detail::home_of(waiting);
            coming_.coroutine = waiting;
            return this->enter(generation_);
        }

        /// Returns the slot; one that owns none where `wake_all` ended the wait.
        Slot await_resume() noexcept { return this->take_slot(); }

    private:
        friend BasicSemaphore;
        Awaiter(BasicSemaphore& semaphore, std::uint64_t generation) noexcept
            : BasicWaiter<Mutex>{semaphore}, generation_{generation} {}

        void wake() noexcept override { coming_.coroutine.resume(); }

        bool post() noexcept override {
            if (home_ != nullptr) {
                home_->post(coming_);
            }
            return home_ != nullptr;
        }

        detail::Home* home_ = nullptr;
        detail::WaitingForHome coming_;
        std::uint64_t generation_;
    };

    /// Returns a slot, if one is free; else one that owns none.
    [[nodiscard]] Slot try_acquire() noexcept {
        return strand_.run([this]() -> Slot {
            if (free_ == 0) {
                return {};
            }
            --free_;
            return Slot{*this};
        });
    }

    /// Returns what to await for a slot.
    [[nodiscard]] Awaiter acquire() noexcept { return acquire(generation()); }

    /// Returns what to await for a slot. The wait ends at once if `wake_all` was called since
    /// `generation` was read.
    [[nodiscard]] Awaiter acquire(std::uint64_t generation) noexcept {
        return Awaiter{*this, generation};
    }

    /// Returns how often `wake_all` was called.
    [[nodiscard]] std::uint64_t generation() const noexcept {
        return strand_.run([this] { return generation_; });
    }

    /// Resumes all that wait now, in their order, without a slot.
    void wake_all() noexcept {
        wake([this](detail::WaiterList<Mutex>& woken) {
            ++generation_;
            while (BasicWaiter<Mutex>* const waiter = waiting_.pop_front()) {
                woken.push_back(*waiter);
            }
        });
    }

private:
    friend class BasicWaiter<Mutex>;
    using Loop = detail::WakeLoop<Mutex>;

    void give_back() noexcept {
        wake([this](detail::WaiterList<Mutex>& woken) {
            BasicWaiter<Mutex>* const first = waiting_.pop_front();
            if (first == nullptr) {
                ++free_;
                return;
            }
            first->has_slot_ = true;
            woken.push_back(*first);
        });
    }

    /// Returns whether the waiter has to wait.
    bool enter(BasicWaiter<Mutex>& waiter, std::uint64_t generation) noexcept {
        return strand_.run([&] {
            if (generation != generation_) {
                return false;
            }
            if (free_ != 0) {
                --free_;
                waiter.has_slot_ = true;
                return false;
            }
            waiting_.push_back(waiter);
            return true;
        });
    }

    /// Takes the waiter out of the list in which it stands. Returns whether it stood in one.
    bool leave(BasicWaiter<Mutex>& waiter) noexcept {
        return strand_.run([&] {
            if (waiter.list_ == nullptr) {
                return false;
            }
            waiter.list_->remove(waiter);
            return true;
        });
    }

    /// Has `choose` move waiters, under the lock, to those that this thread wakes, and wakes them
    /// unless this thread is doing so already, further down its stack.
    template <class Choose>
    void wake(Choose choose) noexcept {
        for (Loop* loop = Loop::innermost; loop != nullptr; loop = loop->outer) {
            if (&loop->semaphore == this) {
                strand_.run([&] { choose(loop->woken); });
                return;
            }
        }

        Loop loop{*this, Loop::innermost};
        strand_.run([&] { choose(loop.woken); });
        if (loop.woken.empty()) {
            return;
        }
        const detail::CancellationDeferred deferred;
        Loop::innermost = &loop;
        // The last one woken may destroy the semaphore: it is touched only while a waiter is left.
        while (!loop.woken.empty()) {
            if (BasicWaiter<Mutex>* const waiter = next_of(loop)) {
                waiter->wake();
            }
        }
        Loop::innermost = loop.outer;
    }

    /// Returns the next waiter that this thread is to wake, once those before it are posted.
    [[nodiscard]] BasicWaiter<Mutex>* next_of(Loop& loop) noexcept {
        return strand_.run([&] {
            BasicWaiter<Mutex>* waiter = loop.woken.pop_front();
            while (waiter != nullptr && waiter->post()) {
                waiter = loop.woken.pop_front();
            }
            return waiter;
        });
    }

    mutable StrandMutex<Mutex> strand_;
    std::size_t free_;
    std::uint64_t generation_ = 0;
    detail::WaiterList<Mutex> waiting_;
};

/// A semaphore for coroutines of any threads.
using Semaphore = BasicSemaphore<std::mutex>;

}  // namespace fluxgate::inline v0_1
