// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// Tells the processor that this thread is waiting for another one.
inline void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) && defined(__GNUC__)
    __asm__ __volatile__("yield");
#endif
}

/// The pause between two tries of a compare-and-swap that failed since others were faster: each is
/// twice as long as the one before, up to a limit, so that the cache line stays with another
/// processor for some of its operations.
class SpinWait {
public:
    void operator()() noexcept {
        for (int i = 0; i != pauses_; ++i) {
            relax();
        }
        if (pauses_ < most) {
            pauses_ *= 2;
        }
    }

private:
    static constexpr int most = 64;
    int pauses_ = 4;
};

}  // namespace fluxgate::inline v0_1::detail
