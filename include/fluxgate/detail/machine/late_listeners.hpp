// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/exceptions.hpp>
#include <fluxgate/detail/machine/occupancy.hpp>
#include <fluxgate/listeners.hpp>
#include <fluxgate/signal.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

// Listeners that come when the breaker is there already, and go before it.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// One of them. Thread-safe.
class LateListener {
public:
    template <class F>
    explicit LateListener(F function) : function_{std::move(function)} {}

    /// Tells it of the signal, unless it has ended. `report` is called in the handler of what it
    /// throws.
    template <class Unwinding, class Report>
    void tell(const Signal& signal, Report report) {
        const Occupancy::Visit visit{visitors_};
        if (visit) {
            guarded<Unwinding>([&] { function_(signal); }, report);
        }
    }

    /// Ends it: once this has returned, it is not running and will not run, and its function is
    /// destroyed. Where this thread is in it, it runs to its end and is destroyed with its last
    /// owner.
    void end() {
        if (visitors_.close()) {
            Callback<void(const Signal&)> ended;  // destroyed with no lock held
            const std::lock_guard lock{ending_};
            std::swap(ended, function_);
        }
    }

private:
    Occupancy visitors_;
    /// Guards the function once no thread is in it.
    std::mutex ending_;
    Callback<void(const Signal&)> function_;
};

/// All of a breaker, or of a registry, each with a number that grows in the order in which they
/// came. Thread-safe: its lock is held for short sections that call nothing.
class LateListeners {
public:
    using Number = std::uint64_t;

    /// One of them, and its number.
    struct Numbered {
        std::shared_ptr<LateListener> listener;
        Number number = 0;
    };

    /// Adds one. It hears the signals that are pushed from now on. Throws `std::bad_alloc`.
    void add(std::shared_ptr<LateListener> listener) {
        const std::lock_guard lock{mutex_};
        all_.push_back({std::move(listener), next_});
        ++next_;
    }

    /// Takes one away, if it is there.
    void remove(const LateListener& listener) {
        Numbered removed;  // destroyed without the lock
        const std::lock_guard lock{mutex_};
        for (auto place = all_.begin(); place != all_.end(); ++place) {
            if (place->listener.get() == &listener) {
                removed = std::move(*place);
                all_.erase(place);
                return;
            }
        }
    }

    /// Returns the number below which those are that hear a signal of now; zero if there are none.
    [[nodiscard]] Number bound() const {
        const std::lock_guard lock{mutex_};
        return all_.empty() ? Number{0} : next_;
    }

    /// Returns the first whose number is at least `from` and below `bound`; null if there is none.
    [[nodiscard]] Numbered next(Number from, Number bound) const {
        const std::lock_guard lock{mutex_};
        for (const Numbered& one : all_) {
            if (one.number >= from) {
                return one.number < bound ? one : Numbered{};
            }
        }
        return {};
    }

    /// Ends all of them, since what they listen to is gone.
    void end() {
        std::vector<Numbered> ended;
        {
            const std::lock_guard lock{mutex_};
            ended.swap(all_);
        }
        for (const Numbered& one : ended) {
            one.listener->end();
        }
    }

private:
    mutable std::mutex mutex_;
    // Both are guarded by the mutex; in the order of their numbers.
    std::vector<Numbered> all_;
    Number next_ = 1;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
