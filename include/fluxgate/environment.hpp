// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/process_id.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <mutex>

#ifdef __linux__
#include <ctime>
#endif

// Environments: the clocks, the random numbers and the lock of a breaker.
//
// 1. Threaded          the system's clocks and a mutex. The default: any thread may use the
//                      breaker.
// 2. SingleThreaded    the system's clocks and no lock. For a breaker that one thread uses, or one
//                      strand: its calls have no atomic read-modify-write.
// 3. Tsc               the processor's counter as the clock, and a mutex; see tsc.hpp.
// 4. testing::Virtual  time that stands still until a test moves it; see testing.hpp.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1 {

/// Names exception types that are no errors, but the way in which a library unwinds a stack; see
/// `EnvironmentPolicy`.
template <class... E>
struct unwinding_types {};

/// The base of every environment, and the needs of one that declares none.
struct environment_base {
    /// No exception type of the language is a way of unwinding.
    using unwinding = unwinding_types<>;
};

/// What surrounds a breaker.
///
/// An environment with a cheaper clock may offer `coarse_now()`, which is at most `coarse_error`
/// (a constant) behind `now()` and never ahead of it. The breaker uses it where that precision is
/// enough.
///
/// `unwinding` names the exception types by which the program unwinds stacks that it abandons, as
/// Boost.Context does with those of fibers: `using unwinding = fluxgate::unwinding_types<E...>`.
/// They go through calls, fallbacks, trackers and listeners, and the calls that they end are
/// neutral. <fluxgate/boost_context.hpp> names Boost's. The forced unwinding of a thread that is
/// cancelled is no exception of the language's, and always goes through.
///
/// Semantics: all but `uniform` can be called when const. `now` is monotonic and decides: a time
/// before `time_point::max()`, at which no call would begin. `wall_clock` labels and may jump;
/// `uniform` draws from [0, 1). None of them throws. `Mutex` is held for short sections that call
/// no function of the user's but windows, trippers, retries, and the `admits` and `judge` of
/// permits. Where several threads use a breaker, all of these are safe for them.
template <class T>
concept EnvironmentPolicy = std::derived_from<T, environment_base> && std::move_constructible<T> &&
                            requires(T& environment, typename T::Mutex& mutex) {
                                {
                                    environment.now()
                                } -> std::same_as<std::chrono::steady_clock::time_point>;
                                {
                                    environment.wall_clock()
                                } -> std::same_as<std::chrono::system_clock::time_point>;
                                { environment.uniform() } -> std::convertible_to<double>;
                                typename T::unwinding;
                                mutex.lock();
                                mutex.unlock();
                            };

namespace detail {

/// An environment with a clock that is cheap and a little behind.
template <class T>
concept HasCoarseClock = requires(T& environment) {
    { environment.coarse_now() } -> std::same_as<std::chrono::steady_clock::time_point>;
    { T::coarse_error } -> std::convertible_to<std::chrono::nanoseconds>;
};

/// A source of random numbers for jitter and permits: SplitMix64 (Steele, Lea, Flood: "Fast
/// splittable pseudorandom number generators", OOPSLA 2014). Not for secrets. Not thread-safe.
class SplitMix64 {
public:
    explicit SplitMix64(std::uint64_t seed) noexcept : state_{seed} {}

    /// Draws uniformly from [0, 2^64).
    std::uint64_t operator()() noexcept {
        state_ += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

private:
    std::uint64_t state_;
};

/// The random numbers of one thread. Threads and processes differ by the time of their first draw,
/// by where the system put them in memory, and by the process; a forked process begins anew.
class ThreadRandom {
public:
    /// Draws uniformly from [0, 1).
    double operator()() noexcept {
        const std::uint64_t process = process_id();
        if (process != process_) {
            process_ = process;
            generator_ = SplitMix64{seed(process)};
        }
        return static_cast<double>(generator_() >> 11) * 0x1p-53;
    }

private:
    [[nodiscard]] std::uint64_t seed(std::uint64_t process) const noexcept {
        const auto time = std::chrono::system_clock::now().time_since_epoch().count();
        const auto place = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this));
        return static_cast<std::uint64_t>(time) ^ (place << 20) ^ SplitMix64 { process }();
    }

    /// Of no process, so that the first draw seeds.
    std::uint64_t process_ = ~std::uint64_t{0};
    SplitMix64 generator_{0};
};

/// Draws uniformly from [0, 1), by a generator of this thread's own. Not inlined, as a fiber may go
/// on in another thread.
FLUXGATE_NOINLINE inline double thread_uniform() noexcept {
    thread_local ThreadRandom random;
    return random();
}

/// The system's clocks and random numbers.
class SystemEnvironment : public environment_base {
public:
    [[nodiscard]] static std::chrono::steady_clock::time_point now() noexcept {
        return std::chrono::steady_clock::now();
    }
#ifdef __linux__
    /// Returns the monotonic clock as of the latest tick.
    [[nodiscard]] static std::chrono::steady_clock::time_point coarse_now() noexcept {
        std::timespec time{};
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
        return std::chrono::steady_clock::time_point{std::chrono::seconds{time.tv_sec} +
                                                     std::chrono::nanoseconds{time.tv_nsec}};
    }
    /// Linux ticks at least a hundred times a second; twice that, for a tick that comes late.
    static constexpr std::chrono::nanoseconds coarse_error = std::chrono::milliseconds{20};
#endif
    [[nodiscard]] static std::chrono::system_clock::time_point wall_clock() noexcept {
        return std::chrono::system_clock::now();
    }
    [[nodiscard]] static double uniform() noexcept { return thread_uniform(); }
};

/// The lock of what one thread uses: none.
struct NoMutex {
    void lock() noexcept {}
    void unlock() noexcept {}
};

}  // namespace detail

/// For breakers that any thread may use at any time.
///
/// A process that is forked while other threads use a breaker may find its lock held for ever, as
/// POSIX has it for every lock: such a process makes breakers of its own, or none until `exec`. One
/// that is forked by the only thread goes on with the breakers that it has.
class Threaded : public detail::SystemEnvironment {
public:
    /// The lock of each breaker.
    using Mutex = std::mutex;
};

/// For breakers that are used by one thread at a time, the whole call included.
class SingleThreaded : public detail::SystemEnvironment {
public:
    /// No lock at all.
    using Mutex = detail::NoMutex;
};

}  // namespace fluxgate::inline v0_1
