// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Permission that is awaited: a coroutine waits for its slot, and settles the call itself.

#include "catch.hpp"
#include "spawn.hpp"

#include <fluxgate/any_async_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

/// Makes a circuit half-open that opens at the first failure and waits for a second.
template <class Breaker>
void make_half_open(Breaker& breaker, VirtualTime& time) {
    breaker.reset();
    breaker.try_acquire().value().failed();
    time.advance(1s);
}

/// Awaits permission, and keeps it: what became of it is in `place`.
template <class Breaker>
struct Caller {
    using Permission = typename Breaker::Permission;

    Breaker& breaker;
    std::optional<Permission> permission;
    std::string place;
    std::optional<Spawned> running;

    explicit Caller(Breaker& asked) : breaker{asked} { running.emplace(ask()); }

    Task<> ask() {
        place = "waiting";
        try {
            Task<Permission> acquiring = breaker.template acquire_as<Task<Permission>>();
            permission.emplace(co_await std::move(acquiring));
            place = "in";
        } catch (const CallNotPermittedError& error) {
            place = std::string{"rejected: "} + std::string{to_string(error.state())};
        }
    }
};

struct Circuit {
    VirtualTime time;
    AsyncCircuitBreaker<windows::CountWindow, trackers::All, FailureStreak, Cooldown, permits::All,
                        Virtual>
        breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{}, MaxHalfOpenCalls{1}};
    using Breaker = decltype(breaker);

    void make_half_open() { ::make_half_open(breaker, time); }
};

}  // namespace

TEST_CASE("awaited permission is there at once while the circuit is closed") {
    Circuit circuit;
    Caller caller{circuit.breaker};
    REQUIRE(caller.place == "in");
    caller.permission->succeeded();
    CHECK(circuit.breaker.info().metrics.total_count == 1);
    CHECK(circuit.breaker.info().state == State::closed);
}

TEST_CASE("awaited permission is a rejection while the circuit is open") {
    Circuit circuit;
    circuit.breaker.try_acquire().value().failed();
    const Caller caller{circuit.breaker};
    CHECK(caller.place == "rejected: open");
}

TEST_CASE("awaited permission waits for its slot, which it holds until it is settled") {
    Circuit circuit;
    circuit.make_half_open();
    Caller first{circuit.breaker};
    Caller second{circuit.breaker};
    Caller third{circuit.breaker};
    REQUIRE(first.place == "in");
    CHECK(second.place == "waiting");
    first.permission->neutral();
    CHECK(second.place == "in");
    CHECK(third.place == "waiting");
    second.permission->succeeded();
    CHECK(circuit.breaker.info().state == State::closed);
    CHECK(third.place == "in");
}

TEST_CASE("awaited permission is rejected when the trial fails for which it waits") {
    Circuit circuit;
    circuit.make_half_open();
    Caller first{circuit.breaker};
    const Caller second{circuit.breaker};
    first.permission->failed();
    CHECK(second.place == "rejected: open");
}

TEST_CASE("a coroutine that ends while it waits for permission leaves its place") {
    Circuit circuit;
    circuit.make_half_open();
    Caller first{circuit.breaker};
    Caller second{circuit.breaker};
    Caller third{circuit.breaker};
    second.running.reset();
    first.permission->neutral();
    CHECK(third.place == "in");
    SECTION("and so does one that ends with its permission") {
        third.permission.reset();
        CHECK(circuit.breaker.try_acquire().has_value());
    }
}

TEST_CASE("awaited permission finds no place where all are taken") {
    VirtualTime time;
    AsyncCircuitBreaker breaker{Virtual{time},  FailureStreak{1},    Cooldown{1s},
                                permits::All{}, MaxHalfOpenCalls{1}, MaxHalfOpenWaiters{1}};
    make_half_open(breaker, time);
    Caller first{breaker};
    Caller second{breaker};
    const Caller third{breaker};
    CHECK(second.place == "waiting");
    CHECK(third.place == "rejected: half_open");
    first.permission->neutral();
    CHECK(second.place == "in");
    const Caller fourth{breaker};
    CHECK(fourth.place == "waiting");
}

TEST_CASE("permission may be kept beside what it is for") {
    struct Request {
        Circuit::Breaker::Permission permission;
        std::string path;
    };
    Circuit circuit;
    const auto for_path = [](std::string path) {
        return [path = std::move(path)](Circuit::Breaker::Permission permission) {
            return Request{std::move(permission), path};
        };
    };
    Request request = sync_wait(circuit.breaker.acquire_as<Task<Request>>(for_path("/prices")));
    CHECK(request.path == "/prices");
    request.permission.failed();
    CHECK(circuit.breaker.info().state == State::open);
}

TEST_CASE("listeners that are coroutines hear of a wait's end before permission is there") {
    VirtualTime time;
    std::vector<std::string> heard;
    AsyncCircuitBreaker breaker{Virtual{time}, FailureStreak{1}, Cooldown{1s}, permits::All{},
                                Listeners{[&](const Signal& signal) -> Task<> {
                                    heard.emplace_back(to_string(signal.new_state));
                                    co_return;
                                }}};
    sync_wait(breaker.open_for_as<Task<>>(1s));
    time.advance(1s);
    Caller caller{breaker};
    CHECK(caller.place == "in");
    CHECK(heard == std::vector<std::string>{"open", "half_open"});
}

TEST_CASE("listeners that are coroutines hear why awaited permission is rejected") {
    VirtualTime time;
    std::vector<std::string> heard;
    AsyncCircuitBreaker breaker{Virtual{time},
                                FailureStreak{1},
                                Cooldown{1s},
                                permits::All{},
                                MaxHalfOpenCalls{1, 5s},
                                Listeners{[&](const Signal& signal) -> Task<> {
                                    heard.emplace_back(to_string(signal.new_state));
                                    co_return;
                                }}};
    sync_wait(breaker.open_for_as<Task<>>(1s));
    time.advance(1s);
    const Caller hangs{breaker};
    heard.clear();
    time.advance(10s);
    const Caller caller{breaker};
    CHECK(caller.place == "rejected: open");
    CHECK(heard == std::vector<std::string>{"open"});
}

TEST_CASE("what is made of a permission may be told by its member") {
    Circuit circuit;
    Task<bool> asking =
        circuit.breaker.acquire_as<Task<bool>>(&Circuit::Breaker::Permission::settled);
    CHECK_FALSE(sync_wait(std::move(asking)));
}

TEST_CASE("permission is awaited of breakers that are made from a text, and of keyed ones") {
    AnyAsyncCircuitBreaker any{parse_policies("trip = failure_streak(1)")};
    Caller caller{any};
    REQUIRE(caller.place == "in");
    caller.permission->failed();
    CHECK(any.info().state == State::open);

    KeyedBreakers hosts{[](std::string_view) { return AsyncCircuitBreaker{FailureStreak{1}}; },
                        MaxBreakers{1}};
    using Permission = decltype(hosts)::Permission;
    auto first = sync_wait(hosts.acquire_as<Task<Permission>>("a.example"));
    static_cast<void>(hosts["b.example"]);  // in whose place the first one was
    first.failed();
    CHECK(first.settled());
}
