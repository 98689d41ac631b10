// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/core.hpp>
#include <fluxgate/trackers.hpp>

#include <concepts>
#include <exception>

// From what a call did to what the core is told of it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Whether each exception is a failure, so that none needs to be looked at.
template <class Tracker>
inline constexpr bool counts_every_exception =
    std::same_as<Tracker, trackers::All> || !tracks_exceptions<Tracker>;

/// Settles a call by its result. Throws what the tracker throws; the call is then neutral.
template <class Core, class Tracker, class R>
inline void settle_result(Core& core, const Tracker& tracker, const typename Core::Grant& grant,
                          const R& result) {
    const bool failed = result_verdict(tracker, result).value_or(false);
    core.settle(grant, !failed);
}

/// Settles a call by the exception being handled, which is an error. What the tracker throws is
/// reported, as the call's own exception is to go on; the call is then neutral.
template <class Core, class Tracker>
void settle_exception(Core& core, const Tracker& tracker, const typename Core::Grant& grant,
                      const CaughtException& caught) {
    const CancellationDeferred deferred;
    bool failed = false;
    guarded<typename Core::Unwinding>(
        [&] { failed = exception_verdict(tracker, caught).value_or(true); },
        [&] { core.signals().report("a tracker"); });
    if (failed) {
        core.settle(grant, false);
    }
}

#ifdef __cpp_exceptions
/// Settles a call by an exception that it threw, which is not being handled.
template <class Core, class Tracker>
void settle_thrown(Core& core, const Tracker& tracker, const typename Core::Grant& grant,
                   const std::exception_ptr& exception) {
    if constexpr (counts_every_exception<Tracker>) {
        core.settle(grant, false);
    } else {
        try {
            std::rethrow_exception(exception);
        } catch (const std::exception& caught) {
            settle_exception(core, tracker, grant, CaughtException{caught});
        } catch (...) {
            settle_exception(core, tracker, grant, CaughtException{});
        }
    }
}
#endif

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
