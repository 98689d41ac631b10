// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#endif
#ifdef __linux__
#include <fcntl.h>
#include <unistd.h>
#endif

// The processor's counter, which a program reads without the system.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

#ifdef __linux__
/// Returns whether the kernel has taken the TSC from the clocks that it would use itself, as it does
/// where the TSCs of the cores disagree, or one stops. Where it does not tell, it has not.
inline bool kernel_distrusts_tsc() noexcept {
    const int file = ::open("/sys/devices/system/clocksource/clocksource0/available_clocksource",
                            O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    char names[256];
    const ssize_t size = ::read(file, names, sizeof names);
    ::close(file);
    if (size <= 0) {
        return false;
    }
    const std::string_view clocks{names, static_cast<std::size_t>(size)};
    for (std::size_t at = 0; at < clocks.size();) {
        const std::size_t end = clocks.find_first_of(" \n", at);
        if (clocks.substr(at, end - at) == "tsc") {
            return false;
        }
        at = end == clocks.npos ? clocks.size() : end + 1;
    }
    return true;
}
#endif

/// The counter of x86-64, its TSC, or of AArch64, its virtual timer. Thread-safe.
struct ProcessorCounter {
    /// Returns why the counter cannot be used as a clock; null where it can.
    [[nodiscard]] static const char* unfit() noexcept {
#if defined(__x86_64__) && defined(__GNUC__)
        // CPUID 8000_0007H, EDX bit 8: the TSC runs at one rate, whatever the core does.
        unsigned a = 0;
        unsigned b = 0;
        unsigned c = 0;
        unsigned d = 0;
        if (__get_cpuid(0x80000007, &a, &b, &c, &d) == 0 || (d & 0x100) == 0) {
            return "the processor has no invariant TSC";
        }
#ifdef __linux__
        if (kernel_distrusts_tsc()) {
            return "the kernel does not trust the TSC";
        }
#endif
        return nullptr;
#elif defined(__aarch64__) && defined(__GNUC__)
        // The architecture has one counter for all cores, of a fixed rate.
        return nullptr;
#else
        return "no counter is known of this processor";
#endif
    }

    /// Returns the counter. It may be read a few instructions earlier or later than where it stands.
    [[nodiscard]] static std::uint64_t ticks() noexcept {
#if defined(__x86_64__) && defined(__GNUC__)
        return __builtin_ia32_rdtsc();
#elif defined(__aarch64__) && defined(__GNUC__)
        std::uint64_t ticks = 0;
        asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
        return ticks;
#else
        return 0;
#endif
    }

    /// Returns the system's monotonic time.
    [[nodiscard]] static std::chrono::steady_clock::time_point now() noexcept {
        return std::chrono::steady_clock::now();
    }
};

}  // namespace fluxgate::inline v0_1::detail
