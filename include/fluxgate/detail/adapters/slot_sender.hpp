// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/semaphore.hpp>
#include <fluxgate/waiter.hpp>

#include <stdexec/execution.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A sender of a slot. A slot is its value, or one that owns none where `wake_all` ended the wait; a
/// stop that is requested during the wait ends it at once.
///
/// It completes in the thread that ends the wait: which gives the slot back, calls `wake_all` or
/// requests the stop.
template <class Mutex>
class SlotSender {
    using Slot = typename BasicSemaphore<Mutex>::Slot;

public:
    using sender_concept = stdexec::sender_t;

    /// Waits for slots of this semaphore. The wait ends at once if `wake_all` was called since
    /// `generation` was read.
    SlotSender(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation) noexcept
        : semaphore_{&semaphore}, generation_{generation} {}

    template <class Self, class... Env>
    static consteval stdexec::completion_signatures<stdexec::set_value_t(Slot),
                                                    stdexec::set_stopped_t()>
    get_completion_signatures() {
        return {};
    }

    template <class Receiver>
    class Operation final : BasicWaiter<Mutex> {
    public:
        using operation_state_concept = stdexec::operation_state_t;

        Operation(BasicSemaphore<Mutex>& semaphore, std::uint64_t generation, Receiver receiver)
            : BasicWaiter<Mutex>{semaphore},
              generation_{generation},
              receiver_{std::move(receiver)} {}
        ~Operation() { this->end(); }

        void start() & noexcept {
            if (!this->enter(generation_)) {
                stdexec::set_value(std::move(receiver_), this->take_slot());
                return;
            }
            on_stop_.emplace(stdexec::get_stop_token(stdexec::get_env(receiver_)), Leave{this});
            arrive();
        }

    private:
        struct Leave {
            void operator()() noexcept {
                if (operation->leave()) {
                    operation->is_stopped_ = true;
                    operation->arrive();
                }
            }
            Operation* operation;
        };
        using StopToken = stdexec::stop_token_of_t<stdexec::env_of_t<Receiver>>;

        void wake() noexcept override { arrive(); }

        /// Comes to the end of `start`, or to that of the wait; the later of the two completes.
        void arrive() noexcept {
            if (to_arrive_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
                return;
            }
            on_stop_.reset();
            if (is_stopped_) {
                this->take_slot().release();  // with which it was about to be woken
                stdexec::set_stopped(std::move(receiver_));
            } else {
                stdexec::set_value(std::move(receiver_), this->take_slot());
            }
        }

        const std::uint64_t generation_;
        Receiver receiver_;
        // Which of the end of `start` and the end of the wait are yet to come: 2, 1, 0. Each of the
        // two releases what it did, and the later one acquires that of the other: `on_stop_`,
        // `is_stopped_` and the slot.
        std::atomic<std::uint32_t> to_arrive_{2};
        /// Says whether a stop has ended the wait. Written before its thread arrives.
        bool is_stopped_ = false;
        std::optional<stdexec::stop_callback_for_t<StopToken, Leave>> on_stop_;
    };

    template <class Receiver>
    Operation<Receiver> connect(Receiver receiver) const {
        return Operation<Receiver>{*semaphore_, generation_, std::move(receiver)};
    }

private:
    BasicSemaphore<Mutex>* semaphore_;
    std::uint64_t generation_;
};

}  // namespace fluxgate::inline v0_1::detail
