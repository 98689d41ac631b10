// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/environment.hpp>

#include <exception>
#include <utility>

// What handlers have in common: they vanish under -fno-exceptions, and let go on what is no error.
//
// A thread that is cancelled (`pthread_cancel`) is unwound by force, which `catch (...)` sees as an
// exception that is not the language's. To swallow it ends the process.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

#ifdef __cpp_exceptions
/// Returns whether the exception being handled is an `E`.
template <class E>
bool is_being_handled() {
    try {
        throw;
    } catch (const E&) {
        return true;
    } catch (...) {
        return false;
    }
}

template <class... E>
bool is_named_unwinding(unwinding_types<E...>) {
    return (is_being_handled<E>() || ...);
}

/// Throws the exception being handled again if the environment names its type as a way of
/// unwinding. For handlers of exceptions of the language.
template <class Unwinding>
void pass_named_unwinding() {
    if (is_named_unwinding(Unwinding{})) {
        throw;
    }
}

/// Throws the exception being handled again if it is a named way of unwinding, or no exception of
/// the language's. For handlers of everything.
template <class Unwinding>
void pass_unwinding() {
    if (std::current_exception() == nullptr) {
        throw;
    }
    pass_named_unwinding<Unwinding>();
}
#endif

/// Calls `f`; if `f` throws, calls `handler` inside the handler of what was thrown. What unwinds
/// the stack goes on.
template <class Unwinding, class F, class Handler>
void guarded(F&& f, [[maybe_unused]] Handler&& handler) {
#ifdef __cpp_exceptions
    try {
        std::forward<F>(f)();
    } catch (...) {
        pass_unwinding<Unwinding>();
        std::forward<Handler>(handler)();
    }
#else
    std::forward<F>(f)();
#endif
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
