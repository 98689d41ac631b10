// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/counter_clock.hpp>
#include <fluxgate/detail/processor_counter.hpp>
#include <fluxgate/environment.hpp>

#include <chrono>
#include <cstdint>

// Tsc: the environment whose clock is the processor's counter.
//
//     fluxgate::CircuitBreaker breaker{fluxgate::Tsc{}, fluxgate::SlowRate{0.5, 200ms}};
//
// A timed call reads the clock twice. Where the system's clock takes long, as on many virtual
// machines, the counter takes a third of that.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

namespace detail {

/// One for all breakers of the process. On a cache line of its own: each call reads it.
alignas(64) inline constinit CounterClock<ProcessorCounter> processor_clock;

}  // namespace detail

/// For breakers that any thread may use at any time, whose calls are timed by the processor's
/// counter: the TSC of x86-64, or the virtual timer of AArch64.
///
/// The first reading asks the processor whether its counter runs at one rate, and the kernel whether
/// it trusts it. If so, its rate is measured against `std::chrono::steady_clock`, twice, at least
/// 50 ms each; else, and until then, `now()` is that clock. A counter is compared with it again
/// every 0.1 s: what it goes wrong in such a while is corrected, and is at most 0.5 % of it; a
/// counter that is further off three times in a row is given up for good. `health()` tells all of
/// that.
///
/// `now()` does not go back in a thread, unless the counter itself does, as where a virtual machine
/// is restored: then by no more than it was wrong. The counter is not read in order with other
/// instructions, so the times of two threads may be swapped where they are some ten nanoseconds
/// apart.
class Tsc : public Threaded {
public:
    /// Where the time comes from.
    enum class Source : std::uint8_t {
        unasked,    ///< the system's clock: nobody has asked for the time
        measuring,  ///< the system's clock: the counter's rate is being measured
        counter,    ///< the processor's counter
        system,     ///< the system's clock: the counter is not fit for it
    };

    /// What is known of the counter.
    struct Health {
        /// Where the time comes from.
        Source source = Source::unasked;
        /// Why it does not come from the counter; empty where that is not so.
        const char* reason = "";
        /// The counter's ticks in a second; zero where it is not used.
        double frequency = 0;
        /// By how much the system's clock was ahead of the counter's time, after some 0.1 s, when
        /// the two were compared last.
        std::chrono::nanoseconds drift{0};
        /// The largest of these differences, without its sign.
        std::chrono::nanoseconds largest_drift{0};
    };

    /// Returns the time. Takes no lock, and waits for nobody.
    [[nodiscard]] static std::chrono::steady_clock::time_point now() noexcept {
        return detail::processor_clock.now();
    }
#ifdef __linux__
    /// Returns the monotonic clock as of the latest tick, less what the counter may be behind. The
    /// error of the system's coarse clock has room for that twice.
    [[nodiscard]] static std::chrono::steady_clock::time_point coarse_now() noexcept {
        return Threaded::coarse_now() - most_behind;
    }
#endif

    /// Returns what is known of the counter. Thread-safe.
    [[nodiscard]] static Health health() noexcept {
        const auto& clock = detail::processor_clock;
        const char* const reason = clock.reason();
        return {static_cast<Source>(clock.stage()), reason != nullptr ? reason : "",
                clock.frequency(), clock.drift(), clock.largest_drift()};
    }

private:
    static constexpr std::chrono::nanoseconds most_behind = std::chrono::milliseconds{1};
};

}  // namespace fluxgate::inline v0_1
