// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>
#include <fluxgate/waiter.hpp>

#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QObject>

#include <coroutine>
#include <cstdint>
#include <memory>

// For coroutines that belong to a thread with an event loop of Qt: one that waits for a slot goes on
// in its own thread. It needs Qt's Core, 5 or 6, and no moc.
//
//     template <class T>
//     struct fluxgate::task_traits<QCoro::Task<T>> : fluxgate::QtTaskTraits {};

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// What a coroutine of a thread of Qt awaits for a slot. Its thread's event loop resumes it.
///
/// It is made, awaited and destroyed in that thread; destroyed while waiting, it leaves the queue.
template <class Mutex>
class [[nodiscard]] QtAwaiter final : QObject, BasicWaiter<Mutex> {
public:
    /// What it is awaited for.
    using Slot = typename BasicSemaphore<Mutex>::Slot;

    /// Waits for slots of this semaphore. The wait ends at once if `wake_all` was called since
    /// `generation` was read.
    QtAwaiter(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) noexcept
        : BasicWaiter<Mutex>{semaphore}, generation_{generation} {}
    ~QtAwaiter() override { this->end(); }

    /// Returns false: whether a slot is free is asked under the lock, in `await_suspend`.
    static bool await_ready() noexcept { return false; }

    /// Goes on at once where a slot is free or `wake_all` was called in the meantime, else waits.
    /// Throws `std::bad_alloc`.
    bool await_suspend(std::coroutine_handle<> waiting) {
        waiting_ = waiting;
        coming_ = std::make_unique<QEvent>(QEvent::User);  // nothing may throw when it is posted
        return this->enter(generation_);
    }

    /// Returns the slot; one that owns none where `wake_all` ended the wait.
    Slot await_resume() noexcept { return this->take_slot(); }

private:
    void wake() noexcept override { waiting_.resume(); }
    /// Posted events are dropped with their object, which is there: the mutex is held.
    bool post() noexcept override {
        QCoreApplication::postEvent(this, coming_.release());
        return true;
    }
    bool event(QEvent* event) override {
        if (event->type() != QEvent::User) {
            return QObject::event(event);
        }
        wake();  // which may destroy this
        return true;
    }

    std::coroutine_handle<> waiting_;
    /// Null once it is posted.
    std::unique_ptr<QEvent> coming_;
    const std::uint64_t generation_;
};

}  // namespace fluxgate::inline v0_1

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// The `task_traits` of coroutine types that belong to a thread of Qt, to be derived from.
struct QtTaskTraits {
    /// Returns what to await for a `Slot`.
    template <class Mutex>
    static QtAwaiter<Mutex> acquire(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) {
        return QtAwaiter<Mutex>{semaphore, generation};
    }
    /// Returns false: such a coroutine is cancelled by destroying it.
    static bool is_cancellation(const CaughtException&) noexcept { return false; }
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
