// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/calls/awaiting.hpp>
#include <fluxgate/detail/calls/watched.hpp>
#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/state.hpp>
#include <fluxgate/task_traits.hpp>
#include <fluxgate/trackers.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

// Listeners that are coroutines: awaiting them, after a call and after a command.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Looks at the exception being handled, which left a listener. Returns it where it may be the
/// cancellation of a coroutine of type `R`; else reports it and returns null.
template <class R, class Core>
std::exception_ptr cancellation_or_report(Core& core, const CaughtException& caught) {
    pass_unwinding<typename Core::Unwinding>();
    if (task_traits<R>::is_cancellation(caught)) {
        return std::current_exception();
    }
    core.relations().report("a listener");
    return nullptr;
}

/// Awaits the listeners that are to be told, unless another coroutine does so already; `R` is the
/// coroutine type that they return. Of their exceptions only a cancellation gets out.
template <class R, class Core>
R tell(Core& core) {
    static_assert(std::is_void_v<await_result_t<R, R>>,
                  "fluxgate: a listener that is a coroutine is awaited for nothing");
    [[maybe_unused]] cancellation_t<R> before{};
    if constexpr (Watched<R>) {
        auto watching = task_traits<R>::watch();
        auto seen = co_await watching;
        before = task_traits<R>::cancelled(seen);
    }
    auto delivery = core.delivery();
    while (delivery.next()) {
        if (delivery.template tell_late<typename Core::Unwinding>()) {
            continue;
        }
        std::exception_ptr perhaps_cancelled;
        try {
            std::optional<R> told =
                core.relations().listeners().ask(delivery.listener(), delivery.signal());
            if (told) {
                co_await std::move(*told);
            }
        } catch (const std::exception& caught) {
            perhaps_cancelled = cancellation_or_report<R>(core, CaughtException{caught});
        } catch (...) {
            perhaps_cancelled = cancellation_or_report<R>(core, CaughtException{});
        }
        if (perhaps_cancelled == nullptr) {
            continue;
        }
        if constexpr (Watched<R>) {
            auto watching = task_traits<R>::watch();
            auto seen = co_await watching;
            if (!was_cancelled<R>(before, task_traits<R>::cancelled(seen))) {
                guarded<typename Core::Unwinding>(
                    [&] { std::rethrow_exception(perhaps_cancelled); },
                    [&] { core.relations().report("a listener"); });
                continue;
            }
        }
        std::rethrow_exception(perhaps_cancelled);
    }
}

/// Makes an operator's command and has the listeners told. `wait` is that of an opening.
template <class R, class Core>
R run_command(Core& core, State state,
              std::optional<std::chrono::nanoseconds> wait = std::nullopt) {
    core.command(state, wait);
    if constexpr (Core::Listeners::are_awaited) {
        using Telling = typename Core::Listeners::Coroutine;
        Telling telling = tell<Telling>(core);
        co_await std::move(telling);
    }
    co_return;
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
