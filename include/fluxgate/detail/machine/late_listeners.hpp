// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/signal.hpp>

#include <cstdint>
#include <memory>

// A port: listeners that come and go while the breaker lives, as its signals know them.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// A listener that came later. Thread-safe.
class LateListener {
public:
    LateListener() = default;
    LateListener(const LateListener&) = delete;
    LateListener& operator=(const LateListener&) = delete;
    virtual ~LateListener() = default;

    /// Tells it of the signal, unless it has ended. Throws what it throws.
    virtual void tell(const Signal& signal) = 0;

    /// Ends it: once this has returned, it is not running and will not run, and its function is
    /// destroyed. Where this thread is in it, it runs to its end and is destroyed with its last
    /// owner.
    virtual void end() = 0;
};

/// All of a breaker, or of a registry, each with a number that grows in the order in which they
/// came. Thread-safe: calls nothing of the breaker's.
class LateListeners {
public:
    using Number = std::uint64_t;

    /// One of them, and its number.
    struct Numbered {
        std::shared_ptr<LateListener> listener{};
        Number number = 0;
    };

    LateListeners() = default;
    LateListeners(const LateListeners&) = delete;
    LateListeners& operator=(const LateListeners&) = delete;
    virtual ~LateListeners() = default;

    /// Adds one. It hears the signals that are pushed from now on. Throws `std::bad_alloc`.
    virtual void add(std::shared_ptr<LateListener> listener) = 0;

    /// Removes one, if it is there.
    virtual void remove(const LateListener& listener) = 0;

    /// Returns one more than the number of the last that hears a signal pushed now; zero if there
    /// are none.
    [[nodiscard]] virtual Number bound() const = 0;

    /// Returns the first whose number is at least `from` and below `bound`; null if there is none.
    [[nodiscard]] virtual Numbered next(Number from, Number bound) const = 0;

    /// Ends all of them, since what they listen to is gone.
    virtual void end() = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
