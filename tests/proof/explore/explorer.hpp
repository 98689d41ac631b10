// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Runs the threads of a small program as fibers, in one interleaving after another until there is
// none left that could make a difference: stateless model checking by dynamic partial-order
// reduction (Flanagan and Godefroid, POPL 2005) with sleep sets (Godefroid, 1996).
//
// The program is that of the library's headers: a copy, in which atomics, mutexes and marked plain
// data are those of memory.hpp. Each of their operations is a point at which the explorer may go on
// with another thread.
//
// Memory is sequentially consistent, or weak: a load may then return any store that coherence and
// happens-before leave to it, and each such choice is explored. What the weak memory leaves out: a
// store comes last in the modification order when it is made, no load sees a store that another
// thread makes later, and there is no order of seq_cst operations beyond happens-before. Threads
// are no more than five, and each execution must end.

namespace explore {

inline constexpr std::size_t most_threads = 6;
/// The thread that sets the program up and checks it, while no other runs.
inline constexpr std::size_t main_thread = 0;

/// How much of each thread's past has happened before something.
class VectorClock {
public:
    std::uint32_t& operator[](std::size_t thread) { return events_[thread]; }
    std::uint32_t operator[](std::size_t thread) const { return events_[thread]; }

    /// Adds what has happened before something else.
    void join(const VectorClock& other) {
        for (std::size_t i = 0; i != most_threads; ++i) {
            events_[i] = events_[i] < other.events_[i] ? other.events_[i] : events_[i];
        }
    }

private:
    std::array<std::uint32_t, most_threads> events_{};
};

/// What a step does to its location. Two steps are independent, and their order makes no
/// difference, if they are at different locations or both read.
enum class Access : std::uint8_t {
    none,
    reads,
    writes,
    locks,
    unlocks,
    /// An operation of the program begins: it depends on those that end, so that each order of an
    /// end and a beginning is seen.
    begins,
    ends
};

/// What a thread is about to do.
struct Step {
    std::uint32_t location = 0;
    Access access = Access::none;
    const char* name = "";
};

struct Options {
    /// Whether memory is weak.
    bool weak = false;
    /// How often a weak compare-exchange may fail for no reason in one execution.
    int spurious_failures = 0;
    /// Explores every interleaving: to hold the reduction against.
    bool reduces = true;
    /// The number of executions after which the exploration is cut off.
    std::uint64_t executions = std::numeric_limits<std::uint64_t>::max();
    /// The time after which it is cut off.
    std::chrono::nanoseconds time = std::chrono::nanoseconds::max();
};

/// One program: it is made anew for each execution. Its constructor sets it up.
class World {
public:
    World() { ++count_; }
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    virtual ~World() = default;

    /// What each thread does.
    [[nodiscard]] virtual std::vector<std::function<void()>> threads() = 0;

    /// Looks at what became of it, and calls `report` if that is wrong.
    virtual void check() = 0;

    /// Returns how many were made so far.
    [[nodiscard]] static std::uint64_t count() { return count_; }

private:
    static inline std::uint64_t count_ = 0;
};

struct Result {
    std::uint64_t executions = 0;
    /// Those that were left because another one covers them.
    std::uint64_t redundant = 0;
    /// False where the exploration was cut off.
    bool is_exhaustive = false;
    /// Empty if nothing was found; else what, and the steps that lead there.
    std::string failure;
    std::string trace;
};

/// Explores all executions of the programs that `make` makes, until one fails. One exploration at
/// a time.
[[nodiscard]] Result explore(const std::function<std::unique_ptr<World>()>& make,
                             const Options& options);

/// Says that this execution is wrong. The first failure counts.
void report(std::string_view what);

// ---- For memory.hpp and the programs --------------------------------------------------------------

/// Returns the thread that runs.
[[nodiscard]] std::size_t this_thread() noexcept;

/// Returns whether threads are being interleaved: not while a program is set up or checked.
[[nodiscard]] bool is_interleaving() noexcept;

[[nodiscard]] bool memory_is_weak() noexcept;

/// Announces a step, and returns when it is to be made: others may run before.
void before(const Step& step);

/// Returns a number below `count`: each of them in some execution.
[[nodiscard]] std::size_t choose(std::size_t count);

/// Takes one of the spurious failures that are left to this execution, if there is any.
[[nodiscard]] bool may_fail_spuriously() noexcept;
void fail_spuriously() noexcept;

/// Returns a location that is new, and the same one in each execution.
[[nodiscard]] std::uint32_t new_location();

/// Returns what has happened before the next event of this thread.
[[nodiscard]] VectorClock& clock_of_this_thread() noexcept;

/// Returns the number of steps made.
[[nodiscard]] std::size_t steps_made() noexcept;

/// Remembers the value of a step, for the trace.
void note(std::uint64_t value);

/// Locks and unlocks: who waits for a location that is locked cannot go on.
void set_locked(std::uint32_t location, bool locked);
/// Notes that what is there is no more.
void end_location(std::uint32_t location);

}  // namespace explore
