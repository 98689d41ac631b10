// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/adapters/slot_sender.hpp>
#include <fluxgate/detail/calls/breaker_access.hpp>
#include <fluxgate/detail/calls/made_in_place.hpp>
#include <fluxgate/detail/calls/run.hpp>
#include <fluxgate/detail/calls/way_in.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/machine/waiters.hpp>
#include <fluxgate/detail/nothing.hpp>

#include <stdexec/execution.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

// A sender's call through a breaker, started: the way in, the hop after a wait, the sender itself.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

template <class Breaker>
using core_of_t = std::remove_cvref_t<decltype(BreakerAccess::core(std::declval<Breaker&>()))>;

/// True where a call may have to wait for a slot.
template <class Core>
inline constexpr bool waits_for_slots = !std::same_as<typename Core::Slot, NoWaiters::Slot>;

/// The way in of a call that never waits: as `WayIn`, without what a wait takes.
template <class Core>
class DirectWay {
public:
    explicit DirectWay(Core& core) noexcept : core_{core} {}

    [[nodiscard]] bool waits() {
        admission_ = core_.admit();
        return false;
    }
    [[nodiscard]] const typename Core::Admission& admission() const noexcept { return admission_; }
    [[nodiscard]] Call<Core> begin() { return {core_, admission_}; }
    [[nodiscard]] static typename Core::Slot take_slot() noexcept { return {}; }

private:
    Core& core_;
    typename Core::Admission admission_{};
};

/// The operation by which a receiver waits for a slot.
template <class Core, class Receiver>
struct SlotWait {
    using type = Nothing;
};
template <class Core, class Receiver>
    requires waits_for_slots<Core>
struct SlotWait<Core, Receiver> {
    using type = stdexec::connect_result_t<
        decltype(SlotSender{std::declval<Core&>().waiters(), std::uint64_t{}}), Receiver>;
};

template <class Env>
concept HasScheduler = requires(const Env& env) { stdexec::get_scheduler(env); };

/// The operation by which a receiver goes to the scheduler of its environment, if that has one: after
/// a wait.
template <class Core, class Env, class Receiver>
struct Hop {
    using type = Nothing;
};
template <class Core, HasScheduler Env, class Receiver>
    requires waits_for_slots<Core>
struct Hop<Core, Env, Receiver> {
    using type = stdexec::connect_result_t<
        decltype(stdexec::schedule(stdexec::get_scheduler(std::declval<const Env&>()))), Receiver>;
};

template <class Signatures, class Signature>
struct Adding;
template <class... Signatures, class Signature>
struct Adding<stdexec::completion_signatures<Signatures...>, Signature>
    : std::conditional<(std::same_as<Signatures, Signature> || ...),
                       stdexec::completion_signatures<Signatures...>,
                       stdexec::completion_signatures<Signatures..., Signature>> {};

/// The signatures, and this one, once.
template <class Signatures, class Signature>
using adding_t = typename Adding<Signatures, Signature>::type;

/// What a guarded sender completes with, where the sender itself does with these.
template <class OfSender, bool Waits>
using guarded_signatures_t =
    std::conditional_t<Waits,
                       adding_t<adding_t<OfSender, stdexec::set_error_t(std::exception_ptr)>,
                                stdexec::set_stopped_t()>,
                       adding_t<OfSender, stdexec::set_error_t(std::exception_ptr)>>;

/// The operation of one guarded sender, from its start to the receiver's completion.
template <class Breaker, class Sender, class Receiver>
class GuardOperation {
    using Core = core_of_t<Breaker>;
    using Env = stdexec::env_of_t<Receiver>;

    using Way = std::conditional_t<waits_for_slots<Core>, WayIn<Core>, DirectWay<Core>>;

    /// Receives an end of the call that is no value.
    struct EndReceiver {
        using receiver_concept = stdexec::receiver_t;

        template <class Error>
        void set_error(Error&& error) && noexcept {
            if constexpr (std::same_as<std::remove_cvref_t<Error>, std::exception_ptr>) {
                operation->end_with(std::forward<Error>(error));
            } else {
                operation->end_with(std::make_exception_ptr(std::forward<Error>(error)));
            }
        }
        void set_stopped() && noexcept { operation->end_stopped(); }
        [[nodiscard]] Env get_env() const noexcept {
            return stdexec::get_env(operation->receiver_);
        }

        GuardOperation* operation;
    };

    /// Receives the slot that the call has waited for.
    struct SlotReceiver : EndReceiver {
        template <class Slot>
        void set_value(Slot slot) && noexcept {
            this->operation->way_.go_on_with(std::move(slot));
            this->operation->hop();
        }
    };

    /// Goes on where the receiver wants it to.
    struct HopReceiver : EndReceiver {
        void set_value() && noexcept { this->operation->ask(); }
    };

    /// Receives what the sender completes with.
    struct ChildReceiver {
        using receiver_concept = stdexec::receiver_t;

        template <class... Values>
        void set_value(Values&&... values) && noexcept {
            operation->returned(std::forward<Values>(values)...);
        }
        template <class Error>
        void set_error(Error&& error) && noexcept {
            operation->threw(std::forward<Error>(error));
        }
        void set_stopped() && noexcept {
            operation->permission_->neutral();
            operation->end_stopped();
        }
        [[nodiscard]] Env get_env() const noexcept {
            return stdexec::get_env(operation->receiver_);
        }

        GuardOperation* operation;
    };

public:
    using operation_state_concept = stdexec::operation_state_t;

    /// The breaker must outlive it.
    GuardOperation(Breaker& breaker, Sender&& sender, Receiver receiver)
        : breaker_{breaker},
          receiver_{std::move(receiver)},
          way_{BreakerAccess::core(breaker)},
          child_{stdexec::connect(std::forward<Sender>(sender), ChildReceiver{this})} {}
    GuardOperation(const GuardOperation&) = delete;
    GuardOperation& operator=(const GuardOperation&) = delete;

    void start() & noexcept { ask(); }

private:
    /// Asks the circuit. The call begins, waits for its slot, or ends with the rejection.
    void ask() noexcept {
        try {
            if (way_.waits()) {
                if constexpr (waits_for_slots<Core>) {
                    auto& waiters = BreakerAccess::core(breaker_).waiters();
                    slot_wait_.make([&] {
                        return stdexec::connect(SlotSender{waiters, way_.generation()},
                                                SlotReceiver{{this}});
                    });
                    stdexec::start(*slot_wait_);
                }
                return;
            }
            if (way_.admission()) {
                Call<Core> call = way_.begin();
                permission_.emplace(std::move(call), BreakerAccess::tracker(breaker_),
                                    way_.take_slot());
            }
        } catch (...) {
            end_with(std::current_exception());
            return;
        }
        if (permission_) {
            stdexec::start(child_);
        } else {
            reject();
        }
    }

    /// Goes to the scheduler of the receiver, if it has one, and asks again.
    void hop() noexcept {
        if constexpr (HasScheduler<Env>) {
            try {
                hop_.make([&] {
                    const Env env = stdexec::get_env(receiver_);
                    return stdexec::connect(stdexec::schedule(stdexec::get_scheduler(env)),
                                            HopReceiver{{this}});
                });
            } catch (...) {
                end_with(std::current_exception());
                return;
            }
            stdexec::start(*hop_);
        } else {
            ask();
        }
    }

    void reject() noexcept {
        std::exception_ptr error;
        try {
            error = std::make_exception_ptr(
                error_of_rejection(BreakerAccess::core(breaker_), way_.admission()));
        } catch (...) {
            error = std::current_exception();
        }
        end_with(std::move(error));
    }

    template <class... Values>
    void returned(Values&&... values) noexcept {
        try {
            if constexpr (sizeof...(Values) == 1) {
                permission_->returned(values...);
            } else {
                permission_->succeeded();
            }
        } catch (...) {
            end_with(std::current_exception());
            return;
        }
        stdexec::set_value(std::move(receiver_), std::forward<Values>(values)...);
    }

    template <class Error>
    void threw(Error&& error) noexcept {
        try {
            if constexpr (std::same_as<std::remove_cvref_t<Error>, std::exception_ptr>) {
                if (error != nullptr) {
                    permission_->threw(error);
                }
            }
            permission_->failed();  // unless it is settled
        } catch (...) {
            end_with(std::current_exception());
            return;
        }
        stdexec::set_error(std::move(receiver_), std::forward<Error>(error));
    }

    // The ends of a call. A place in which it has waited, and a slot that it has not begun with, are
    // given back first: the operation may be kept for long.
    void end_with(std::exception_ptr error) noexcept {
        leave();
        stdexec::set_error(std::move(receiver_), std::move(error));
    }
    void end_stopped() noexcept {
        leave();
        stdexec::set_stopped(std::move(receiver_));
    }
    void leave() noexcept {
        if constexpr (waits_for_slots<Core>) {
            way_.go_on_with({});
        }
    }

    Breaker& breaker_;
    Receiver receiver_;
    Way way_;
    std::optional<typename Breaker::Permission> permission_;
    MadeInPlace<typename SlotWait<Core, SlotReceiver>::type> slot_wait_;
    MadeInPlace<typename Hop<Core, Env, HopReceiver>::type> hop_;
    stdexec::connect_result_t<Sender, ChildReceiver> child_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
