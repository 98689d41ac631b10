// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/detail/adapters/guard_operation.hpp>
#include <fluxgate/detail/config.hpp>

#include <stdexec/execution.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

// Senders of std::execution, as stdexec has it, through a circuit breaker:
//
//     auto answered = fetch(url) | fluxgate::guard(breaker)
//                   | stdexec::upon_error([](std::exception_ptr) noexcept { return fallback(); });
//
// The breaker is asked when the sender is started, not when it is made: what is retried asks anew.
//
// - A value is a success, unless it is one value that the tracker counts.
// - An error is judged by the tracker, if it is a `std::exception_ptr`; others are failures.
// - What is stopped is neutral.
// - What is not let through has the error `CallNotPermittedError`, as a `std::exception_ptr`, and the
//   sender is not started.
//
// A call of an `AsyncCircuitBreaker` that waits for its slot is stopped at once where that is
// requested of it. Before its sender is started it goes to the receiver's scheduler; where the
// receiver has none, it is started in the thread that gave the slot back. Listeners that are
// coroutines are told by the next call or command that is awaited.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A circuit breaker of either kind, which may be called.
template <class B>
concept Guarding = !std::is_const_v<B> && requires(B& breaker) {
    typename B::Permission;
    BreakerAccess::core(breaker);
};

/// A sender that goes through a breaker.
template <class Breaker, class Sender>
class GuardSender {
    /// What is connected of a guarded sender of this type.
    template <class Self>
    using ChildOf = std::conditional_t<std::is_lvalue_reference_v<Self> ||
                                           std::is_const_v<std::remove_reference_t<Self>>,
                                       const Sender&, Sender>;

public:
    using sender_concept = stdexec::sender_t;

    template <class S>
    GuardSender(Breaker& breaker, S&& sender)
        : breaker_{&breaker}, sender_{std::forward<S>(sender)} {}

    template <class Self, class... Env>
    static consteval guarded_signatures_t<
        stdexec::completion_signatures_of_t<ChildOf<Self>, Env...>,
        waits_for_slots<core_of_t<Breaker>>>
    get_completion_signatures() {
        return {};
    }

    template <class Receiver>
    GuardOperation<Breaker, Sender, Receiver> connect(Receiver receiver) && {
        return {*breaker_, std::move(sender_), std::move(receiver)};
    }
    template <class Receiver>
        requires std::copy_constructible<Sender>
    GuardOperation<Breaker, const Sender&, Receiver> connect(Receiver receiver) const& {
        return {*breaker_, sender_, std::move(receiver)};
    }

    /// Says where the value comes, which is where the sender's own does. Of errors and stops it says
    /// nothing: a rejection comes where the sender is started.
    class Attributes {
    public:
        explicit Attributes(const Sender& sender) noexcept : sender_{&sender} {}

        template <class... Env>
        [[nodiscard]] auto query(
            stdexec::get_completion_scheduler_t<stdexec::set_value_t> scheduler,
            const Env&... env) const noexcept
            -> decltype(scheduler(stdexec::get_env(std::declval<const Sender&>()), env...)) {
            return scheduler(stdexec::get_env(*sender_), env...);
        }

    private:
        const Sender* sender_;
    };
    [[nodiscard]] Attributes get_env() const noexcept { return Attributes{sender_}; }

private:
    Breaker* breaker_;
    Sender sender_;
};

/// What `sender | guard(breaker)` is made with.
template <class Breaker>
class GuardClosure : public stdexec::sender_adaptor_closure<GuardClosure<Breaker>> {
public:
    explicit GuardClosure(Breaker& breaker) noexcept : breaker_{&breaker} {}

    template <stdexec::sender Sender>
    [[nodiscard]] GuardSender<Breaker, std::decay_t<Sender>> operator()(Sender&& sender) const {
        return {*breaker_, std::forward<Sender>(sender)};
    }

private:
    Breaker* breaker_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// Returns a sender that completes as `sender` does, if the circuit lets it start; see above. The
/// breaker must outlive what is started. The sender is copied or moved.
template <detail::Guarding Breaker, stdexec::sender Sender>
[[nodiscard]] detail::GuardSender<Breaker, std::decay_t<Sender>> guard(Breaker& breaker,
                                                                       Sender&& sender) {
    return {breaker, std::forward<Sender>(sender)};
}

/// Returns what a sender is piped into: `sender | guard(breaker)` is `guard(breaker, sender)`.
template <detail::Guarding Breaker>
[[nodiscard]] detail::GuardClosure<Breaker> guard(Breaker& breaker) noexcept {
    return detail::GuardClosure<Breaker>{breaker};
}

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
