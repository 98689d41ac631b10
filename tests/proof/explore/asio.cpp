// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// A completion handler of Asio's that waits for a slot, over an execution context of our own:
// Asio's own atomics and locks are not part of what is explored.

#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/detail/adapters/asio_waiter.hpp>
#include <fluxgate/semaphore.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;

namespace {

/// As much of Asio as the waiter uses. A handler runs when its context is polled.
struct FakeAsio {
    struct execution_context {
        /// The base of services, which the context shuts down as it goes.
        struct service {
            explicit service(execution_context&) {}
            virtual ~service() = default;
            virtual void shutdown() = 0;
        };
        struct id {};

        std::shared_ptr<detail::ParkingLot> lot = std::make_shared<detail::ParkingLot>();
        explore::mutex mutex;
        std::vector<std::function<void()>> posted;
        bool is_gone = false;
        /// What each post touches.
        plain_data<bool> touched{false};
    };

    struct Executor {
        execution_context* context;
    };

    /// What becomes of the handler.
    struct Fate {
        std::function<void()> cancel;
        int called = 0;
        int dropped = 0;
        bool had_slot = false;
    };

    class Handler {
    public:
        Handler(execution_context& context, Fate& fate) : context_{&context}, fate_{&fate} {}
        Handler(Handler&& other) noexcept
            : context_{other.context_}, fate_{std::exchange(other.fate_, nullptr)} {}
        Handler& operator=(Handler&&) = delete;
        ~Handler() {
            if (fate_ != nullptr) {
                ++fate_->dropped;
            }
        }

        void operator()(bool, const Semaphore::Slot& slot) {
            Fate& fate = *std::exchange(fate_, nullptr);
            ++fate.called;
            fate.had_slot = static_cast<bool>(slot);
        }

        [[nodiscard]] execution_context* context() const { return context_; }
        [[nodiscard]] Fate& fate() const { return *fate_; }

    private:
        execution_context* context_;
        Fate* fate_;
    };

    template <class Service>
    struct ServiceOf {
        std::shared_ptr<detail::ParkingLot> parking_lot;
        [[nodiscard]] const std::shared_ptr<detail::ParkingLot>& lot() const { return parking_lot; }
    };

    static Executor executor_of(const Handler& handler) { return {handler.context()}; }
    static std::shared_ptr<int> keep_running(const Executor&) { return std::make_shared<int>(); }
    template <class Service>
    static ServiceOf<Service> service_of(const Executor& executor) {
        return {executor.context->lot};
    }
    template <class F>
    static void on_cancel(const Handler& handler, F f) {
        handler.fate().cancel = std::move(f);
    }
    static void clear_cancel(const Handler& handler) { handler.fate().cancel = nullptr; }
    static bool error(bool is_cancelled) { return is_cancelled; }
    template <class F>
    static void post(const Executor& executor, F f) {
        execution_context& context = *executor.context;
        context.touched = true;
        auto shared = std::make_shared<F>(std::move(f));
        const std::lock_guard lock{context.mutex};
        if (context.is_gone) {
            report("something is posted to a context that is gone");
        }
        context.posted.emplace_back([shared] { (*shared)(); });
    }
};

/// An execution context, with one handler that waits for a slot.
class Context {
public:
    /// Has a handler begin to wait, as the context's thread.
    void start(Semaphore& semaphore) {
        using Waiter = detail::AsioWaiter<FakeAsio, explore::mutex, FakeAsio::Handler>;
        Waiter::start(semaphore, semaphore.generation(), FakeAsio::Handler{context_, fate_});
    }

    /// Runs what is posted, as the context's thread.
    void poll() {
        for (const std::function<void()>& handler : take_posted(false)) {
            handler();
        }
    }

    /// Cancels the handler, as the context's thread.
    void cancel() {
        if (const std::function<void()> cancel = fate_.cancel) {
            cancel();
        }
    }

    /// Ends the context.
    void shut_down() {
        context_.lot->drop_all();
        static_cast<void>(take_posted(true));
    }

    void check() {
        if (!context_.is_gone) {
            poll();
        }
        if (fate_.called + fate_.dropped != 1) {
            report("the handler was neither called once nor dropped once");
        }

        if (context_.lot.use_count() != 1) {
            report("a waiter is left");
        }
    }

    [[nodiscard]] bool had_slot() const { return fate_.had_slot; }

private:
    std::vector<std::function<void()>> take_posted(bool for_ever) {
        const std::lock_guard lock{context_.mutex};
        context_.is_gone = for_ever;
        return std::exchange(context_.posted, {});
    }

    FakeAsio::execution_context context_;
    FakeAsio::Fate fate_;
};

/// The world holds the one slot, for which a handler waits.
class SlotWorld : public World {
public:
    void check() override {
        context.check();
        held.release();
        held = semaphore.try_acquire();
        if (!held) {
            report("the slot is lost");
        }
        if (semaphore.try_acquire()) {
            report("there is a slot too many");
        }
    }

protected:
    Semaphore semaphore{1};
    Semaphore::Slot held = semaphore.try_acquire();
    Context context;
};

struct HandlerWorld : SlotWorld {
    HandlerWorld() { context.start(semaphore); }
};

struct BeginsToWait final : SlotWorld {
    std::vector<std::function<void()>> threads() override {
        return {[this] { held.release(); },
                [this] {
                    context.start(semaphore);
                    context.poll();
                }};
    }
    void check() override {
        SlotWorld::check();
        if (!context.had_slot()) {
            report("a handler was called without a slot");
        }
    }
};

struct Cancelled final : HandlerWorld {
    std::vector<std::function<void()>> threads() override {
        return {[this] { held.release(); }, [this] { semaphore.wake_all(); },
                [this] {
                    context.cancel();
                    context.poll();
                }};
    }
};
struct ContextGoes final : HandlerWorld {
    std::vector<std::function<void()>> threads() override {
        return {[this] { held.release(); }, [this] { semaphore.wake_all(); },
                [this] { context.shut_down(); }};
    }
};
struct CancelledAndContextGoes final : HandlerWorld {
    std::vector<std::function<void()>> threads() override {
        return {[this] { held.release(); },
                [this] {
                    context.poll();
                    context.cancel();
                    context.poll();
                    context.shut_down();
                }};
    }
};
struct WokenAndContextGoes final : HandlerWorld {
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    semaphore.wake_all();
                    held.release();
                },
                [this] {
                    context.poll();
                    context.shut_down();
                }};
    }
};

/// One of two handlers that a thread is waking is cancelled in its own thread.
struct OneOfTwoCancelled final : HandlerWorld {
    OneOfTwoCancelled() { other_context_.start(semaphore); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { semaphore.wake_all(); },
                [this] {
                    other_context_.cancel();
                    other_context_.poll();
                }};
    }
    void check() override {
        other_context_.check();
        HandlerWorld::check();
    }

private:
    Context other_context_;
};

}  // namespace

TEST_CASE("a handler begins to wait, while its slot is given back") {
    explore_program<BeginsToWait>();
}
TEST_CASE("a handler is cancelled, while its slot is given back and all are woken") {
    explore_program<Cancelled>();
}
TEST_CASE("a handler's context goes, while its slot is given back and all are woken") {
    explore_program<ContextGoes>();
}
TEST_CASE("a handler is cancelled and its context goes, while its slot is given back") {
    explore_program<CancelledAndContextGoes>();
}
TEST_CASE("a handler's context goes, while all are woken and then its slot is given back") {
    explore_program<WokenAndContextGoes>();
}
TEST_CASE("one of two handlers is cancelled, while all are woken") {
    explore_program<OneOfTwoCancelled>();
}
