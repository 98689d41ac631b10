// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Senders that wait for a slot and are stopped, over a stop token of our own: that of the execution
// library is not part of what is explored.

#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/senders.hpp>
#include <fluxgate/testing.hpp>

#include "breakers.hpp"

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace explore;

namespace {

// ---- A stop, which is called under a mutex -------------------------------------------------------

class StopSource {
public:
    struct Callback {
        virtual void call() noexcept = 0;

    protected:
        ~Callback() = default;
    };

    void request_stop() {
        const std::lock_guard lock{mutex_};
        is_requested_ = true;
        if (callback_ != nullptr) {
            caller_.store(explore::this_thread(), std::memory_order_relaxed);
            std::exchange(callback_, nullptr)->call();
            caller_.store(nobody, std::memory_order_relaxed);
        }
    }
    /// Returns false, and does nothing, where a stop was requested.
    bool add(Callback& callback) {
        const std::lock_guard lock{mutex_};
        if (is_requested_) {
            return false;
        }
        callback_ = &callback;
        return true;
    }
    /// Takes the callback out, or waits until its call is over, unless this is within it.
    void remove() {
        if (caller_.load(std::memory_order_relaxed) == explore::this_thread()) {
            return;
        }
        const std::lock_guard lock{mutex_};
        callback_ = nullptr;
    }

private:
    static constexpr std::size_t nobody = ~std::size_t{0};

    explore::mutex mutex_;
    bool is_requested_ = false;
    Callback* callback_ = nullptr;
    explore::atomic<std::size_t> caller_{nobody};
};

struct StopToken {
    template <class F>
    class callback_type final : StopSource::Callback {
    public:
        callback_type(StopToken token, F f) : source_{token.source}, f_{std::move(f)} {
            if (!source_->add(*this)) {
                f_();
            }
        }
        callback_type(const callback_type&) = delete;
        callback_type& operator=(const callback_type&) = delete;
        ~callback_type() { source_->remove(); }

    private:
        void call() noexcept override { f_(); }
        StopSource* source_;
        F f_;
    };
    StopSource* source;
};

// ---- An operation that ends with its completion --------------------------------------------------

/// What became of an operation, which is destroyed as it completes, unless it stays.
struct Fate {
    bool stays = false;
    int completions = 0;
    bool had_slot = false;
    bool was_stopped = false;
    bool was_rejected = false;
    std::function<void()> destroy;
    StopSource source;
};

struct Env {
    [[nodiscard]] StopToken query(stdexec::get_stop_token_t) const noexcept { return {source}; }
    StopSource* source;
};

struct Receiver {
    using receiver_concept = stdexec::receiver_t;

    void set_value() && noexcept { end(); }
    void set_value(Semaphore::Slot slot) && noexcept {
        fate->had_slot = static_cast<bool>(slot);
        end();
    }
    void set_error(const std::exception_ptr&) && noexcept {
        fate->was_rejected = true;
        end();
    }
    void set_stopped() && noexcept {
        fate->was_stopped = true;
        end();
    }
    [[nodiscard]] Env get_env() const noexcept { return {&fate->source}; }

    void end() const noexcept {
        Fate& of_this = *fate;
        ++of_this.completions;
        if (!of_this.stays) {
            of_this.destroy();
        }
    }
    Fate* fate;
};

template <class Sender>
void start(Sender sender, Fate& fate) {
    using Operation = stdexec::connect_result_t<Sender, Receiver>;
    struct Made {
        operator Operation() { return stdexec::connect(std::move(sender), Receiver{fate}); }
        Sender sender;
        Fate* fate;
    };
    auto* const operation = new Operation(Made{std::move(sender), &fate});
    fate.destroy = [operation] { delete operation; };
    stdexec::start(*operation);
}

// ---- For a slot ----------------------------------------------------------------------------------

/// The world holds the one slot, for which a sender waits.
class SlotWorld : public World {
public:
    void check() override {
        held.release();
        if (fate.completions != 1) {
            report("a sender did not complete once");
        }
        held = semaphore.try_acquire();
        if (!held) {
            report("the slot is lost");
        }
        if (semaphore.try_acquire()) {
            report("there is a slot too many");
        }
        held.release();
    }

protected:
    void wait() { start(detail::SlotSender{semaphore, semaphore.generation()}, fate); }

    Semaphore semaphore{1};
    Semaphore::Slot held = semaphore.try_acquire();
    Fate fate;
};

struct Stopped final : SlotWorld {
    Stopped() { wait(); }
    std::vector<std::function<void()>> threads() override {
        return {[this] { held.release(); }, [this] { semaphore.wake_all(); },
                [this] { fate.source.request_stop(); }};
    }
};
struct StoppedAsItStarts final : SlotWorld {
    std::vector<std::function<void()>> threads() override {
        return {[this] { wait(); }, [this] { held.release(); },
                [this] { fate.source.request_stop(); }};
    }
};
struct StoppedForOthers final : SlotWorld {
    StoppedForOthers() {
        fate.stays = true;
        wait();
        start(detail::SlotSender{semaphore, semaphore.generation()}, other_);
    }
    std::vector<std::function<void()>> threads() override {
        return {[this] { held.release(); }, [this] { fate.source.request_stop(); }};
    }
    void check() override {
        const bool next_has_come = other_.completions == 1;
        fate.destroy();
        SlotWorld::check();
        if (!next_has_come || !other_.had_slot) {
            report("the next one did not get the slot");
        }
    }

private:
    Fate other_;
};

// ---- Through a breaker ---------------------------------------------------------------------------

/// Half-open, with its one trial under way, while a sender comes.
class GuardWorld : public World {
public:
    GuardWorld() {
        breaker_.try_acquire()->failed();
        trial = breaker_.try_acquire();
    }
    void check() override {
        trial.reset();
        if (fate.completions != 1) {
            report("a sender did not complete once");
        }
        if (!fate.was_stopped && !fate.was_rejected && breaker_.info().state != State::closed) {
            report("a success is lost");
        }
        breaker_.force_open();
        breaker_.reset();
        breaker_.try_acquire()->failed();
        trial = breaker_.try_acquire();
        if (!trial) {
            report("the slot is lost");
        }
        if (breaker_.try_acquire()) {
            report("there is a slot too many");
        }
        trial.reset();
    }

protected:
    using Breaker = AsyncCircuitBreaker<CountWindow, trackers::All, FailureStreak, Always,
                                        permits::All, Explored>;

    void come() { start(guard(breaker_, stdexec::just()), fate); }

private:
    Breaker breaker_{Explored{}, CountWindow{2}, FailureStreak{1},
                     Always{},   permits::All{}, MaxHalfOpenCalls{1}};

protected:
    std::optional<Breaker::Permission> trial;
    Fate fate;
};

struct GuardedTrialNeutral final : GuardWorld {
    std::vector<std::function<void()>> threads() override {
        return {[this] { come(); }, [this] { trial->neutral(); },
                [this] { fate.source.request_stop(); }};
    }
};
struct GuardedTrialSucceeds final : GuardWorld {
    std::vector<std::function<void()>> threads() override {
        return {[this] { come(); }, [this] { trial->succeeded(); },
                [this] { fate.source.request_stop(); }};
    }
};

}  // namespace

TEST_CASE("a sender is stopped, while its slot is given back and all are woken") {
    explore_program<Stopped>();
}
TEST_CASE("a sender is stopped as it starts to wait, while its slot is given back") {
    explore_program<StoppedAsItStarts>();
}
TEST_CASE("a sender is stopped, while its slot is given back and another waits") {
    explore_program<StoppedForOthers>();
}
TEST_CASE("a guarded sender is stopped, while a trial is neutral") {
    explore_program<GuardedTrialNeutral>();
}
TEST_CASE("a guarded sender is stopped, while a trial succeeds") {
    explore_program<GuardedTrialSucceeds>();
}
