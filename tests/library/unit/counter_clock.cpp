// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The clock that a counter drives: counters of any rate, that drift, jump, stop and are interrupted.

#include "catch.hpp"

#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/detail/counter_clock.hpp>
#include <fluxgate/tsc.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <string_view>
#include <thread>
#include <vector>

#if __has_include(<sys/wait.h>)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace fluxgate;
using namespace std::chrono_literals;
using detail::CounterStage;
using std::chrono::nanoseconds;
using Time = std::chrono::steady_clock::time_point;

namespace {

/// A machine's clock and counter, which a test moves; each look at one takes a while.
struct Machine {
    void pass(nanoseconds by) {
        time += by;
        counter += static_cast<double>(by.count()) * rate;
    }
    [[nodiscard]] std::uint64_t ticks() const {
        return begin + static_cast<std::uint64_t>(counter);
    }

    nanoseconds time = 1h;
    double counter = 0;
    double rate = 3.0;
    std::uint64_t begin = 12'345'678;
    const char* unfit = nullptr;
    nanoseconds look = 20ns;
    /// What the next looks take besides.
    std::vector<nanoseconds> interruptions;
};

struct Source {
    [[nodiscard]] const char* unfit() const noexcept { return machine->unfit; }
    [[nodiscard]] std::uint64_t ticks() noexcept {
        pass();
        return machine->ticks();
    }
    [[nodiscard]] Time now() noexcept {
        pass();
        return Time{machine->time};
    }
    void pass() noexcept {
        machine->pass(machine->look);
        if (!machine->interruptions.empty()) {
            machine->pass(machine->interruptions.back());
            machine->interruptions.pop_back();
        }
    }
    Machine* machine;
};

using Clock = detail::CounterClock<Source>;

/// Has the rate measured, and the time set by it.
void start(Clock& clock, Machine& machine) {
    for (int i = 0; i != 4 && clock.stage() != CounterStage::running; ++i) {
        static_cast<void>(clock.now());
        machine.pass(60ms);
    }
    REQUIRE(clock.stage() == CounterStage::running);
    // The first block has a head start.
    for (int i = 0; i != 2; ++i) {
        machine.pass(150ms);
        static_cast<void>(clock.now());
    }
}

/// How far the clock was from the system's, in steps of random lengths. Fails where it goes back.
struct Errors {
    nanoseconds ahead{0};
    nanoseconds behind{0};
};

Errors follow(Clock& clock, Machine& machine, nanoseconds how_long, nanoseconds longest_step) {
    std::minstd_rand random{7};
    Errors errors;
    Time last = Time::min();
    const nanoseconds end = machine.time + how_long;
    while (machine.time < end) {
        machine.pass(nanoseconds{
            std::uniform_int_distribution<std::int64_t>{0, longest_step.count()}(random)});
        const nanoseconds before = machine.time;
        const Time now = clock.now();
        const nanoseconds after = machine.time;
        if (now < last) {
            FAIL("the clock went back by " << (last - now).count() << " ns");
        }
        last = now;
        errors.ahead = std::max(errors.ahead, now.time_since_epoch() - after);
        errors.behind = std::max(errors.behind, before - now.time_since_epoch());
    }
    return errors;
}

/// The longest block, and what the units of offsets and the reading of two clocks add.
constexpr nanoseconds block = nanoseconds{std::int64_t{1} << 27};
constexpr nanoseconds inexact = 200ns;

}  // namespace

TEST_CASE("a counter that is not fit is not used, and its clock is the system's") {
    Machine machine;
    machine.unfit = "it is broken";
    Clock clock{Source{&machine}};
    CHECK(clock.stage() == CounterStage::unasked);
    for (int i = 0; i != 100; ++i) {
        machine.pass(7ms);
        const Time now = clock.now();
        CHECK(now == Time{machine.time});
    }
    CHECK(clock.stage() == CounterStage::off);
    CHECK(clock.reason() == std::string_view{"it is broken"});
    CHECK(clock.frequency() == 0);
}

TEST_CASE("counters of all rates keep the system's time to the nanoseconds of a reading") {
    const double rate = GENERATE(0.0011, 0.024, 0.0625, 1.0, 2.4454, 5.1);
    Machine machine;
    machine.rate = rate;
    Clock clock{Source{&machine}};
    start(clock, machine);
    CHECK(clock.reason() == nullptr);
    CHECK(clock.frequency() == Approx(rate * 1e9).epsilon(2e-5));
    const Errors errors = follow(clock, machine, 60s, 40ms);
    // A tick, and what the measurement of the rate is wrong by because of it.
    const nanoseconds tick{static_cast<std::int64_t>(1 / rate) + 1};
    CHECK(errors.ahead <= inexact + 8 * tick);
    CHECK(errors.behind <= inexact + 8 * tick);
    CHECK(clock.largest_drift() <= inexact + 8 * tick);
    CHECK(clock.stage() == CounterStage::running);
}

TEST_CASE("a rate that changes shifts the time for a block, and is told") {
    const double change = GENERATE(0.9999, 1.0001, 0.996, 1.004);
    Machine machine;
    Clock clock{Source{&machine}};
    start(clock, machine);
    machine.rate *= change;
    const Errors errors = follow(clock, machine, 60s, 3ms);
    const nanoseconds most{
        static_cast<std::int64_t>(std::abs(change - 1) * static_cast<double>(block.count()))};
    CHECK(errors.ahead <= most + inexact);
    CHECK(errors.behind <= most + inexact);
    CHECK(std::max(errors.ahead, errors.behind) >= most / 3);
    CHECK(clock.stage() == CounterStage::running);
    CHECK((clock.drift() < 0ns) == (change > 1));
    CHECK(clock.largest_drift() >= most / 3);
    CHECK(clock.largest_drift() <= most + 1us + 3ms / 100);
}

TEST_CASE("a counter whose rate is wrong three times in a row is given up") {
    const double change = GENERATE(0.5, 0.98, 1.02, 2.0);
    Machine machine;
    Clock clock{Source{&machine}};
    start(clock, machine);
    machine.rate *= change;
    const Errors errors = follow(clock, machine, 3s, 3ms);
    const nanoseconds most{
        static_cast<std::int64_t>(std::abs(change - 1) * static_cast<double>(block.count()))};
    CHECK(errors.ahead <= most + inexact);
    CHECK(errors.behind <= 2 * most + inexact);  // a block of a slow counter lasts longer
    CHECK(clock.stage() == CounterStage::off);
    CHECK(clock.reason() ==
          std::string_view{"the processor's counter does not keep time with the system's clock"});
    const Time now = clock.now();
    CHECK(now == Time{machine.time});
}

TEST_CASE("a counter that jumps, as when a machine slept, shifts the time for a block at most") {
    const double jump = GENERATE(1e9, 3600e9, -1e9, -1800e9);
    Machine machine;
    machine.counter = 7200e9;
    Clock clock{Source{&machine}};
    start(clock, machine);
    for (int i = 0; i != 20; ++i) {
        machine.counter += i % 2 == 0 ? jump : -jump;
        // What the block could have said holds the time until the system's clock is there.
        const Errors at_first = follow(clock, machine, block, 10ms);
        CHECK(at_first.ahead <= block);
        CHECK(at_first.behind <= inexact);
        const Errors later = follow(clock, machine, 1s, 10ms);
        CHECK(later.ahead <= inexact);
        CHECK(later.behind <= inexact);
    }
    CHECK(clock.stage() == CounterStage::running);
}

TEST_CASE("a counter that is hours away is given up") {
    const double jump = GENERATE(11 * 3600e9, -11 * 3600e9);
    Machine machine;
    machine.counter = 48 * 3600e9;
    Clock clock{Source{&machine}};
    start(clock, machine);
    machine.counter += 3 * jump;
    const Errors errors = follow(clock, machine, 1s, 10ms);
    CHECK(errors.ahead <= block);
    CHECK(errors.behind <= inexact);
    CHECK(clock.stage() == CounterStage::off);
    CHECK(clock.reason() ==
          std::string_view{"the processor's counter is hours away from the system's clock"});
}

TEST_CASE("a counter that comes to its end is given up, or goes on, in time") {
    Machine machine;
    machine.begin = std::numeric_limits<std::uint64_t>::max() - 3'000'000'000;
    Clock clock{Source{&machine}};
    start(clock, machine);
    const Errors errors = follow(clock, machine, 5s, 10ms);
    CHECK(errors.ahead <= inexact);
    CHECK(errors.behind <= inexact);
}

TEST_CASE("a counter that stands still, or hardly moves, is not used") {
    Machine machine;
    machine.rate = GENERATE(0.0, 1e-5);
    Clock clock{Source{&machine}};
    const Errors errors = follow(clock, machine, 1s, 10ms);
    CHECK(errors.ahead <= 0ns);
    CHECK(errors.behind <= 0ns);
    CHECK(clock.stage() == CounterStage::off);
    CHECK(clock.reason() == std::string_view{"the processor's counter stands still"});
}

TEST_CASE(
    "a counter that stops once it is used stops the time for no longer than it takes to see") {
    Machine machine;
    Clock clock{Source{&machine}};
    start(clock, machine);
    static_cast<void>(clock.now());
    machine.rate = 0;
    machine.pass(10s);
    // The one thing that a block cannot see: what it would say is a tick of it.
    CHECK(clock.now() > Time{machine.time - 11s});
    machine.rate = 3.0;
    const Errors errors = follow(clock, machine, 1s, 10ms);
    CHECK(errors.ahead <= inexact);
    CHECK(clock.stage() == CounterStage::running);
}

TEST_CASE("a measurement with a jump in it does not count") {
    Machine machine;
    Clock clock{Source{&machine}};
    static_cast<void>(clock.now());
    const double jump = GENERATE(30e9, 1e9, -100'000.0, -2e9);
    machine.counter += 3e9 + jump;
    machine.pass(60ms);
    static_cast<void>(clock.now());
    machine.pass(60ms);
    static_cast<void>(clock.now());
    CHECK(clock.stage() == CounterStage::measuring);
    CHECK(clock.frequency() == 0);
    start(clock, machine);
    CHECK(clock.frequency() == Approx(3e9).epsilon(1e-5));
}

TEST_CASE("a measurement that took longer than a second is checked by another") {
    Machine machine;
    Clock clock{Source{&machine}};
    static_cast<void>(clock.now());
    machine.pass(1h);
    static_cast<void>(clock.now());
    CHECK(clock.stage() == CounterStage::measuring);
    start(clock, machine);
    CHECK(clock.frequency() == Approx(3e9).epsilon(1e-5));
}

TEST_CASE("a reading that is interrupted is not believed") {
    Machine machine;
    Clock clock{Source{&machine}};
    start(clock, machine);
    for (int i = 0; i != 50; ++i) {
        machine.pass(200ms);
        machine.interruptions = {5ms, 0ns, 0ns, 0ns, 0ns, 5ms, 0ns, 5ms, 0ns};
        static_cast<void>(clock.now());
        machine.interruptions.clear();
        const nanoseconds before = machine.time;
        const Time now = clock.now();
        CHECK(now.time_since_epoch() >= before);
        CHECK(now.time_since_epoch() <= machine.time + inexact);
    }
    CHECK(clock.stage() == CounterStage::running);
}

TEST_CASE("a clock that was left alone for days is right") {
    Machine machine;
    Clock clock{Source{&machine}};
    start(clock, machine);
    machine.rate *= 1.00001;
    for (const auto pause : {1h, 24h, 6 * 24h, 7 * 24h, 30 * 24h, 365 * 24h}) {
        machine.pass(pause);
        const nanoseconds before = machine.time;
        const Time now = clock.now();
        CHECK(now.time_since_epoch() >= before);
        CHECK(now.time_since_epoch() <= machine.time + block / 100'000 + inexact);
    }
}

TEST_CASE(
    "a counter that ran on for days while the machine slept does not shift the time for long") {
    const auto days = GENERATE(0.3, 1.0, 5.0, 8.0, 9.0, 10.0, 12.0, 13.5, 18.0, 200.0);
    Machine machine;
    Clock clock{Source{&machine}};
    start(clock, machine);
    machine.counter += days * 86'400e9 * machine.rate;
    const Errors at_first = follow(clock, machine, block, 10ms);
    CHECK(at_first.ahead <= block);
    const Errors later = follow(clock, machine, 1s, 10ms);
    CHECK(later.ahead <= inexact);
    CHECK(later.behind <= inexact);
}

TEST_CASE("a counter that begins anew after days does not shift the time for long") {
    const auto days = GENERATE(0.5, 1.0, 4.4, 5.0, 6.0, 8.0, 9.0, 13.5, 20.0);
    Machine machine;
    machine.counter = days * 86'400e9 * machine.rate;
    Clock clock{Source{&machine}};
    start(clock, machine);
    machine.counter = 0;
    const Errors at_first = follow(clock, machine, block, 10ms);
    CHECK(at_first.ahead <= block);
    const Errors later = follow(clock, machine, 1s, 10ms);
    CHECK(later.ahead <= inexact);
    CHECK(later.behind <= inexact);
}

TEST_CASE("a counter that jumps to anywhere does not shift the time for long") {
    Machine machine;
    Clock clock{Source{&machine}};
    start(clock, machine);
    std::mt19937_64 random{11};
    for (int i = 0; i != 200; ++i) {
        machine.begin = random();
        static_cast<void>(clock.now());
        machine.pass(2 * block);
        const nanoseconds before = machine.time;
        const Time now = clock.now();
        CHECK(now.time_since_epoch() >= before - inexact);
        CHECK(now.time_since_epoch() <= machine.time + inexact);
    }
}

namespace {

/// A clock and a counter that all threads move.
struct SharedSource {
    [[nodiscard]] static const char* unfit() noexcept { return nullptr; }
    [[nodiscard]] std::uint64_t ticks() noexcept {
        // From the first second on, a three-hundredth faster than is measured before.
        constexpr std::uint64_t second = 1'000'000'000;
        const auto now = static_cast<std::uint64_t>(pass().count());
        return 3 * now + (now > second ? (now - second) / 100 : 0);
    }
    [[nodiscard]] Time now() noexcept { return Time{pass()}; }
    nanoseconds pass() noexcept {
        return nanoseconds{time->fetch_add(1'000'000, std::memory_order_relaxed)};
    }
    std::atomic<std::int64_t>* time;
};

}  // namespace

TEST_CASE("threads that read the clock at the same time see one that does not go back") {
    std::atomic<std::int64_t> time{0};
    detail::CounterClock<SharedSource> clock{SharedSource{&time}};
    std::atomic<int> went_back{0};
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i) {
        threads.emplace_back([&] {
            Time last = Time::min();
            for (int reading = 0; reading != 20'000; ++reading) {
                const Time now = clock.now();
                went_back += now < last ? 1 : 0;
                last = now;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(went_back == 0);
    CHECK((clock.stage() == CounterStage::running || clock.stage() == CounterStage::off));
}

TEST_CASE("the time of Tsc is that of the steady clock") {
    // What the counter may be wrong by, and a reading that was interrupted.
    constexpr nanoseconds most = 2ms;
    Time last = Tsc::now();
    for (int i = 0; i != 1'000'000; ++i) {
        const Time before = std::chrono::steady_clock::now();
        const Time now = Tsc::now();
        const Time after = std::chrono::steady_clock::now();
        if (now < before - most || now > after + most || now < last) {
            FAIL("the time is " << (now - before).count() << " ns after that of the steady clock");
        }
        last = now;
    }
    const Tsc::Health health = Tsc::health();
    CHECK(health.source != Tsc::Source::unasked);
    CHECK((health.source == Tsc::Source::system) == (health.reason != std::string_view{}));
    CHECK((health.source == Tsc::Source::counter) == (health.frequency > 0));
}

TEST_CASE("a breaker times its calls by Tsc") {
    CircuitBreaker breaker{Tsc{}, CountWindow{10}, MinRequests{1} & SlowRate{0.5, 1ms}};
    for (int i = 0; i != 3; ++i) {
        breaker.call([] {
            const Time end = std::chrono::steady_clock::now() + 6ms;
            while (std::chrono::steady_clock::now() < end) {
            }
        });
        CHECK(breaker.info().state == State::open);
        breaker.reset();
    }
}

#if __has_include(<sys/wait.h>)
TEST_CASE("a forked child goes on with the time of Tsc") {
    const Time before = Tsc::now();
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        _exit(Tsc::now() >= before ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(Tsc::now() >= before);
}
#endif
