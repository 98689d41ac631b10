// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <atomic>
#include <cstdint>
#include <new>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#endif

// Which process this is, asked so often that the answer is kept. Every way to fork has to be seen,
// `_Fork` and the system's `clone` too, which call no handler of `pthread_atfork`: so the answer is
// kept where the system itself takes it from a child.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

#ifdef MADV_WIPEONFORK
/// The number of this process, or zero where nobody has asked for it yet. Written by any thread, and
/// always the same: relaxed.
using KeptProcessId = std::atomic<std::uint64_t>;

/// Makes a place that is zero in each forked child. Returns null where the system has none: before
/// Linux 4.14, under an emulator that takes any advice and follows none, or without memory.
inline KeptProcessId* make_kept_process_id() noexcept {
    const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    void* const page =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return nullptr;
    }
    constexpr int no_advice = -1;
    if (::madvise(page, size, no_advice) == 0 || ::madvise(page, size, MADV_WIPEONFORK) != 0) {
        ::munmap(page, size);
        return nullptr;
    }
    ::new (page) KeptProcessId{0};
    return std::launder(static_cast<KeptProcessId*>(page));
}

/// Returns the place where the number is kept, which is never given back; null where there is none.
inline KeptProcessId* kept_process_id() noexcept {
    // A pointer alone, without a lock that a fork could leave held: of threads that come at the same
    // time each makes a place, and the first one's is kept. Release and acquire: who sees the place
    // sees that it is zero or a number.
    static constinit KeptProcessId nowhere{0};
    static constinit std::atomic<KeptProcessId*> kept{nullptr};
    KeptProcessId* place = kept.load(std::memory_order_acquire);
    if (place == nullptr) [[unlikely]] {
        KeptProcessId* const made = make_kept_process_id();
        KeptProcessId* const offered = made != nullptr ? made : &nowhere;
        if (kept.compare_exchange_strong(place, offered, std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
            place = offered;
        } else if (made != nullptr) {
            ::munmap(made, static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
        }
    }
    return place != &nowhere ? place : nullptr;
}
#endif

/// Returns what tells this process from the one that it was forked from, at the price of two loads
/// where the system has a place for it; zero where processes do not fork. Thread-safe.
inline std::uint64_t process_id() noexcept {
#if __has_include(<unistd.h>)
#ifdef MADV_WIPEONFORK
    if (KeptProcessId* const kept = kept_process_id()) {
        std::uint64_t id = kept->load(std::memory_order_relaxed);
        if (id == 0) [[unlikely]] {
            id = static_cast<std::uint64_t>(::getpid());
            kept->store(id, std::memory_order_relaxed);
        }
        return id;
    }
#endif
    return static_cast<std::uint64_t>(::getpid());
#else
    return 0;
#endif
}

}  // namespace fluxgate::inline v0_1::detail
