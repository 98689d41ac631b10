// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <utility>

// The one place where handlers are written that must vanish under -fno-exceptions.

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Calls `f`, and `handler`, within a handler of it, for whatever exception leaves `f`.
template <class F, class Handler>
void guarded(F&& f, [[maybe_unused]] Handler&& handler) {
#ifdef __cpp_exceptions
    try {
        std::forward<F>(f)();
    } catch (...) {
        std::forward<Handler>(handler)();
    }
#else
    std::forward<F>(f)();
#endif
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
