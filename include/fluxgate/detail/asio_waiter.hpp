// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/semaphore.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

// How a completion handler of Asio's waits for a slot. `Api` says which Asio: the one with Boost or
// the one without.

namespace fluxgate::detail {

/// A waiter as its context knows it: a node of a list.
class ParkedWaiter {
public:
    ParkedWaiter(const ParkedWaiter&) = delete;
    ParkedWaiter& operator=(const ParkedWaiter&) = delete;
    virtual ~ParkedWaiter() = default;

protected:
    ParkedWaiter() = default;

private:
    template <class Api>
    friend class ParkingService;
    bool parked_ = false;
    ParkedWaiter* next_ = nullptr;
    ParkedWaiter* previous_ = nullptr;
};

/// The parked waiters of an execution context, which are dropped with it: nobody else would. What
/// is parked here is owned here, and whoever takes it out owns it. Thread-safe; constant time each.
template <class Api>
class ParkingService : public Api::execution_context::service {
public:
    using key_type = ParkingService;

    static inline typename Api::execution_context::id id;

    explicit ParkingService(typename Api::execution_context& context)
        : Api::execution_context::service{context} {}

    void park(ParkedWaiter& waiter) noexcept {
        const std::lock_guard lock{mutex_};
        waiter.parked_ = true;
        waiter.next_ = first_;
        if (first_ != nullptr) {
            first_->previous_ = &waiter;
        }
        first_ = &waiter;
    }

    /// Whether the waiter was parked, and is the caller's now.
    bool take_out(ParkedWaiter& waiter) noexcept {
        const std::lock_guard lock{mutex_};
        if (!waiter.parked_) {
            return false;
        }
        unlink(waiter);
        return true;
    }

private:
    void shutdown() noexcept override {
        while (ParkedWaiter* const waiter = take_first()) {
            delete waiter;
        }
    }

    ParkedWaiter* take_first() noexcept {
        const std::lock_guard lock{mutex_};
        ParkedWaiter* const waiter = first_;
        if (waiter != nullptr) {
            unlink(*waiter);
        }
        return waiter;
    }

    /// Under the lock.
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

/// Waits for a slot on behalf of a completion handler `void(error_code, Slot)`, which owns the
/// waiting coroutine. While it waits it keeps its context running. Being woken, by any thread,
/// posts to the handler's own executor; being cancelled, in that executor, does so with
/// `operation_aborted`.
template <class Api, class Mutex, class Handler>
class AsioWaiter final : public ParkedWaiter, private Waiter<Mutex> {
public:
    using Slot = typename BasicSemaphore<Mutex>::Slot;

    static void start(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation, Handler handler) {
        auto waiter = std::unique_ptr<AsioWaiter>{new AsioWaiter{semaphore, std::move(handler)}};
        AsioWaiter& started = *waiter;
        Api::on_cancel(started.handler_, [&started] { started.cancel(); });
        started.service_.park(*waiter.release());
        // From here on any thread may wake it, and what is woken may be gone.
        if (!started.enter(generation)) {
            started.wake();
        }
    }

    ~AsioWaiter() override { this->end(); }

private:
    using Executor = decltype(Api::executor_of(std::declval<const Handler&>()));
    using Service = ParkingService<Api>;

    AsioWaiter(BasicSemaphore<Mutex>& semaphore, Handler handler)
        : Waiter<Mutex>{semaphore},
          handler_{std::move(handler)},
          executor_{Api::executor_of(handler_)},
          work_{Api::keep_running(executor_)},
          service_{Api::template service_of<Service>(executor_)} {}

    void wake() noexcept override { complete(false); }

    void cancel() noexcept {
        if (this->leave()) {
            complete(true);
        }
    }

    void complete(bool cancelled) noexcept {
        if (!service_.take_out(*this)) {
            return;  // the context is going, and this with it
        }
        // A copy, for what is posted may run, and destroy this, before post() returns.
        const Executor executor = executor_;
        Api::post(executor, [self = std::unique_ptr<AsioWaiter>{this}, cancelled]() mutable {
            Api::clear_cancel(self->handler_);
            Handler handler = std::move(self->handler_);
            Slot slot = self->take_slot();
            self.reset();
            std::move(handler)(Api::error(cancelled), std::move(slot));
        });
    }

    Handler handler_;
    Executor executor_;
    decltype(Api::keep_running(std::declval<const Executor&>())) work_;
    Service& service_;
};

}  // namespace fluxgate::detail
