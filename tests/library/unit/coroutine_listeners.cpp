// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "spawn.hpp"

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/print.hpp>
#include <fluxgate/testing.hpp>

#include <chrono>
#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

struct Down : std::runtime_error {
    Down() : std::runtime_error{"down"} {}
};

Task<int> answer(bool fails) {
    if (fails) {
        throw Down{};
    }
    co_return 42;
}

using Lines = std::vector<std::string>;

std::string line_of(const Signal& signal) {
    return std::string{to_string(signal.old_state)} + " -> " +
           std::string{to_string(signal.new_state)};
}

/// Where coroutines wait until they are let go, one at a time.
class Door {
public:
    auto pass() {
        struct Awaiter {
            explicit Awaiter(Door& at) : door{at} {}
            Awaiter(const Awaiter&) = delete;
            Awaiter& operator=(const Awaiter&) = delete;
            ~Awaiter() {
                if (door.waiting == coroutine) {
                    door.waiting = nullptr;
                }
            }
            static bool await_ready() noexcept { return false; }
            void await_suspend(std::coroutine_handle<> handle) {
                coroutine = handle;
                door.waiting = handle;
            }
            static void await_resume() noexcept {}
            Door& door;
            std::coroutine_handle<> coroutine;
        };
        return Awaiter{*this};
    }
    void let_go() { std::exchange(waiting, nullptr).resume(); }
    std::coroutine_handle<> waiting;
};

Task<> note_behind(Door& door, Lines& lines, Signal signal) {
    lines.push_back(line_of(signal) + " begins");
    auto pass = door.pass();
    co_await pass;
    lines.push_back(line_of(signal));
}

template <class Breaker>
Task<> ask(Breaker& breaker, bool fails, Lines& lines) {
    std::string line;
    try {
        Task<int> call = breaker.call(answer, fails);
        const int result = co_await std::move(call);
        line = std::to_string(result);
    } catch (const std::exception& error) {
        line = error.what();
    }
    lines.push_back(line);
}

template <class Breaker>
Task<> reset(Breaker& breaker) {
    Task<> command = breaker.template reset_as<Task<>>();
    co_await std::move(command);
}

}  // namespace

TEST_CASE("a call awaits a listener before it returns, whatever its outcome") {
    Door door;
    Lines lines;
    testing::VirtualTime time;
    AsyncCircuitBreaker breaker{
        FailureStreak{1}, Cooldown{1s}, testing::Virtual{time}, permits::All{},
        Listeners{[&](const Signal& signal) { return note_behind(door, lines, signal); }}};
    {
        const Spawned caller{ask(breaker, true, lines)};
        CHECK(lines == Lines{"closed -> open begins"});
        CHECK(breaker.info().state == State::open);
        door.let_go();
    }
    CHECK(lines == Lines{"closed -> open begins", "closed -> open", "down"});

    lines.clear();
    time.advance(1s);
    {
        const Spawned caller{ask(breaker, false, lines)};
        CHECK(breaker.info().state == State::half_open);
        door.let_go();
        CHECK(breaker.info().state == State::closed);
        door.let_go();
    }
    CHECK(lines == Lines{"open -> half_open begins", "open -> half_open",
                         "half_open -> closed begins", "half_open -> closed", "42"});
}

TEST_CASE("plain listeners and coroutines are told in one order, never two at a time") {
    Door door;
    Lines lines;
    AsyncCircuitBreaker breaker{
        Listeners{[&](const Signal& signal) { lines.push_back("first " + line_of(signal)); },
                  [&](const Signal& signal) { return note_behind(door, lines, signal); },
                  [&](const Signal& signal) { lines.push_back("third " + line_of(signal)); }}};
    const Spawned first{breaker.force_open_as<Task<>>()};
    const Spawned second{breaker.disable_as<Task<>>()};
    const Spawned third{breaker.metrics_only_as<Task<>>()};
    CHECK(lines == Lines{"first closed -> forced_open", "closed -> forced_open begins"});
    CHECK(breaker.info().state == State::metrics_only);
    lines.clear();
    door.let_go();
    door.let_go();
    door.let_go();
    CHECK(lines == Lines{"closed -> forced_open", "third closed -> forced_open",
                         "first forced_open -> disabled", "forced_open -> disabled begins",
                         "forced_open -> disabled", "third forced_open -> disabled",
                         "first disabled -> metrics_only", "disabled -> metrics_only begins",
                         "disabled -> metrics_only", "third disabled -> metrics_only"});
}

TEST_CASE("a listener that is a coroutine calls the breaker back") {
    Lines lines;
    std::function<Task<>()> call_back;
    const auto react = [&](Signal signal) -> Task<> {
        lines.push_back(line_of(signal));
        if (signal.new_state == State::open) {
            Task<> calling = call_back();
            co_await std::move(calling);
        }
    };
    AsyncCircuitBreaker breaker{FailureStreak{1},
                                Listeners{[&](const Signal& signal) { return react(signal); }}};
    call_back = [&]() -> Task<> {
        Task<> rejected = ask(breaker, false, lines);
        co_await std::move(rejected);
        Task<> command = reset(breaker);
        co_await std::move(command);
    };
    sync_wait(ask(breaker, true, lines));
    CHECK(lines.size() == 4);
    CHECK(lines.at(0) == "closed -> open");
    CHECK(lines.at(1).find("not permitted") != std::string::npos);
    CHECK(lines.at(2) == "open -> closed");
    CHECK(lines.at(3) == "down");
}

TEST_CASE("what a listener that is a coroutine throws is reported") {
    Lines reported;
    Lines lines;
    const auto buggy = [](Signal) -> Task<> {
        throw std::logic_error{"bug"};
        co_return;
    };
    AsyncCircuitBreaker breaker{
        FailureStreak{1},
        Listeners{[&](const Signal& signal) { return buggy(signal); },
                  [](const Signal&) -> Task<> { throw std::logic_error{"bug at once"}; },
                  [&](const Signal& signal) { lines.push_back(line_of(signal)); }}
            .on_error([&](const std::exception_ptr& pointer) {
                try {
                    std::rethrow_exception(pointer);
                } catch (const std::exception& error) {
                    reported.emplace_back(error.what());
                }
            })};
    sync_wait(ask(breaker, true, lines));
    CHECK(lines == Lines{"closed -> open", "down"});
    CHECK(reported == Lines{"bug", "bug at once"});
}

TEST_CASE("a call destroyed in a listener loses no slot, and the next call tells the rest") {
    Door door;
    Lines lines;
    testing::VirtualTime time;
    AsyncCircuitBreaker breaker{
        FailureStreak{1},
        Cooldown{1s},
        testing::Virtual{time},
        permits::All{},
        MaxHalfOpenCalls{1},
        Listeners{[&](const Signal& signal) { return note_behind(door, lines, signal); },
                  [&](const Signal& signal) { lines.push_back("second " + line_of(signal)); }}};
    breaker.try_acquire().value().failed();
    time.advance(1s);
    {
        const Spawned caller{ask(breaker, false, lines)};
        CHECK(lines == Lines{"closed -> open begins"});
    }
    CHECK(breaker.info().state == State::half_open);
    CHECK(breaker.info().metrics.total_count == 0);

    lines.clear();
    const Spawned caller{ask(breaker, false, lines)};
    CHECK(lines == Lines{"second closed -> open", "open -> half_open begins"});
    door.let_go();
    door.let_go();
    CHECK(lines == Lines{"second closed -> open", "open -> half_open begins", "open -> half_open",
                         "second open -> half_open", "half_open -> closed begins",
                         "half_open -> closed", "second half_open -> closed", "42"});
}

TEST_CASE("a command destroyed in a listener leaves the other one to the next call") {
    Door door;
    Lines lines;
    AsyncCircuitBreaker breaker{
        FailureStreak{1},
        Listeners{[&](const Signal& signal) { return note_behind(door, lines, signal); },
                  [&](const Signal& signal) { lines.push_back("second " + line_of(signal)); }}};
    {
        const Spawned command{breaker.disable_as<Task<>>()};
        CHECK(lines == Lines{"closed -> disabled begins"});
    }
    lines.clear();
    const Spawned caller{ask(breaker, false, lines)};
    CHECK(lines == Lines{"second closed -> disabled", "42"});
}

TEST_CASE("where listeners are coroutines, commands are awaited") {
    const auto listener = [](const Signal&) -> Task<> { co_return; };
    AsyncCircuitBreaker breaker{Listeners{listener}};
    constexpr auto has_plain_commands = [](auto& any) {
        return requires { any.reset(); } || requires { any.disable(); } ||
               requires { any.metrics_only(); } || requires { any.force_open(); };
    };
    AsyncCircuitBreaker plain;
    static_assert(!has_plain_commands(breaker));
    static_assert(has_plain_commands(plain));
    sync_wait(breaker.force_open_as<Task<>>());
    CHECK(breaker.info().state == State::forced_open);
    sync_wait(plain.force_open_as<Task<>>());
    CHECK(plain.info().state == State::forced_open);
}
