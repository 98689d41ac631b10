// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/cancellation.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/home.hpp>

#include <atomic>
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

template <class Mutex>
class WaiterList;

/// One who waits for a slot: a node that lives in its awaiter, so that waiting allocates nothing.
template <class Mutex>
class Waiter {
public:
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

protected:
    explicit Waiter(BasicSemaphore<Mutex>& semaphore) noexcept : semaphore_{&semaphore} {}
    ~Waiter() = default;

    using Slot = typename BasicSemaphore<Mutex>::Slot;

    /// Called once, without any lock, by the thread that gave the slot or woke everybody; unless it
    /// was posted.
    virtual void wake() noexcept = 0;

    /// Has this waiter woken by a thread of its own, if it has one, and returns whether it does.
    /// Called under the semaphore's mutex, which `leave` takes too: so one that is destroyed in its
    /// thread meanwhile was either not posted yet, or is in that thread's queue.
    virtual bool post() noexcept { return false; }

    /// Takes a free slot, or none where `wake_all` was called since that generation, or else waits
    /// to be woken, which may happen before this returns. Whether it waits.
    bool enter(std::uint64_t generation) noexcept { return semaphore_->enter(*this, generation); }

    /// Leaves the queue. Whether it stood there: where not, it is or was woken.
    bool leave() noexcept { return semaphore_->leave(*this); }

    /// The slot that came with not waiting, or with being woken; else one that owns none.
    Slot take_slot() noexcept {
        return std::exchange(has_slot_, false) ? Slot{*semaphore_} : Slot{};
    }

    /// Leaves the queue, and gives back a slot that was not taken: every waiter's end.
    void end() noexcept {
        leave();
        take_slot().release();
    }

private:
    friend class WaiterList<Mutex>;
    friend class BasicSemaphore<Mutex>;

    BasicSemaphore<Mutex>* semaphore_;
    /// The list it stands in; null before and after. Guarded by the semaphore's mutex.
    WaiterList<Mutex>* list_ = nullptr;
    /// Whether a slot came with being woken, and was not taken on. Written under the mutex while it
    /// stands in a list, by its own coroutine after that.
    bool has_slot_ = false;
    Waiter* next_ = nullptr;
    Waiter* previous_ = nullptr;
};

/// A queue of waiters that any of them can leave. Guarded by the semaphore's mutex, but for
/// `empty`, which the one thread that drains the list may ask without it.
template <class Mutex>
class WaiterList {
public:
    [[nodiscard]] bool empty() const noexcept { return size_.load(std::memory_order_acquire) == 0; }

    void push_back(Waiter<Mutex>& waiter) noexcept {
        waiter.list_ = this;
        waiter.next_ = nullptr;
        waiter.previous_ = last_;
        (last_ != nullptr ? last_->next_ : first_) = &waiter;
        last_ = &waiter;
        set_size(size_.load(std::memory_order_relaxed) + 1);
    }

    void remove(Waiter<Mutex>& waiter) noexcept {
        (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
        (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = waiter.previous_;
        waiter.list_ = nullptr;
        set_size(size_.load(std::memory_order_relaxed) - 1);
    }

    Waiter<Mutex>* pop_front() noexcept {
        Waiter<Mutex>* const waiter = first_;
        if (waiter != nullptr) {
            remove(*waiter);
        }
        return waiter;
    }

private:
    void set_size(std::size_t size) noexcept { size_.store(size, std::memory_order_release); }

    Waiter<Mutex>* first_ = nullptr;
    Waiter<Mutex>* last_ = nullptr;
    // The number of waiters in the list, written under the mutex. The release in set_size() pairs
    // with the acquire in empty(): whoever sees that a waiter has left sees all that it did before.
    std::atomic<std::size_t> size_{0};
};

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
/// to someone who has just come. A slot is owned by its `Slot` alone. Waiters are nodes in their
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

        /// Whether it owns a slot.
        [[nodiscard]] explicit operator bool() const noexcept { return semaphore_ != nullptr; }

        /// Gives the slot back, if it owns one.
        void release() noexcept {
            if (BasicSemaphore* const semaphore = std::exchange(semaphore_, nullptr)) {
                semaphore->give_back();
            }
        }

    private:
        friend BasicSemaphore;
        friend class detail::Waiter<Mutex>;
        explicit Slot(BasicSemaphore& semaphore) noexcept : semaphore_{&semaphore} {}
        BasicSemaphore* semaphore_ = nullptr;
    };

    /// What `acquire` gives to await. Destroyed while waiting, it leaves the queue.
    class [[nodiscard]] Awaiter final : private detail::Waiter<Mutex> {
    public:
        ~Awaiter() {
            this->end();
            if (home_ != nullptr) {
                home_->remove(coming_);
            }
        }

        /// Never: whether a slot is free is asked under the lock, in `await_suspend`.
        static bool await_ready() noexcept { return false; }

        /// Goes on at once where a slot is free or `wake_all` was called in the meantime, else
        /// waits.
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> waiting) noexcept {
            home_ = detail::home_of(waiting);
            coming_.coroutine = waiting;
            return this->enter(generation_);
        }

        /// The slot; one that owns none where `wake_all` ended the wait.
        Slot await_resume() noexcept { return this->take_slot(); }

    private:
        friend BasicSemaphore;
        Awaiter(BasicSemaphore& semaphore, std::uint64_t generation) noexcept
            : detail::Waiter<Mutex>{semaphore}, generation_{generation} {}

        void wake() noexcept override { coming_.coroutine.resume(); }

        bool post() noexcept override {
            if (home_ != nullptr) {
                home_->post(coming_);
            }
            return home_ != nullptr;
        }

        detail::Home* home_ = nullptr;
        detail::Homecomer coming_;
        std::uint64_t generation_;
    };

    /// A slot, if one is free.
    [[nodiscard]] Slot try_acquire() noexcept {
        const std::lock_guard lock{mutex_};
        if (free_ == 0) {
            return {};
        }
        --free_;
        return Slot{*this};
    }

    /// To be awaited for a slot.
    [[nodiscard]] Awaiter acquire() noexcept { return acquire(generation()); }

    /// As `acquire()`, but does not wait where `wake_all` was called since `generation` was asked
    /// for.
    [[nodiscard]] Awaiter acquire(std::uint64_t generation) noexcept {
        return Awaiter{*this, generation};
    }

    /// How often `wake_all` was called.
    [[nodiscard]] std::uint64_t generation() const noexcept {
        const std::lock_guard lock{mutex_};
        return generation_;
    }

    /// Resumes all who wait now, in their order, without a slot.
    void wake_all() noexcept {
        wake([this](detail::WaiterList<Mutex>& woken) {
            ++generation_;
            while (detail::Waiter<Mutex>* const waiter = waiting_.pop_front()) {
                woken.push_back(*waiter);
            }
        });
    }

private:
    friend class detail::Waiter<Mutex>;
    using Loop = detail::WakeLoop<Mutex>;

    void give_back() noexcept {
        wake([this](detail::WaiterList<Mutex>& woken) {
            detail::Waiter<Mutex>* const first = waiting_.pop_front();
            if (first == nullptr) {
                ++free_;
                return;
            }
            first->has_slot_ = true;
            woken.push_back(*first);
        });
    }

    /// Whether the waiter has to wait.
    bool enter(detail::Waiter<Mutex>& waiter, std::uint64_t generation) noexcept {
        const std::lock_guard lock{mutex_};
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
    }

    /// Takes the waiter out of the list in which it stands, if it does.
    bool leave(detail::Waiter<Mutex>& waiter) noexcept {
        const std::lock_guard lock{mutex_};
        if (waiter.list_ == nullptr) {
            return false;
        }
        waiter.list_->remove(waiter);
        return true;
    }

    /// Has `choose` move waiters, under the lock, to those that this thread wakes, and wakes them
    /// unless this thread is doing so already, further down its stack.
    template <class Choose>
    void wake(Choose choose) noexcept {
        for (Loop* loop = Loop::innermost; loop != nullptr; loop = loop->outer) {
            if (&loop->semaphore == this) {
                const std::lock_guard lock{mutex_};
                choose(loop->woken);
                return;
            }
        }

        Loop loop{*this, Loop::innermost};
        {
            const std::lock_guard lock{mutex_};
            choose(loop.woken);
        }
        if (loop.woken.empty()) {
            return;
        }
        const detail::CancellationDeferred deferred;
        Loop::innermost = &loop;
        // The last one woken may destroy the semaphore: it is touched only while a waiter is left.
        while (!loop.woken.empty()) {
            if (detail::Waiter<Mutex>* const waiter = next_of(loop)) {
                waiter->wake();
            }
        }
        Loop::innermost = loop.outer;
    }

    /// Returns the next waiter that this thread is to wake, once those before it are posted.
    [[nodiscard]] detail::Waiter<Mutex>* next_of(Loop& loop) noexcept {
        const std::lock_guard lock{mutex_};
        detail::Waiter<Mutex>* waiter = loop.woken.pop_front();
        while (waiter != nullptr && waiter->post()) {
            waiter = loop.woken.pop_front();
        }
        return waiter;
    }

    mutable Mutex mutex_;
    std::size_t free_;
    std::uint64_t generation_ = 0;
    detail::WaiterList<Mutex> waiting_;
};

/// A semaphore for coroutines of any threads.
using Semaphore = BasicSemaphore<std::mutex>;

}  // namespace fluxgate::inline v0_1
