// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "child_process.hpp"
#include "node.hpp"
#include "redis_server.hpp"
#include "tcp_proxy.hpp"

#include <fluxgate/fluxgate.hpp>
#include <fluxgate/redis.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// What goes wrong with a Redis and on the way to it: calls go on, and fleets come together again.

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

using CommandNode = Node<share::Commands>;
using VotingNode = Node<share::Votes>;
using PoolingNode = Node<share::Pool>;

constexpr share::Votes votes{quorum};

template <class... Nodes>
bool all_are(State state, const Nodes&... nodes) {
    return eventually([&] { return ((nodes.state() == state) && ...); });
}
template <class... Nodes>
bool all_are_connected(const Nodes&... nodes) {
    return eventually([&] {
        return (nodes.fleet.status().connected && ...) &&
               ((nodes.fleet.status().nodes == sizeof...(nodes)) && ...);
    });
}

/// Has each of them make good calls until all are closed.
template <class... Nodes>
bool recover(Nodes&... nodes) {
    return eventually([&] {
        (nodes.call(true), ...);
        return ((nodes.state() == State::closed) && ...);
    });
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> all;
    while (!text.empty()) {
        const std::size_t end = (std::min)(text.find(' '), text.size());
        all.push_back(text.substr(0, end));
        text.remove_prefix((std::min)(end + 1, text.size()));
    }
    return all;
}

/// Returns what the pool of the circuit holds, as the Redis has it.
std::string pooled(const RedisServer& server, std::string_view field) {
    return server.ask({"HGET", "{fluxgate}:b:payments", field});
}

}  // namespace

TEST_CASE("a Redis that is not there at the start is found when it comes") {
    RedisServer server{std::nullopt};
    CommandNode one{server.port(), "one", {}};
    CommandNode two{server.port(), "two", {}};
    const Caller caller{one.breaker};
    CHECK(eventually([&] { return one.fleet.status().failures >= 5; }));
    CHECK_FALSE(one.fleet.status().connected);
    CHECK_FALSE(one.fleet.status().last_sync);
    CHECK(one.errors.count() == 1);
    CHECK(caller.goes_on());
    two.breaker.force_open();

    server.start();
    CHECK(all_are(State::forced_open, one, two));
    CHECK(all_are_connected(one, two));
    CHECK(one.fleet.status().last_sync);
    CHECK(one.errors.count() == 1);
}

TEST_CASE("a Redis that is killed and comes back empty is told what it forgot") {
    RedisServer server;
    CommandNode one{server.port(), "one", {}};
    CommandNode two{server.port(), "two", {}};
    one.breaker.force_open();
    REQUIRE(all_are(State::forced_open, one, two));
    server.kill();
    CHECK(eventually([&] { return !one.fleet.status().connected; }));
    CHECK(one.state() == State::forced_open);
    server.start();
    CHECK(all_are_connected(one, two));
    CommandNode late{server.port(), "late", {}};
    CHECK(all_are(State::forced_open, late));
    late.breaker.reset();
    CHECK(all_are(State::closed, one, two, late));
}

TEST_CASE("a Redis that is killed while it is written to kills nobody") {
    RedisServer server;
    // Rounds of a hundred statements, again and again.
    RedisOptions options = options_for(server.port(), "one");
    options.interval = 10ms;
    using Breaker = decltype(CircuitBreaker{TimeWindow{30s, 1s}, Name{"payments"}, Totals{}});
    std::deque<Breaker> breakers;
    RedisFleet fleet{options};
    std::vector<FleetMembership> memberships;
    for (int i = 0; i != 100; ++i) {
        const std::string name = "payments " + std::to_string(i);
        breakers.emplace_back(TimeWindow{30s, 1s}, Name{name}, Totals{});
        memberships.push_back(fleet.join(breakers.back(), votes));
    }
    for (int i = 0; i != 5; ++i) {
        CHECK(eventually([&] { return fleet.status().connected; }));
        for (Breaker& breaker : breakers) {
            breaker.force_open();
            breaker.reset();
        }
        server.kill();
        CHECK(eventually([&] { return !fleet.status().connected; }));
        server.start();
    }
    CHECK(eventually([&] { return fleet.status().connected; }));
}

TEST_CASE("a Redis that is frozen for ten seconds holds no call and no circuit") {
    RedisServer server;
    VotingNode one{server.port(), "one", votes};
    VotingNode two{server.port(), "two", votes};
    VotingNode three{server.port(), "three", votes};
    REQUIRE(all_are_connected(one, two, three));
    one.call(false, 5);
    two.call(false, 5);
    REQUIRE(all_are(State::open, one, two, three));
    const auto thawed = std::chrono::steady_clock::now() + 10s;
    server.freeze();
    CHECK(eventually([&] { return !three.fleet.status().connected; }));
    // What the fleet held open lapses, and each circuit goes on by itself.
    CHECK(recover(one, two, three));
    {
        const Caller caller{three.breaker};
        do {
            CHECK(caller.goes_on());
        } while (std::chrono::steady_clock::now() < thawed);
    }
    CHECK(three.errors.count() == 1);
    server.thaw();
    CHECK(all_are_connected(one, two, three));
    // The fleet's outage was never ended for the Redis, and is now.
    CHECK(recover(one, two, three));
    one.breaker.force_open();
    CHECK(all_are(State::forced_open, one, two, three));
}

TEST_CASE("a Redis that is full still shares") {
    RedisServer server{{"--maxmemory", "1mb", "--maxmemory-policy", "noeviction"}};
    static_cast<void>(server.ask({"SET", "much", std::string(600'000, 'x')}));
    REQUIRE(server.ask({"SET", "more", std::string(600'000, 'x')}).starts_with("OOM"));
    VotingNode one{server.port(), "one", votes};
    VotingNode two{server.port(), "two", votes};
    one.breaker.force_open();
    CHECK(all_are(State::forced_open, one, two));
    one.breaker.reset();
    CHECK(all_are(State::closed, one, two));
    one.call(false, 5);
    two.call(false, 5);
    CHECK(all_are(State::open, one, two));
    CHECK(one.fleet.status().failures == 0);
}

TEST_CASE("a slow way to the Redis slows nothing but the fleet") {
    RedisServer server;
    TcpProxy wire{server.port()};
    CommandNode one{wire.port(), "one", {}};
    CommandNode two{server.port(), "two", {}};
    REQUIRE(all_are_connected(one, two));
    wire.set_delay(100ms);
    two.breaker.force_open();
    CHECK(all_are(State::forced_open, one));
    two.breaker.reset();
    CHECK(all_are(State::closed, one, two));
    {
        // Slower than the time-out.
        const Caller caller{one.breaker};
        wire.set_delay(2s);
        CHECK(eventually([&] { return !one.fleet.status().connected; }));
        CHECK(caller.goes_on());
    }
    wire.set_delay(0ms);
    one.breaker.force_open();
    CHECK(all_are(State::forced_open, one, two));
}

TEST_CASE("what arrives after its sender gave up undoes nothing") {
    RedisServer server;
    TcpProxy wire{server.port()};
    CommandNode one{wire.port(), "one", {}};
    CommandNode two{server.port(), "two", {}};
    REQUIRE(all_are_connected(one, two));
    wire.set(TcpProxy::Mode::keeps);
    CHECK(eventually([&] { return wire.kept() != 0; }));
    one.breaker.force_open();
    // It is sent in vain several times.
    const std::uint64_t failures = one.fleet.status().failures;
    CHECK(eventually([&] { return one.fleet.status().failures >= failures + 3; }));
    CHECK(two.state() == State::closed);
    one.breaker.reset();
    wire.set(TcpProxy::Mode::passes);
    CHECK(all_are_connected(one, two));
    CHECK(all_are(State::closed, one, two));
    // All of it has arrived by now, and whoever looks anew sees what was said last.
    CHECK(eventually([&] { return wire.kept() == 0; }));
    CommandNode late{server.port(), "late", {}};
    CHECK(all_are_connected(late, one, two));
    CHECK(rounds_pass(10, one.fleet, two.fleet, late.fleet));
    CHECK(all_are(State::closed, one, two, late));
}

TEST_CASE("a Redis whose scripts are flushed is given it again") {
    RedisServer server;
    CommandNode one{server.port(), "one", {}};
    CommandNode two{server.port(), "two", {}};
    REQUIRE(all_are_connected(one, two));
    for (const bool opens : {true, false, true}) {
        CHECK(server.ask({"SCRIPT", "FLUSH"}) == "OK");
        opens ? one.breaker.force_open() : one.breaker.reset();
        CHECK(all_are(opens ? State::forced_open : State::closed, one, two));
    }
    CHECK(one.fleet.status().failures == 0);
    CHECK(two.fleet.status().failures == 0);
}

TEST_CASE("a foreign value under a breaker's key is told once, and harms no other breaker") {
    RedisServer server;
    const std::string_view key =
        GENERATE(as<std::string_view>{}, "{fluxgate}:b:payments", "{fluxgate}:v:payments");
    REQUIRE(server.ask({"SET", key, "mine"}) == "OK");
    CommandNode one{server.port(), "one", {}};
    CommandNode two{server.port(), "two", {}};
    CommandNode other{server.port(), "other", {}, "refunds"};
    CommandNode another{server.port(), "another", {}, "refunds"};
    one.breaker.force_open();
    other.breaker.force_open();
    CHECK(all_are(State::forced_open, other, another));
    CHECK(eventually([&] { return one.fleet.status().failures >= 3; }));
    REQUIRE(one.errors.count() == 1);
    CHECK(one.errors.all()[0].starts_with("payments: WRONGTYPE"));
    CHECK(server.ask({"GET", key}) == "mine");
    CHECK(two.state() == State::closed);
    CHECK(one.fleet.status().connected);
    CHECK(server.ask({"DEL", key}) == "1");
    CHECK(all_are(State::forced_open, one, two));
    CHECK(one.errors.count() == 1);
}

TEST_CASE("a foreign value under a fleet's key is the loss of the Redis") {
    RedisServer server;
    const auto foreign = GENERATE(as<std::string_view>{}, "SET {fluxgate}:nodes mine",
                                  "LPUSH {fluxgate}:head mine", "SET {fluxgate}:head mine");
    const std::string_view key = words(foreign)[1];
    REQUIRE_FALSE(server.ask(words(foreign)).empty());
    CommandNode one{server.port(), "one", {}};
    CommandNode two{server.port(), "two", {}};
    const Caller caller{one.breaker};
    CHECK(eventually([&] { return one.fleet.status().failures >= 3; }));
    CHECK_FALSE(one.fleet.status().connected);
    REQUIRE(one.errors.count() == 1);
    const std::string error = one.errors.all()[0];
    INFO(error);
    const bool says_why = error.find("WRONGTYPE") != std::string::npos ||
                          error.find("{fluxgate}:head is none of a fleet") != std::string::npos;
    CHECK(says_why);
    CHECK(caller.goes_on());
    CHECK(server.ask({"DEL", key}) == "1");
    CHECK(all_are_connected(one, two));
    two.breaker.force_open();
    CHECK(all_are(State::forced_open, one, two));
}

TEST_CASE("a state that is none is told, and a command mends it") {
    RedisServer server;
    const std::string_view state =
        GENERATE(as<std::string_view>{}, "nonsense", "1 77 0 -1 0", "1 2 0 -1 0", "9 1 0");
    REQUIRE(server.ask({"HSET", "{fluxgate}:states", "payments", state}) == "1");
    CommandNode one{server.port(), "one", {}};
    CHECK(eventually([&] { return one.errors.count() == 1; }));
    CHECK(one.state() == State::closed);
    CHECK(server.ask({"HDEL", "{fluxgate}:states", "payments"}) == "1");
    CommandNode two{server.port(), "two", {}};
    one.breaker.force_open();
    CHECK(all_are(State::forced_open, one, two));
}

TEST_CASE("where half of the nodes are cut off, each half goes on") {
    RedisServer server;
    TcpProxy wire{server.port()};
    VotingNode one{server.port(), "one", votes};
    VotingNode two{server.port(), "two", votes};
    VotingNode three{wire.port(), "three", votes};
    VotingNode four{wire.port(), "four", votes};
    REQUIRE(all_are_connected(one, two, three, four));
    wire.set(TcpProxy::Mode::cut);
    CHECK(eventually([&] { return !three.fleet.status().connected; }));
    CHECK(eventually([&] { return one.fleet.status().nodes == 2; }));
    one.call(false, 5);
    two.call(false, 5);
    CHECK(all_are(State::open, one, two));
    three.call(false, 5);
    CHECK(three.state() == State::open);
    CHECK(four.state() == State::closed);
    wire.set(TcpProxy::Mode::passes);
    // The outage that two have seen is all's now.
    CHECK(eventually([&] { return four.state() == State::open || one.state() == State::closed; }));
    CHECK(all_are_connected(one, two, three, four));
    CHECK(recover(one, two, three, four));
    four.breaker.force_open();
    CHECK(all_are(State::forced_open, one, two, three, four));
}

TEST_CASE("where the node that leads the trials dies, another one leads") {
    RedisServer server;
    VotingNode two{server.port(), "two", votes};
    VotingNode three{server.port(), "three", votes};
    auto leader = std::make_unique<ChildProcess>(
        std::vector<std::string>{FLEET_NODE, std::to_string(server.port()), "leader", "votes"});
    leader->ask("connected");
    REQUIRE(eventually([&] { return two.fleet.status().nodes == 3; }));
    leader->ask("fail");
    two.call(false, 5);
    REQUIRE(all_are(State::open, two, three));
    // It alone has calls, so it leads; it is killed during its first trial.
    REQUIRE(eventually([&] { return leader->ask("begin") == "half_open"; }));
    CHECK(pooled(server, "lh").starts_with("leader#"));
    leader.reset();
    CHECK(recover(two, three));
}

TEST_CASE("a node that was frozen for longer than it counts as alive is in step when it wakes") {
    RedisServer server;
    CommandNode one{server.port(), "one", {}};
    ChildProcess frozen{{FLEET_NODE, std::to_string(server.port()), "frozen", "commands"}};
    frozen.ask("connected");
    REQUIRE(eventually([&] { return one.fleet.status().nodes == 2; }));
    frozen.signal(SIGSTOP);
    frozen.write("force_open");  // which it does when it wakes: a command that is newer than all
    CHECK(eventually([&] { return one.fleet.status().nodes == 1; }));
    one.breaker.disable();
    CHECK(rounds_pass(5, one.fleet));
    frozen.signal(SIGCONT);
    CHECK(frozen.read() == "forced_open");
    CHECK(all_are(State::forced_open, one));
    CHECK(eventually([&] { return frozen.ask("") == "forced_open"; }));
    CHECK(one.fleet.status().nodes == 2);
}

TEST_CASE("a node that was frozen during an outage does not bring it back") {
    RedisServer server;
    VotingNode one{server.port(), "one", votes};
    VotingNode two{server.port(), "two", votes};
    ChildProcess frozen{{FLEET_NODE, std::to_string(server.port()), "frozen", "votes"}};
    frozen.ask("connected");
    REQUIRE(eventually([&] { return one.fleet.status().nodes == 3; }));
    one.call(false, 5);
    two.call(false, 5);
    REQUIRE(eventually([&] { return frozen.ask("") == "open"; }));
    frozen.signal(SIGSTOP);
    CHECK(eventually([&] { return one.fleet.status().nodes == 2; }));
    CHECK(recover(one, two));
    frozen.signal(SIGCONT);
    CHECK(eventually([&] { return frozen.ask("succeed") == "closed"; }));
    CHECK(one.state() == State::closed);
    CHECK(two.state() == State::closed);
}

TEST_CASE("two nodes of one name are two") {
    RedisServer server;
    VotingNode one{server.port(), "the same", votes};
    VotingNode two{server.port(), "the same", votes};
    VotingNode three{server.port(), "the same", votes};
    REQUIRE(all_are_connected(one, two, three));
    one.call(false, 5);
    CHECK(one.state() == State::open);
    CHECK(rounds_pass(5, one.fleet, three.fleet));
    CHECK(three.state() == State::closed);
    two.call(false, 5);
    CHECK(all_are(State::open, one, two, three));
}

TEST_CASE("a wrong password is told, and calls go on") {
    RedisServer server{{"--requirepass", "right"}};
    RedisOptions options = options_for(server.port(), "one");
    options.password = GENERATE("wrong", "");
    CommandNode wrong{options, {}};
    const Caller caller{wrong.breaker};
    CHECK(eventually([&] { return wrong.fleet.status().failures >= 3; }));
    REQUIRE(wrong.errors.count() == 1);
    const std::string error = wrong.errors.all()[0];
    const bool says_why =
        error.find("WRONGPASS") != std::string::npos || error.find("NOAUTH") != std::string::npos;
    CHECK(says_why);
    CHECK(caller.goes_on());
    options.password = "right";
    CommandNode right{options, {}};
    CHECK(all_are_connected(right));
}

TEST_CASE("a user needs the commands that the page names, and no more") {
    RedisServer server;
    REQUIRE(server.ask(words("ACL SETUSER fleet on >secret ~{fluxgate}:* "
                             "+eval +evalsha +script|load +select +time +get +set +incr +del "
                             "+pexpire +hget +hmget +hset +hdel +hlen +hgetall +hincrby +zadd "
                             "+zcard +zscore +zrangebyscore +zrem +zpopmin +sadd +srem +scard "
                             "+smembers")) == "OK");
    RedisOptions options = options_for(server.port(), "one");
    options.user = "fleet";
    options.password = "secret";
    options.database = 3;
    VotingNode one{options, votes};
    VotingNode two{options, votes};
    PoolingNode three{options, {}, "refunds"};
    three.call(false, 5);
    one.call(false, 5);
    two.call(false, 5);
    CHECK(all_are(State::open, one, two));
    CHECK(recover(one, two));
    CHECK(one.fleet.status().failures == 0);
    CHECK(three.fleet.status().failures == 0);
}

TEST_CASE("what nodes say of their calls is counted once, whatever becomes of the Redis") {
    RedisServer server;
    TcpProxy wire{server.port()};
    PoolingNode one{wire.port(), "one", {}};
    PoolingNode two{server.port(), "two", {}};
    REQUIRE(all_are_connected(one, two));
    one.call(true, 30);
    two.call(true, 12);
    two.call(false, 3);
    const auto is_whole = [&] {
        return pooled(server, "total") == "45" && pooled(server, "failures") == "3" &&
               pooled(server, "n") == "2";
    };
    CHECK(eventually(is_whole));
    for (int i = 0; i != 3; ++i) {
        wire.set(i == 1 ? TcpProxy::Mode::keeps : TcpProxy::Mode::cut);
        CHECK(eventually([&] { return !one.fleet.status().connected; }));
        wire.set(TcpProxy::Mode::passes);
        CHECK(all_are_connected(one, two));
        CHECK(eventually(is_whole));
    }
    server.kill();
    server.start();
    CHECK(eventually(is_whole));
    // It is told again and again that nothing has changed.
    CHECK(rounds_pass(10, one.fleet, two.fleet));
    CHECK(is_whole());
}

TEST_CASE("the calls of all open what no node's own calls would") {
    RedisServer server;
    PoolingNode one{server.port(), "one", {}};
    PoolingNode two{server.port(), "two", {}};
    PoolingNode three{server.port(), "three", {}};
    REQUIRE(all_are_connected(one, two, three));
    one.call(false, 3);
    two.call(false, 3);
    CHECK(all_are(State::open, one, two, three));
    CHECK(recover(one, two, three));
    CHECK(rounds_pass(5, one.fleet, two.fleet, three.fleet));
    CHECK(all_are(State::closed, one, two, three));
}

TEST_CASE("a membership ends at once, though the Redis hangs") {
    RedisServer server;
    TcpProxy wire{server.port()};
    RedisOptions options = options_for(wire.port(), "one");
    options.timeout = std::chrono::minutes{10};
    auto node = std::make_unique<CommandNode>(options, share::Commands{});
    CHECK(all_are_connected(*node));
    wire.set(TcpProxy::Mode::keeps);
    // A round waits for its answer: the request has not arrived, or what was answered has not.
    CHECK(eventually([&] { return wire.kept() != 0 || wire.dropped() != 0; }));
    node->membership = {};  // else this test would take ten minutes
    CHECK_FALSE(node->membership);
    wire.set(TcpProxy::Mode::cut);
    node.reset();
}
