// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/waiter.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

// How a completion handler of Asio's waits for a slot. `Api` says which Asio: the one with Boost or
// the one without.
//
// Two may end the wait, each in a thread of its own: the one that gives a slot, and the execution
// context as it goes. The parking lot's lock decides which of them has the handler. It is held
// while the handler is posted, so that nothing is posted to a context that is already gone; and the
// waiter itself stays until both are done with it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A waiter as its context knows it: a node of a list.
class ParkedWaiter {
public:
    ParkedWaiter(const ParkedWaiter&) = delete;
    ParkedWaiter& operator=(const ParkedWaiter&) = delete;

protected:
    ParkedWaiter() = default;
    ~ParkedWaiter() = default;

private:
    friend class ParkingLot;

    /// Destroys the handler, since its context goes. Without the lock.
    virtual void drop() noexcept = 0;

    bool parked_ = false;
    ParkedWaiter* next_ = nullptr;
    ParkedWaiter* previous_ = nullptr;
};

/// The parked waiters of an execution context. Thread-safe; constant time each.
class ParkingLot {
public:
    void park(ParkedWaiter& waiter) noexcept {
        const std::lock_guard lock{mutex_};
        waiter.parked_ = true;
        waiter.next_ = first_;
        if (first_ != nullptr) {
            first_->previous_ = &waiter;
        }
        first_ = &waiter;
    }

    /// Takes the waiter out and calls `f()`, unless its context is going, and the waiter with it.
    template <class F>
    void take_out(ParkedWaiter& waiter, F f) noexcept {
        const std::lock_guard lock{mutex_};
        if (waiter.parked_) {
            unlink(waiter);
            f();
        }
    }

    /// Drops all waiters: nobody else would.
    void drop_all() noexcept {
        while (ParkedWaiter* const waiter = take_first()) {
            waiter->drop();
        }
    }

private:
    ParkedWaiter* take_first() noexcept {
        const std::lock_guard lock{mutex_};
        ParkedWaiter* const waiter = first_;
        if (waiter != nullptr) {
            unlink(*waiter);
        }
        return waiter;
    }

    /// Called under the lock.
    void unlink(ParkedWaiter& waiter) noexcept {
        (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
        if (waiter.next_ != nullptr) {
            waiter.next_->previous_ = waiter.previous_;
        }
        waiter.parked_ = false;
    }

    std::mutex mutex_;
    ParkedWaiter* first_ = nullptr;
};

/// Gives each execution context its parking lot, and drops the waiters that are parked there as the
/// context goes. A waiter keeps the lot itself: it may outlive the context for as long as another
/// thread is about to wake it.
template <class Api>
class ParkingService : public Api::execution_context::service {
public:
    using key_type = ParkingService;

    static inline typename Api::execution_context::id id;

    explicit ParkingService(typename Api::execution_context& context)
        : Api::execution_context::service{context} {}

    [[nodiscard]] const std::shared_ptr<ParkingLot>& lot() const noexcept { return lot_; }

private:
    void shutdown() noexcept override { lot_->drop_all(); }

    const std::shared_ptr<ParkingLot> lot_ = std::make_shared<ParkingLot>();
};

/// Waits for a slot on behalf of a completion handler `void(error_code, Slot)`, which owns the
/// waiting coroutine. While it waits it keeps its context running. Being woken, by any thread,
/// posts to the handler's own executor; being cancelled, in that executor, does so with
/// `operation_aborted`.
template <class Api, class Mutex, class Handler>
class AsioWaiter final : public ParkedWaiter, private BasicWaiter<Mutex> {
public:
    using Slot = typename BasicSemaphore<Mutex>::Slot;

    static void start(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation, Handler handler) {
        auto waiter = std::unique_ptr<AsioWaiter>{new AsioWaiter{semaphore, std::move(handler)}};
        AsioWaiter& started = *waiter;
        Api::on_cancel(*started.handler_, [&started] { started.cancel(); });
        started.lot_->park(*waiter.release());
        // From here on any thread may wake it, and what is woken may be gone.
        if (!started.enter(generation)) {
            started.wake();
        }
    }

    ~AsioWaiter() = default;

private:
    using Executor = decltype(Api::executor_of(std::declval<const Handler&>()));
    using Work = decltype(Api::keep_running(std::declval<const Executor&>()));

    /// What is posted: the handler's own share of the waiter.
    class Completion {
    public:
        Completion(AsioWaiter& waiter, bool cancelled) noexcept
            : waiter_{&waiter}, cancelled_{cancelled} {}
        Completion(Completion&& other) noexcept
            : waiter_{std::exchange(other.waiter_, nullptr)}, cancelled_{other.cancelled_} {}
        Completion& operator=(Completion&&) = delete;
        ~Completion() {
            if (waiter_ != nullptr) {
                waiter_->give_up();
            }
        }

        void operator()() {
            AsioWaiter& waiter = *std::exchange(waiter_, nullptr);
            Api::clear_cancel(*waiter.handler_);
            Handler handler = std::move(*waiter.handler_);
            Slot slot = waiter.take_slot();
            waiter.give_up();
            if (cancelled_) {
                // It was granted at the same time. The handler runs the caller to its end, by which
                // the slot is free again.
                slot.release();
            }
            std::move(handler)(Api::error(cancelled_), std::move(slot));
        }

    private:
        AsioWaiter* waiter_;
        bool cancelled_;
    };

    AsioWaiter(BasicSemaphore<Mutex>& semaphore, Handler handler)
        : BasicWaiter<Mutex>{semaphore},
          handler_{std::move(handler)},
          executor_{Api::executor_of(*handler_)},
          work_{Api::keep_running(*executor_)},
          lot_{Api::template service_of<ParkingService<Api>>(*executor_).lot()} {}

    void wake() noexcept override {
        complete(false);
        release();
    }

    void cancel() noexcept {
        if (this->leave()) {
            complete(true);
            release();
        }
    }

    void drop() noexcept override {
        if (this->leave()) {
            release();  // the share of the thread that would have woken it
        }
        give_up();
    }

    void complete(bool cancelled) noexcept {
        lot_->take_out(*this, [&] {
            // A copy, for what is posted may run, and give up this one, before post() returns. It
            // is gone before the lock is released, and with it the last that might touch the
            // context.
            const Executor executor = *executor_;
            Api::post(executor, Completion{*this, cancelled});
        });
    }

    /// Ends the handler's share: all that belongs to the context goes, and a slot that was
    /// not taken on.
    void give_up() noexcept {
        this->take_slot().release();
        handler_.reset();
        work_.reset();
        executor_.reset();
        release();
    }

    void release() noexcept {
        if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

    // Emptied by the handler's share.
    std::optional<Handler> handler_;
    std::optional<Executor> executor_;
    std::optional<Work> work_;
    const std::shared_ptr<ParkingLot> lot_;
    /// Two: the handler's, and that of the thread that takes the waiter out of the semaphore's
    /// queue. Each releases what it did to the one that deletes.
    std::atomic<int> shares_{2};
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
