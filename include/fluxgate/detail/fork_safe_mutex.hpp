// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#define FLUXGATE_FORKS 1
#else
#define FLUXGATE_FORKS 0
#endif

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// The lock of what all breakers of a process share. In a forked child it is free, and what it
/// guards is whole, whatever the parent's other threads were at: a fork waits for it. Who holds one
/// asks for no other one, so the order in which a fork takes them is of no matter.
class ForkSafeMutex {
public:
    /// Throws `std::bad_alloc`.
    ForkSafeMutex() { List::instance().add(*this); }
    ~ForkSafeMutex() { List::instance().remove(*this); }
    ForkSafeMutex(const ForkSafeMutex&) = delete;
    ForkSafeMutex& operator=(const ForkSafeMutex&) = delete;

    void lock() { mutex_.lock(); }
    void unlock() { mutex_.unlock(); }

private:
    /// All of them, those of this shared library where its symbols are hidden.
    class List {
    public:
        /// Never destroyed, since some live as long.
        static List& instance() {
            static List* const list = std::unique_ptr<List>{new List}.release();
            return *list;
        }

        void add(ForkSafeMutex& added) {
            const std::lock_guard lock{mutex_};
            all_.push_back(&added);
        }
        void remove(const ForkSafeMutex& removed) noexcept {
            const std::lock_guard lock{mutex_};
            std::erase(all_, &removed);
        }

    private:
        List() {
#if FLUXGATE_FORKS
            if (pthread_atfork(&lock_all, &unlock_all, &unlock_all) != 0) {
                throw_bad_alloc();
            }
#endif
        }

        [[noreturn]] static void throw_bad_alloc() {
#ifdef __cpp_exceptions
            throw std::bad_alloc{};
#else
            std::abort();
#endif
        }

        static void lock_all() {
            List& self = instance();
            self.mutex_.lock();
            for (ForkSafeMutex* const each : self.all_) {
                each->lock();
            }
        }
        static void unlock_all() {
            List& self = instance();
            for (ForkSafeMutex* const each : self.all_) {
                each->unlock();
            }
            self.mutex_.unlock();
        }

        std::mutex mutex_;
        /// Guarded by the mutex.
        std::vector<ForkSafeMutex*> all_;
    };

    std::mutex mutex_;
};

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

#undef FLUXGATE_FORKS
