// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The clock that a counter drives, where threads read it as a block ends, or as its rate is measured.

#include "catch.hpp"
#include "explorer.hpp"
#include "in_test.hpp"
#include "memory.hpp"

#include <fluxgate/detail/counter_clock.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

using namespace explore;
using namespace std::chrono_literals;

namespace {

using Time = std::chrono::steady_clock::time_point;

/// One clock for all threads, and a counter beside it, whose rate may change once.
class Machine {
public:
    void pass(std::chrono::nanoseconds by) {
        time_.fetch_add(by.count(), std::memory_order_relaxed);
    }

    /// From now on the counter makes so many ticks in a millisecond.
    void tick(std::int64_t ticks_in_millisecond) {
        const std::int64_t time = time_.load_latest();
        ticks_at_change_ = ticks_at(time);
        changed_at_ = time;
        ticks_in_millisecond_ = ticks_in_millisecond;
    }

    [[nodiscard]] std::uint64_t ticks() const {
        return static_cast<std::uint64_t>(ticks_at(time_.load_latest()));
    }
    [[nodiscard]] Time now() const { return Time{std::chrono::nanoseconds{time_.load_latest()}}; }

private:
    [[nodiscard]] std::int64_t ticks_at(std::int64_t time) const {
        return ticks_at_change_ + (time - changed_at_) * ticks_in_millisecond_ / 1'000'000;
    }

    explore::atomic<std::int64_t> time_{0};
    std::int64_t changed_at_ = 0;
    std::int64_t ticks_at_change_ = 1'000'000;
    std::int64_t ticks_in_millisecond_ = 3'000'000;
};

struct Source {
    [[nodiscard]] static const char* unfit() noexcept { return nullptr; }
    [[nodiscard]] std::uint64_t ticks() const noexcept { return machine->ticks(); }
    [[nodiscard]] Time now() const noexcept { return machine->now(); }
    Machine* machine;
};

/// Threads that read the clock: none reads an earlier time than one that was read before, by any
/// thread or, where `latest` is its own, by itself.
class Readers : public World {
protected:
    void read() { read(latest_); }
    void read(Time& latest) {
        const Time before = latest;
        const Time now = clock_.now();
        if (now < before) {
            report("the clock goes back");
        }
        const Time right = machine_.now();
        if (now > right + 150ms || now < right - 300ms) {
            report("the clock is wrong");
        }
        if (latest < now) {
            latest = now;
        }
    }

    /// Has the rate measured but for the last reading.
    void measure_all_but_last() {
        static_cast<void>(clock_.now());
        machine_.pass(60ms);
        static_cast<void>(clock_.now());
        machine_.pass(60ms);
    }

    Machine machine_;
    fluxgate::detail::CounterClock<Source> clock_{Source{&machine_}};
    Time latest_{};
};

/// The counter has become a little faster, so the time may have to stand still.
class AtEndOfBlock : public Readers {
public:
    AtEndOfBlock() {
        measure_all_but_last();
        static_cast<void>(clock_.now());
        machine_.tick(3'003'000);
        const std::uint64_t left = block - machine_.ticks() % block;
        machine_.pass(std::chrono::nanoseconds{static_cast<std::int64_t>(left / 3)} - 140us);
    }

private:
    /// The ticks of a block at this rate.
    static constexpr std::uint64_t block = std::uint64_t{1} << 28;

    std::vector<std::function<void()>> threads() override {
        const auto read_on = [this] {
            read();
            machine_.pass(70us);
            read();
            machine_.pass(20us);
            read();
        };
        return {read_on, read_on};
    }
    void check() override {
        if (clock_.stage() != fluxgate::detail::CounterStage::running) {
            report("a counter that keeps time is given up");
        }
    }
};

/// One of them measures, and neither may read what the other one has not done writing.
class AsRateIsMeasured final : public Readers {
public:
    AsRateIsMeasured() { measure_all_but_last(); }

private:
    std::vector<std::function<void()>> threads() override {
        const auto read_twice = [this] {
            Time latest{};
            read(latest);
            read(latest);
        };
        return {read_twice, read_twice};
    }
    void check() override {
        if (clock_.stage() != fluxgate::detail::CounterStage::running) {
            report("nobody uses the rate");
        }
    }
};

/// The counter becomes slower once it is measured, and a thread may be stopped for longer than a
/// block.
class StoppedAsRateIsMeasured final : public Readers {
public:
    StoppedAsRateIsMeasured() {
        measure_all_but_last();
        machine_.tick(2'999'800);
    }

private:
    std::vector<std::function<void()>> threads() override {
        return {[this] {
                    read();
                    machine_.pass(150ms);
                    read();
                    machine_.pass(60ms);
                },
                [this] {
                    read();
                    read();
                }};
    }
    void check() override {
        // A thread that found the other one at it has left the measurement to the next reading.
        for (int i = 0; i != 3; ++i) {
            read();
            machine_.pass(60ms);
        }
        if (clock_.stage() != fluxgate::detail::CounterStage::running) {
            report("nobody uses the rate");
        }
    }
};

/// Each thread may find that it is the one to go on with the measurement.
class AsRateIsMeasuredTwice final : public Readers {
public:
    AsRateIsMeasuredTwice() {
        read();
        machine_.pass(60ms);
    }

private:
    std::vector<std::function<void()>> threads() override {
        return {[this] { read(); },
                [this] {
                    machine_.pass(60ms);
                    read();
                }};
    }
    void check() override {
        // A thread that found the other one at it has left the measurement to the next reading.
        for (int i = 0; i != 3; ++i) {
            read();
            machine_.pass(60ms);
        }
        if (clock_.stage() != fluxgate::detail::CounterStage::running) {
            report("nobody uses the rate");
        }
    }
};

/// A counter that is twice as fast as was measured is given up as others read it.
class AsCounterIsGivenUp final : public Readers {
public:
    AsCounterIsGivenUp() {
        measure_all_but_last();
        static_cast<void>(clock_.now());
        machine_.tick(6'000'000);
        // The first block has a head start, and does not count; the third strike is yet to come.
        for (int block = 0; block != 3; ++block) {
            machine_.pass(140ms);
            static_cast<void>(clock_.now());
        }
        machine_.pass(140ms);
    }

private:
    std::vector<std::function<void()>> threads() override {
        const auto read_twice = [this] {
            read();
            machine_.pass(140ms);
            read();
        };
        return {read_twice, read_twice};
    }
    void check() override {
        if (clock_.stage() != fluxgate::detail::CounterStage::off || clock_.reason() == nullptr) {
            report("a counter that keeps no time is used");
        }
    }
};

}  // namespace

TEST_CASE("threads read the clock of a counter as its block ends") {
    explore_program<AtEndOfBlock>();
}

TEST_CASE("threads read the clock of a counter as its rate is measured") {
    explore_program<AsRateIsMeasured>();
}

TEST_CASE("a thread that is stopped as the rate of a counter is measured reads its clock") {
    // Where a store may be seen as late as one likes, so may the counter's first time.
    explore_in_test("sequential", [] { return std::make_unique<StoppedAsRateIsMeasured>(); }, {});
}

TEST_CASE("threads read the clock of a counter as its rate is measured twice") {
    explore_program<AsRateIsMeasuredTwice>();
}

TEST_CASE("threads read the clock of a counter as it is given up") {
    explore_program<AsCounterIsGivenUp>();
}
