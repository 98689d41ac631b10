// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "error_of.hpp"
#include "node.hpp"
#include "redis_server.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/redis.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

// Fleets and breakers that come and go.

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

class Client {
public:
    explicit Client(const Fleet& fleet)
        : breaker_{FailureStreak{3}, Name{"payments"}, Shared{fleet, share::Commands{}}} {}

    void force_open() { breaker_.force_open(); }
    [[nodiscard]] State state() const { return breaker_.info().state; }

private:
    using Breaker = decltype(CircuitBreaker{FailureStreak{3}, Totals{}});
    Breaker breaker_;
};

auto options_with_errors(const RedisServer& server, Errors& errors, const std::string& name) {
    RedisOptions options = options_for(server.port(), name);
    options.on_error = [&errors](std::string_view error) { errors.hear(error); };
    return options;
}

/// Forks, and returns whether the child found that all is right.
template <class F>
bool child_is_right(F is_right) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(30);  // ends one that hangs
        _exit(is_right() ? 0 : 1);
    }
    int status = 1;
    return waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

TEST_CASE("a breaker that is a member of a class takes part while it lives") {
    RedisServer server;
    RedisFleet one{options_for(server.port(), "one")};
    RedisFleet two{options_for(server.port(), "two")};
    Client client{one};
    {
        Client other{two};
        other.force_open();
        CHECK(eventually([&] { return client.state() == State::forced_open; }));
    }
    Client again{two};
    CHECK(eventually([&] { return again.state() == State::forced_open; }));
}

TEST_CASE("breakers of all three kinds take part, in a registry beside") {
    RedisServer server;
    RedisFleet one{options_for(server.port(), "one")};
    RedisFleet two{options_for(server.port(), "two")};
    Registry registry;
    CircuitBreaker sync{Name{"payments"}, Registered{registry}, Shared{one, share::Votes{1}}};
    AsyncCircuitBreaker async{Name{"payments"}, Shared{two, share::Votes{1}}};
    AnyCircuitBreaker any{parse_policies("window=time_window(10s,1s); trip=failure_count(2)"),
                          Name{"refunds"}, Registered{registry}, Shared{one, share::Pool{}}};
    CircuitBreaker another{TimeWindow{10s}, FailureCount{2}, Name{"refunds"}, Totals{}};
    const auto membership = two.join(another, share::Pool{});

    REQUIRE(eventually([&] { return one.status().nodes == 2 && two.status().connected; }));
    registry.find("payments")->force_open();
    CHECK(eventually([&] { return async.info().state == State::forced_open; }));
    const auto fail = [](auto& breaker) {
        if (auto permission = breaker.try_acquire()) {
            permission->failed();
        }
    };
    fail(any);
    fail(another);
    CHECK(eventually(
        [&] { return any.info().state == State::open && another.info().state == State::open; }));
}

TEST_CASE("the last command of a breaker holds, though breaker and fleet end at once") {
    RedisServer server;
    RedisFleet other{options_for(server.port(), "other")};
    CircuitBreaker steady{Name{"payments"}, Shared{other, share::Commands{}}};
    for (int i = 0; i != 5; ++i) {
        {
            RedisFleet fleet{options_for(server.port(), "one")};
            CircuitBreaker breaker{Name{"payments"}, Shared{fleet, share::Commands{}}};
            breaker.force_open();
        }
        CHECK(eventually([&] { return steady.info().state == State::forced_open; }));
        {
            RedisFleet fleet{options_for(server.port(), "one")};
            REQUIRE(eventually([&] { return fleet.status().connected; }));
            CircuitBreaker breaker{Name{"payments"}, Totals{}};
            auto membership = fleet.join(breaker, share::Commands{});
            breaker.disable();
            membership = {};
            breaker.force_open();  // which is its own affair
            CHECK(eventually([&] { return steady.info().state == State::disabled; }));
        }
    }
}

TEST_CASE("a connection that is made to be another one has a time-out, and may be given up") {
    RedisServer server;
    Errors errors;
    RedisOptions options = options_with_errors(server, errors, "one");
    enum class Fate { passes, given_up, throws };
    const Fate fate = GENERATE(Fate::passes, Fate::given_up, Fate::throws);
    std::atomic<long> timeout{-1};
    options.on_connect = [&](redisContext* connection) {
        timeval time{};
        socklen_t size = sizeof time;
        getsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &time, &size);
        timeout = time.tv_sec * 1'000'000 + time.tv_usec;
        if (fate == Fate::throws) {
            throw 1;
        }
        return fate == Fate::passes;
    };
    const RedisFleet fleet{options};
    if (fate == Fate::passes) {
        CHECK(eventually([&] { return fleet.status().connected; }));
    } else {
        CHECK(eventually([&] { return fleet.status().failures >= 3; }));
        REQUIRE(errors.count() == 1);
        CHECK(errors.all()[0].ends_with(fate == Fate::throws
                                            ? ": on_connect has thrown"
                                            : ": on_connect has given the connection up"));
        CHECK(fleet.status().last_error == errors.all()[0]);
    }
    CHECK(timeout > 0);
    CHECK(timeout <= 500'000);
}

TEST_CASE("what cannot take part is refused in a sentence") {
    RedisServer server;
    RedisFleet fleet{options_for(server.port(), "one")};
    CircuitBreaker first{Name{"payments"}, Totals{}};
    CircuitBreaker second{Name{"payments"}, Totals{}};
    auto membership = fleet.join(first, share::Commands{});
    CHECK(
        error_of([&] { membership = fleet.join(second, share::Commands{}); }) ==
        "fluxgate: Name's text must be unique among those of a process that share a fleet, but is "
        "\"payments\", which another breaker has");
    // The first one takes part still.
    CHECK(membership);
    membership = {};
    membership = fleet.join(second, share::Commands{});

    AnyCircuitBreaker without{parse_policies("trip=failure_count(2)"), Name{"refunds"}};
    CHECK(error_of([&] { membership = fleet.join(without, share::Commands{}); }) ==
          "fluxgate: Fleet::join's breaker must be one with Totals, but is one without Totals");
    CircuitBreaker nameless{Totals{}};
    CHECK(error_of([&] { membership = fleet.join(nameless, share::Commands{}); }) ==
          "fluxgate: Fleet::join's breaker must be one with a Name, but is one without a Name");
    CHECK(error_of([&] {
              const AnyCircuitBreaker counts{parse_policies("window=count_window(10)"),
                                             Name{"refunds"}, Shared{fleet, share::Pool{}}};
          }) ==
          "fluxgate: a circuit breaker that shares a Pool must be one with a time window and a "
          "tripper of counts, rates and means, but is one with a count window or a failure "
          "score");
    CHECK(error_of([] {
              static_cast<void>(share::Votes{0});
          }).starts_with("fluxgate: Votes' quorum must be in [1, 4294967295]"));
}

TEST_CASE("options of a Redis that are wrong are refused in a sentence") {
    const auto error_with = [](auto change) {
        RedisOptions options;
        change(options);
        return error_of([&] { const RedisFleet fleet{options}; });
    };
    CHECK(error_with([](RedisOptions& options) { options.port = 0; }) ==
          "fluxgate: RedisOptions' port must be in [1, 65535], but is 0");
    CHECK(error_with([](RedisOptions& options) { options.prefix = "{mine}"; }) ==
          "fluxgate: RedisOptions' prefix must be at least one character long, without braces, but "
          "is \"{mine}\"");
    CHECK(error_with([](RedisOptions& options) { options.interval = 5ms; }) ==
          "fluxgate: RedisOptions' interval must be in [10 ms, 1 h], but is 5 ms");
    CHECK(error_with([](RedisOptions& options) { options.timeout = 2h; }) ==
          "fluxgate: RedisOptions' timeout must be in [10 ms, 1 h], but is 7200000 ms");
    CHECK(error_with([](RedisOptions& options) { options.host.clear(); }) ==
          "fluxgate: RedisOptions' host must be at least one character long, but is empty");
    CHECK(error_with([](RedisOptions& options) { options.database = -1; }) ==
          "fluxgate: RedisOptions' database must be at least 0, but is -1");
}

TEST_CASE("a breaker that is refused by its registry has left the fleet") {
    RedisServer server;
    RedisFleet fleet{options_for(server.port(), "one")};
    Registry registry;
    const CircuitBreaker first{Name{"payments"}, Registered{registry}};
    CHECK_THROWS_AS(
        (CircuitBreaker{Name{"payments"}, Registered{registry}, Shared{fleet, share::Commands{}}}),
        std::invalid_argument);
    const CircuitBreaker second{Name{"payments"}, Shared{fleet, share::Commands{}}};
    CHECK(second.info().state == State::closed);
}

TEST_CASE("a fleet may end before its breakers and memberships") {
    RedisServer server;
    auto fleet = std::make_unique<RedisFleet>(options_for(server.port(), "one"));
    RedisFleet other{options_for(server.port(), "other")};
    CircuitBreaker breaker{Name{"payments"}, Shared{*fleet, share::Commands{}}};
    CircuitBreaker joined{Name{"refunds"}, Totals{}};
    const auto membership = fleet->join(joined, share::Commands{});
    REQUIRE(eventually([&] { return other.status().nodes == 2; }));
    fleet.reset();
    // It has said goodbye.
    CHECK(eventually([&] { return other.status().nodes == 1; }));
    breaker.force_open();
    CHECK(breaker.info().state == State::forced_open);
}

TEST_CASE("breakers come and go while rounds are made and listeners are told") {
    RedisServer server;
    Errors errors;
    RedisOptions options = options_with_errors(server, errors, "one");
    options.interval = 10ms;
    RedisFleet fleet{options};
    RedisFleet other{options_for(server.port(), "other")};
    std::atomic<int> heard{0};
    std::atomic<bool> is_over{false};
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i) {
        threads.emplace_back([&, i] {
            const std::string name = "breaker " + std::to_string(i);
            while (!is_over) {
                CircuitBreaker breaker{FailureStreak{3}, Name{name},
                                       Listeners{[&](const Signal&) { ++heard; }},
                                       Shared{fleet, share::Commands{}}};
                breaker.force_open();
                breaker.reset();
                breaker.call([] {});
            }
        });
    }
    CircuitBreaker steady{Name{"breaker 0"}, Shared{other, share::Commands{}}};
    for (int i = 0; i != 50; ++i) {
        i % 2 == 0 ? steady.force_open() : steady.reset();
        CHECK(rounds_pass(1, other));
    }
    is_over = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(heard != 0);
    CHECK(errors.count() == 0);
}

TEST_CASE("keyed breakers take part while they are kept") {
    RedisServer server;
    RedisFleet fleet{options_for(server.port(), "one")};
    RedisFleet other{options_for(server.port(), "other")};
    KeyedBreakers hosts{[&](std::string_view host) {
                            return CircuitBreaker{FailureStreak{3}, Name{host},
                                                  Shared{fleet, share::Commands{}}};
                        },
                        MaxBreakers{3}};
    CircuitBreaker third{Name{"host 2"}, Shared{other, share::Commands{}}};
    for (int round = 0; round != 20; ++round) {
        for (int i = 0; i != 6; ++i) {
            hosts.call("host " + std::to_string(i), [] {});
        }
    }
    third.force_open();
    // Whichever breaker there is of that name hears of it.
    CHECK(eventually([&] { return !hosts.try_call("host 2", [] {}); }));
    third.reset();
    CHECK(eventually([&] { return hosts.try_call("host 2", [] {}).has_value(); }));
}

TEST_CASE("a listener may drop the keyed breakers of which it hears") {
    RedisServer server;
    RedisFleet fleet{options_for(server.port(), "one")};
    RedisFleet other{options_for(server.port(), "other")};
    std::function<void()> drop;
    const auto factory = [&](std::string_view host) {
        return CircuitBreaker{FailureStreak{3}, Name{host}, Listeners{[&](const Signal& signal) {
                                  if (signal.reason == Reason::shared) {
                                      drop();
                                  }
                              }},
                              Shared{fleet, share::Commands{}}};
    };
    auto hosts = std::make_unique<KeyedBreakers<decltype(factory)>>(factory);
    std::atomic<bool> is_dropped{false};
    drop = [&] {
        hosts.reset();
        is_dropped = true;
    };
    hosts->call("a", [] {});
    CircuitBreaker there{Name{"a"}, Shared{other, share::Commands{}}};
    there.force_open();
    // The breaker ends on the fleet's thread, which is in it.
    CHECK(eventually([&] { return is_dropped.load(); }));
    there.reset();
    CHECK(there.info().state == State::closed);
}

TEST_CASE("thousands of breakers share, in rounds of many parts") {
    constexpr int count = 3000;
    RedisServer server;
    RedisFleet one{options_for(server.port(), "one")};
    RedisFleet two{options_for(server.port(), "two")};
    using Breaker = decltype(CircuitBreaker{FailureStreak{3}, Name{"a"}, Totals{}});
    std::deque<Breaker> here;
    std::deque<Breaker> there;
    std::vector<FleetMembership> memberships;
    for (int i = 0; i != count; ++i) {
        const std::string name = "breaker " + std::to_string(i);
        memberships.push_back(
            one.join(here.emplace_back(FailureStreak{3}, Name{name}, Totals{}), share::Commands{}));
        memberships.push_back(two.join(there.emplace_back(FailureStreak{3}, Name{name}, Totals{}),
                                       share::Commands{}));
    }
    for (Breaker& breaker : here) {
        breaker.force_open();
    }
    CHECK(eventually([&] {
        for (const Breaker& breaker : there) {
            if (breaker.info().state != State::forced_open) {
                return false;
            }
        }
        return true;
    }));
    CHECK(one.status().failures == 0);
    CHECK(two.status().failures == 0);
}

TEST_CASE("in a forked child nothing is shared, and nothing hangs") {
    RedisServer server;
    RedisOptions options = options_for(server.port(), "one");
    options.interval = 10ms;
    RedisFleet fleet{options};
    using Breaker = decltype(CircuitBreaker{FailureStreak{3}, Name{"a"}, Totals{}});
    std::deque<Breaker> breakers;
    std::vector<FleetMembership> memberships;
    for (int i = 0; i != 200; ++i) {
        memberships.push_back(fleet.join(
            breakers.emplace_back(FailureStreak{3}, Name{"breaker " + std::to_string(i)}, Totals{}),
            share::Votes{2}));
    }
    REQUIRE(eventually([&] { return fleet.status().connected; }));
    int right = 0;
    constexpr int children = 50;
    for (int i = 0; i != children; ++i) {
        // The fleet's thread has much to do with the breakers.
        breakers[static_cast<std::size_t>(i)].force_open();
        right += child_is_right([&] {
            for (Breaker& breaker : breakers) {
                breaker.reset();
                breaker.call([] {});
            }
            Breaker own{FailureStreak{3}, Name{"own"}, Totals{}};
            auto membership = fleet.join(own, share::Commands{});
            own.force_open();
            membership = {};
            memberships.clear();
            return !fleet.status().connected && fleet.status().nodes == 0;
        })
                     ? 1
                     : 0;
    }
    CHECK(right == children);
    CHECK(fleet.status().connected);
    CHECK(fleet.status().failures == 0);
}
