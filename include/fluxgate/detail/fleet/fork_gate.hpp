// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fork_safe_mutex.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Has a fork wait while a thread of the library's own works on breakers. A child would find their
/// locks held for ever, in a process that the user takes to have one thread. As listeners are told
/// meanwhile, which may wait for the thread that forks, it waits for a second at most.
class ForkGate {
public:
    /// Work of this thread on breakers, while the object lives. Not one inside another.
    class [[nodiscard]] Inside {
    public:
        Inside() {
            ForkGate& gate = instance();
            const std::lock_guard lock{gate.mutex_};
            ++gate.inside_;
            is_inside() = true;
        }
        ~Inside() {
            ForkGate& gate = instance();
            is_inside() = false;
            const std::lock_guard lock{gate.mutex_};
            // A child that was forked inside, by a listener, has begun to count anew.
            if (gate.inside_ != 0) {
                --gate.inside_;
            }
            gate.left_.notify_all();
        }
        Inside(const Inside&) = delete;
        Inside& operator=(const Inside&) = delete;
    };

    /// Makes it, where it is not there yet, so that forks wait. Throws `std::bad_alloc`.
    static void make() { instance(); }

private:
    ForkGate() {
#if defined(__unix__) || defined(__APPLE__)
        // Handlers run in the reverse order of registration, and this one runs first: it waits for
        // threads that may want a lock which the other one takes.
        const ForkSafeMutex registered_before;
        static_cast<void>(pthread_atfork(&close, &open, &begin_child));
#endif
    }

    /// Never destroyed, since threads may end later.
    static ForkGate& instance() {
        static ForkGate* const gate = std::unique_ptr<ForkGate>{new ForkGate}.release();
        return *gate;
    }

    [[nodiscard]] static bool& is_inside() noexcept {
        static thread_local bool inside = false;
        return inside;
    }

    static void close() {
        ForkGate& gate = instance();
        std::unique_lock lock{gate.mutex_};
        const unsigned own = is_inside() ? 1 : 0;
        gate.left_.wait_for(lock, std::chrono::seconds{1}, [&] { return gate.inside_ == own; });
        lock.release();  // held over the fork
    }
    static void open() { instance().mutex_.unlock(); }
    static void begin_child() {
        instance().inside_ = 0;
        instance().mutex_.unlock();
    }

    std::mutex mutex_;
    std::condition_variable left_;
    /// How many threads are inside. Guarded by the mutex.
    unsigned inside_ = 0;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE
