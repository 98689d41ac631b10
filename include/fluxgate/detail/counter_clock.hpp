// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

// A clock that is read from a counter, and set by the system's clock.
//
// The counter's range is divided into blocks of some 0.1 s. Whoever first asks for the time in a
// block reads the system's clock as well, and sets the offset that holds in this block. So an error
// of the counter's rate grows for a block and no longer, and a counter that jumps is found at the
// next reading.
//
// The time does not go back unless the counter does: the last time of a block is that of its last
// tick, and the next offset is set by a system's time that is not before it. Where the counter ran
// ahead of the system's clock, the time stands still until that has come up.
//
// The offset and its block are one atomic word, set by a compare-and-swap. Nobody waits for anybody,
// so a thread may stop anywhere, and a process may fork.

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail {

/// A reading of a counter and of the system's clock.
struct CounterReading {
    /// The counter, just before the clock was read.
    std::uint64_t ticks = 0;
    /// How many ticks the reading took.
    std::uint64_t width = 0;
    TimePoint time;
};

/// The line from ticks to time: its slope was measured, its height is the measurement's.
struct CounterLine {
    /// Returns the line through a reading of a counter that ticks so often in a nanosecond: from a
    /// thousandth to a thousand. A block is as many ticks as a power of two has: those of 67 to
    /// 134 ms.
    static CounterLine through(const CounterReading& reading, double rate) noexcept {
        CounterLine line;
        line.block_bits =
            static_cast<int>(std::bit_width(static_cast<std::uint64_t>(0x1p27 * rate))) - 1;
        line.block_nanoseconds = static_cast<std::int64_t>(
            static_cast<double>(std::uint64_t{1} << line.block_bits) / rate);
        line.height = reading.time.time_since_epoch().count() - line.at(reading.ticks);
        return line;
    }

    [[nodiscard]] std::uint64_t block_of(std::uint64_t ticks) const noexcept {
        return ticks >> block_bits;
    }

    /// Returns the time by the line, in nanoseconds. A tick later it is never earlier.
    [[nodiscard]] std::int64_t at(std::uint64_t ticks) const noexcept {
        const std::uint64_t in_block = ticks & ((std::uint64_t{1} << block_bits) - 1);
        const auto nanoseconds = static_cast<std::uint64_t>(block_nanoseconds);
        // Unsigned: a counter may have begun anywhere.
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(height) +
                                         block_of(ticks) * nanoseconds +
                                         ((in_block * nanoseconds) >> block_bits));
    }

    /// Returns the last tick of a block.
    [[nodiscard]] std::uint64_t last_of(std::uint64_t block) const noexcept {
        return ((block + 1) << block_bits) - 1;
    }

    int block_bits = 0;
    std::int64_t block_nanoseconds = 0;
    std::int64_t height = 0;
};

/// How far the time in a block is from the line, and which block it is, in one word. None is zero.
///
///     63 .. 24   the offset in units of 64 ns, signed: up to nine hours
///     23 .. 1    the number of the block, without its upper bits
///     0          one
///
/// Of a block that is 2^23 blocks away, the word seems to be, too: a clock that nobody read for these
/// eight to twelve days, to the tenth of a second, goes by an offset of then until the next block.
class CounterOffset {
public:
    constexpr CounterOffset() noexcept = default;
    constexpr explicit CounterOffset(std::uint64_t word) noexcept : word_{word} {}

    /// Returns the offset in the block of a reading by which the time is, at its tick and at each
    /// later one, not before the reading's; none where it is too large.
    [[nodiscard]] static CounterOffset of(const CounterLine& line,
                                          const CounterReading& reading) noexcept {
        // Unsigned: a counter may have jumped anywhere.
        const auto apart = static_cast<std::int64_t>(
            static_cast<std::uint64_t>(reading.time.time_since_epoch().count()) -
            static_cast<std::uint64_t>(line.at(reading.ticks)));
        if (apart < -most_units * unit || apart > most_units * unit) {
            return CounterOffset{};
        }
        const std::int64_t floor = apart / unit - (apart % unit < 0 ? 1 : 0);
        const std::int64_t units = floor + (apart % unit != 0 ? 1 : 0);  // rounded up
        return CounterOffset{(static_cast<std::uint64_t>(units) << block_field) |
                             tag(line.block_of(reading.ticks))};
    }

    /// Returns whether this is the offset in a block.
    [[nodiscard]] bool is_of(std::uint64_t block) const noexcept {
        return (word_ & tag_mask) == tag(block);
    }

    /// What an offset is exact to, in nanoseconds.
    static constexpr std::int64_t unit = 64;

    /// Returns how many blocks ago this was set, less what is lost of their number.
    [[nodiscard]] std::uint64_t age(std::uint64_t block) const noexcept {
        return ((tag(block) - word_) & tag_mask) >> 1;
    }

    [[nodiscard]] std::int64_t nanoseconds() const noexcept {
        return (static_cast<std::int64_t>(word_) >> block_field) * unit;
    }

    [[nodiscard]] std::uint64_t word() const noexcept { return word_; }

private:
    static constexpr int block_field = 24;
    static constexpr std::int64_t most_units = (std::int64_t{1} << (63 - block_field)) - 1;
    static constexpr std::uint64_t tag_mask = (std::uint64_t{1} << block_field) - 1;

    static constexpr std::uint64_t tag(std::uint64_t block) noexcept {
        return ((block << 1) | 1) & tag_mask;
    }

    std::uint64_t word_ = 0;
};

/// Where the time of such a clock comes from.
enum class CounterStage : std::uint8_t {
    unasked,    ///< the system's clock; nobody has asked for the time
    measuring,  ///< the system's clock; the counter's rate is being measured
    running,    ///< the counter
    off,        ///< the system's clock: the counter does not keep time
};

/// A clock by a counter. `Source` has:
///
///     unfit()   returns why its counter cannot be used; null where it can
///     ticks()   returns the counter
///     now()     returns the system's monotonic time
///
/// None of them throws. Thread-safe.
template <class Source>
class CounterClock {
public:
    constexpr CounterClock() noexcept = default;
    constexpr explicit CounterClock(Source source) noexcept : source_{source} {}
    CounterClock(const CounterClock&) = delete;
    CounterClock& operator=(const CounterClock&) = delete;

    /// Returns the time: monotonic, and the system's but for what the counter goes wrong in a block.
    [[nodiscard]] FLUXGATE_ALWAYS_INLINE TimePoint now() noexcept {
        const CounterOffset offset{offset_.load(std::memory_order_acquire)};
        if (offset.word() != 0) [[likely]] {
            const CounterLine line = line_;
            const std::uint64_t ticks = source_.ticks();
            if (offset.is_of(line.block_of(ticks))) [[likely]] {
                return time_by(line, offset, ticks);
            }
        }
        return find_now();
    }

    [[nodiscard]] CounterStage stage() const noexcept {
        const Step step = step_.load(std::memory_order_acquire);
        if (step == Step::unasked) {
            return CounterStage::unasked;
        }
        if (step == Step::busy || step == Step::begun) {
            return CounterStage::measuring;
        }
        return step == Step::running ? CounterStage::running : CounterStage::off;
    }

    /// Returns why the counter is not used; null before it is known, and where it is used.
    [[nodiscard]] const char* reason() const noexcept {
        return reason_.load(std::memory_order_acquire);
    }

    /// Returns how often the counter ticks in a second; zero where it is not used.
    [[nodiscard]] double frequency() const noexcept {
        if (offset_.load(std::memory_order_acquire) == 0) {
            return 0;
        }
        const CounterLine line = line_;
        return static_cast<double>(std::uint64_t{1} << line.block_bits) * 1e9 /
               static_cast<double>(line.block_nanoseconds);
    }

    /// Returns by how much the system's clock was ahead when the two were last compared.
    [[nodiscard]] std::chrono::nanoseconds drift() const noexcept {
        return std::chrono::nanoseconds{drift_.load(std::memory_order_relaxed)};
    }

    /// Returns the largest difference that was found, without its sign.
    [[nodiscard]] std::chrono::nanoseconds largest_drift() const noexcept {
        return std::chrono::nanoseconds{largest_drift_.load(std::memory_order_relaxed)};
    }

    /// How long the rate is measured at least, and at most: after a longer pause it begins anew.
    static constexpr std::chrono::nanoseconds shortest_measurement = std::chrono::milliseconds{50};
    static constexpr std::chrono::nanoseconds longest_measurement = std::chrono::seconds{1};

    /// The counter is given up where its rate differs from the measured one by more than one in
    /// this many, found this often in a row.
    static constexpr std::int64_t worst_rate = 200;
    static constexpr std::uint32_t most_strikes = 3;

private:
    /// How far the rate's measurement is.
    enum class Step : std::uint8_t { unasked, busy, begun, running, off };

    /// Of more blocks than these a difference says nothing: the machine may have slept.
    static constexpr std::uint64_t oldest_compared = 8;
    /// What a difference has for the two readings' sake.
    static constexpr std::int64_t inexact = 20'000;
    /// By how much the first offset is ahead: more than the rate is wrong by in a block. So whoever
    /// read the system's clock just before it sees no earlier time next.
    static constexpr std::chrono::nanoseconds head_start = std::chrono::microseconds{10};

    [[nodiscard]] static TimePoint time_by(const CounterLine& line, CounterOffset offset,
                                           std::uint64_t ticks) noexcept {
        return TimePoint{std::chrono::nanoseconds{line.at(ticks) + offset.nanoseconds()}};
    }

    /// Reads both clocks, as closely together as four attempts have it.
    [[nodiscard]] CounterReading read() noexcept {
        constexpr int attempts = 4;
        CounterReading best{0, (std::numeric_limits<std::uint64_t>::max)(), {}};
        for (int i = 0; i != attempts; ++i) {
            const std::uint64_t before = source_.ticks();
            const TimePoint time = source_.now();
            const std::uint64_t width = source_.ticks() - before;
            if (width < best.width) {
                best = {before, width, time};
            }
        }
        return best;
    }

    /// Returns the time where no offset is known for this block: sets one, or asks the system.
    [[nodiscard]] FLUXGATE_NOINLINE TimePoint find_now() noexcept {
        for (;;) {
            const CounterOffset seen{offset_.load(std::memory_order_acquire)};
            if (seen.word() == 0) {
                go_on_measuring();
                const TimePoint time = source_.now();
                // Read again after the clock, since this thread may have been stopped before it:
                // the counter's time, which others say, may be a little behind.
                if (offset_.load(std::memory_order_acquire) == 0) {
                    return time;
                }
                continue;
            }
            const CounterLine line = line_;
            const CounterReading reading = read();
            const std::uint64_t block = line.block_of(reading.ticks);
            if (seen.is_of(block)) {
                return time_by(line, seen, reading.ticks);
            }
            const TimePoint last = last_time(line, seen, block, reading.time);
            if (reading.time < last) {
                return last;
            }
            const CounterOffset next = CounterOffset::of(line, reading);
            if (strikes_.load(std::memory_order_relaxed) >= most_strikes) {
                turn_off(seen,
                         "the processor's counter does not keep time with the system's clock");
            } else if (next.word() == 0) {
                turn_off(seen, "the processor's counter is hours away from the system's clock");
            } else if (replace(seen, next)) {
                compare(line, seen, reading);
                return time_by(line, next, reading.ticks);
            }
        }
    }

    /// Returns the last time that an offset may have said, as seen from another block at this time of
    /// the system's; the earliest of all where that is not known, as the counter went back, or the
    /// offset is days old.
    [[nodiscard]] static TimePoint last_time(const CounterLine& line, CounterOffset offset,
                                             std::uint64_t block, TimePoint now) noexcept {
        const TimePoint last = time_by(line, offset, line.last_of(block - offset.age(block)));
        // No block began later than now.
        const std::chrono::nanoseconds longest{line.block_nanoseconds + CounterOffset::unit};
        return time_before(last, longest) <= now ? last : (TimePoint::min)();
    }

    /// Replaces the offset, unless another thread has, or the processor would rather not. Returns
    /// whether it did.
    bool replace(CounterOffset seen, CounterOffset next) noexcept {
        std::uint64_t word = seen.word();
        return offset_.compare_exchange_weak(word, next.word(), std::memory_order_acq_rel,
                                             std::memory_order_relaxed);
    }

    /// Compares the two clocks, by an offset that was replaced.
    void compare(const CounterLine& line, CounterOffset replaced,
                 const CounterReading& reading) noexcept {
        const std::uint64_t blocks = replaced.age(line.block_of(reading.ticks));
        const bool had_head_start = has_head_start_.exchange(false, std::memory_order_relaxed);
        if (blocks > oldest_compared || had_head_start) {
            return;
        }
        const std::int64_t ahead = (reading.time - time_by(line, replaced, reading.ticks)).count();
        const std::int64_t apart = ahead < 0 ? -ahead : ahead;
        drift_.store(ahead, std::memory_order_relaxed);
        raise(largest_drift_, apart);
        const std::int64_t elapsed =
            (static_cast<std::int64_t>(blocks) + 1) * line.block_nanoseconds;
        const std::int64_t width = line.at(reading.ticks + reading.width) - line.at(reading.ticks);
        if (apart <= elapsed / worst_rate + width + inexact) {
            strikes_.store(0, std::memory_order_relaxed);
        } else {
            strikes_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    /// Gives the counter up for good.
    void turn_off(CounterOffset seen, const char* reason) noexcept {
        if (replace(seen, CounterOffset{})) {
            reason_.store(reason, std::memory_order_release);
            step_.store(Step::off, std::memory_order_release);
        }
    }

    /// Does what is next in the measurement of the rate, if nobody else is at it. A child that is
    /// forked while another thread is at it stays with the system's clock.
    void go_on_measuring() noexcept {
        Step step = step_.load(std::memory_order_acquire);
        const bool is_next =
            step == Step::unasked || (step == Step::begun && has_been_measured_enough());
        // Acquire and release: what one thread has measured is the next one's.
        if (is_next && step_.compare_exchange_weak(step, Step::busy, std::memory_order_acq_rel,
                                                   std::memory_order_relaxed)) {
            step_.store(step == Step::unasked ? begin_to_measure() : measure(),
                        std::memory_order_release);
        }
    }

    [[nodiscard]] bool has_been_measured_enough() noexcept {
        const TimePoint begun{std::chrono::nanoseconds{begun_at_.load(std::memory_order_relaxed)}};
        return source_.now() - begun >= shortest_measurement;
    }

    [[nodiscard]] Step begin_to_measure() noexcept {
        if (const char* const reason = source_.unfit()) {
            reason_.store(reason, std::memory_order_release);
            return Step::off;
        }
        return begin_to_measure_at(read());
    }

    [[nodiscard]] Step begin_to_measure_at(const CounterReading& reading) noexcept {
        begun_ = reading;
        begun_at_.store(reading.time.time_since_epoch().count(), std::memory_order_relaxed);
        return Step::begun;
    }

    /// Uses the counter once its rate was measured twice in a row.
    [[nodiscard]] Step measure() noexcept {
        CounterReading reading = read();
        const std::chrono::nanoseconds elapsed = reading.time - begun_.time;
        if (elapsed < shortest_measurement) {  // another thread has begun anew
            return Step::begun;
        }
        const double rate = static_cast<double>(reading.ticks - begun_.ticks) /
                            static_cast<double>(elapsed.count());
        const double before = std::exchange(rate_, rate);
        const double apart = rate < before ? before - rate : rate - before;
        const bool is_same = apart * worst_rate <= rate;
        if (elapsed > longest_measurement || rate > 1e3 || !is_same) {
            return begin_to_measure_at(reading);
        }
        if (rate < 1e-3) {
            reason_.store("the processor's counter stands still", std::memory_order_release);
            return Step::off;
        }
        reading.time += head_start;
        has_head_start_.store(true, std::memory_order_relaxed);
        const CounterLine line = CounterLine::through(reading, rate);
        line_ = line;
        offset_.store(CounterOffset::of(line, reading).word(), std::memory_order_release);
        return Step::running;
    }

    static void raise(std::atomic<std::int64_t>& greatest, std::int64_t value) noexcept {
        std::int64_t seen = greatest.load(std::memory_order_relaxed);
        while (seen < value &&
               !greatest.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
        }
    }

    /// A `CounterOffset`, or zero where the system's clock is asked. Set by release and read by
    /// acquire: who sees an offset sees the line.
    std::atomic<std::uint64_t> offset_{0};
    /// Written by the one thread that is busy measuring, before the first offset.
    CounterLine line_;
    FLUXGATE_NO_UNIQUE_ADDRESS Source source_;
    std::atomic<Step> step_{Step::unasked};
    /// The first reading of the measurement, of the thread that is busy; and its time, for all.
    CounterReading begun_;
    /// Ticks in a nanosecond as measured before, of the same thread; zero where none was.
    double rate_ = 0;
    std::atomic<std::int64_t> begun_at_{0};
    std::atomic<const char*> reason_{nullptr};
    // What was found when the clocks were compared: figures for people, each for itself.
    std::atomic<bool> has_head_start_{false};
    std::atomic<std::int64_t> drift_{0};
    std::atomic<std::int64_t> largest_drift_{0};
    std::atomic<std::uint32_t> strikes_{0};
};

}  // namespace fluxgate::inline v0_1::detail
