// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"
#include "fleet_store.hpp"

#include <fluxgate/detail/calls/breaker_access.hpp>
#include <fluxgate/detail/fleet/fleet_node.hpp>
#include <fluxgate/detail/fleet/shared_circuit.hpp>
#include <fluxgate/detail/machine/shared_operations.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/testing.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Nodes that share a circuit by way of a store, in virtual time and without a network.

using namespace fluxgate;
using namespace std::chrono_literals;
using detail::Sharing;

namespace {

constexpr std::chrono::milliseconds interval = 200ms;
constexpr std::uint32_t quorum = 2;
#ifdef __OPTIMIZE__
constexpr unsigned drawn_histories = 1000;
#else
// Without optimisation and under a sanitizer, a history takes thirty times as long.
constexpr unsigned drawn_histories = 100;
#endif

auto make_breaker(testing::VirtualTime& time) {
    return CircuitBreaker{TimeWindow{10s, 1s},
                          MinRequests{5} & FailureRate{0.5},
                          Cooldown{1s},
                          permits::All{},
                          testing::Virtual{time},
                          Name{"payments"},
                          Totals{}};
}
using Breaker = decltype(make_breaker(std::declval<testing::VirtualTime&>()));

detail::SharedCircuit circuit_of(Breaker& breaker) {
    auto& core = detail::BreakerAccess::core(breaker);
    return {&core, detail::shared_operations<std::remove_cvref_t<decltype(core)>>};
}
detail::FleetTerms terms_of(Sharing sharing) {
    return {sharing, quorum, interval, 0ms};
}

/// A process with one breaker.
class Host {
public:
    Host(testing::VirtualTime& time, std::string name, Sharing sharing)
        : breaker{make_breaker(time)}, node{std::move(name), 1500ms} {
        member = std::make_shared<detail::FleetMember>("payments", circuit, terms_of(sharing));
        REQUIRE(node.add(member));
        told = breaker.listen([shared = member.get()](const Signal& signal) {
            if (signal.old_state == State::closed && signal.reason == Reason::tripped) {
                shared->note_opening(signal.metrics);
            }
        });
    }

    void call(bool succeeds) {
        if (auto permission = breaker.try_acquire()) {
            succeeds ? permission->succeeded() : permission->failed();
        }
    }
    [[nodiscard]] State state() const { return breaker.info().state; }

    Breaker breaker;
    detail::SharedCircuit circuit = circuit_of(breaker);
    detail::FleetNode node;
    std::shared_ptr<detail::FleetMember> member;
    Subscription told;
};

/// Hosts with a store.
class Fleet {
public:
    Fleet(std::size_t count, Sharing sharing) {
        time.advance(1000s);
        for (std::size_t i = 0; i != count; ++i) {
            hosts.push_back(std::make_unique<Host>(time, "node " + std::to_string(i), sharing));
        }
    }

    /// A round that is answered, and those that are due at once.
    void round(Host& host) {
        for (int i = 0; i != 3; ++i) {
            if (host.node.end(store.answer(host.node.begin()))) {
                return;
            }
        }
    }
    void round() {
        for (const auto& host : hosts) {
            round(*host);
        }
    }
    /// Rounds in which all calls succeed.
    void go_on(int rounds) {
        for (int i = 0; i != rounds; ++i) {
            time.advance(interval / 2);
            for (const auto& host : hosts) {
                round(*host);
                host->call(true);
            }
        }
    }
    [[nodiscard]] bool all_are(State state) const {
        return std::ranges::all_of(hosts, [&](const auto& host) { return host->state() == state; });
    }
    void fail(std::size_t host, int times) {
        for (; times != 0; --times) {
            hosts[host]->call(false);
        }
    }

    testing::VirtualTime time;
    FleetStore store{time};
    std::vector<std::unique_ptr<Host>> hosts;
    std::uint64_t questions = 0;
};

/// Rounds of a fleet that are lost, late, doubled or answered in vain, while calls come, commands
/// are given, and the store forgets and has its clock set.
class History {
public:
    History(Fleet& fleet, unsigned seed) : fleet_{fleet}, random_{seed} {}

    void step(unsigned failing_percent) {
        fleet_.time.advance(std::chrono::milliseconds{draw(100)});
        Host& host = *fleet_.hosts[draw(fleet_.hosts.size())];
        if (draw(8) < 3) {
            round(host);
        } else {
            host.call(draw(100) >= failing_percent);
        }
        disturb(host);
        if (!late_.empty() && draw(5) == 0) {
            arrive();
        }
    }

    void arrive() {
        static_cast<void>(fleet_.store.answer(late_.front()));
        late_.pop_front();
    }
    void let_all_arrive() {
        while (!late_.empty()) {
            arrive();
        }
    }

private:
    [[nodiscard]] std::size_t draw(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>{0, below - 1}(random_);
    }

    void round(Host& host) {
        const detail::FleetRound round = host.node.begin();
        switch (draw(16)) {
            case 0:
            case 1: late_.push_back(round); return;
            case 2: return;
            case 3: static_cast<void>(fleet_.store.answer(round)); return;
            case 4: static_cast<void>(fleet_.store.answer(round)); break;
            default: break;
        }
        static_cast<void>(host.node.end(fleet_.store.answer(round)));
    }

    void disturb(Host& host) {
        switch (draw(150)) {
            case 0: host.breaker.force_open(); break;
            case 1: host.breaker.reset(); break;
            case 2: host.breaker.disable(); break;
            case 3: host.breaker.open_for(500ms); break;
            case 4: fleet_.store.forget(); break;
            case 5: fleet_.store.set_clock_by(std::chrono::milliseconds{draw(4000)} - 2s); break;
            default: break;
        }
    }

    Fleet& fleet_;
    std::mt19937 random_;
    std::deque<detail::FleetRound> late_;
};

}  // namespace

TEST_CASE("whatever becomes of rounds, a fleet comes together within two of them") {
    for (const Sharing sharing : {Sharing::commands, Sharing::votes, Sharing::pool}) {
        for (unsigned seed = 0; seed != drawn_histories; ++seed) {
            INFO("seed " << seed << ", sharing " << static_cast<int>(sharing));
            Fleet fleet{2 + seed % 3, sharing};
            History history{fleet, seed};
            for (unsigned i = 0; i != 400; ++i) {
                history.step(i / 60 % 2 == 0 ? 5 : 90);
            }
            history.let_all_arrive();
            fleet.go_on(5);
            for (const State state : {State::closed, State::forced_open, State::closed}) {
                Host& host = *fleet.hosts[seed / 3 % fleet.hosts.size()];
                state == State::closed ? host.breaker.reset() : host.breaker.force_open();
                fleet.go_on(2);
                CHECK(fleet.all_are(state));
            }
            if (sharing == Sharing::commands) {
                continue;
            }
            fleet.time.advance(11s);
            fleet.round();
            // By votes, two open by themselves; with a pool, none would.
            const int failures = sharing == Sharing::votes ? 5 : 3;
            fleet.fail(0, failures);
            fleet.fail(1, failures);
            fleet.round();
            fleet.round();
            CHECK(fleet.all_are(State::open));
            fleet.go_on(60);
            CHECK(fleet.all_are(State::closed));
        }
    }
}

TEST_CASE("a fleet: the first command of all is a reset, and closes what has opened by itself") {
    Fleet fleet{2, Sharing::commands};
    fleet.round();
    fleet.fail(1, 5);
    fleet.round();
    REQUIRE(fleet.hosts[1]->state() == State::open);
    fleet.hosts[0]->breaker.reset();
    fleet.round();
    CHECK(fleet.all_are(State::closed));
}

TEST_CASE("a fleet: with commands alone an outage is each node's own") {
    Fleet fleet{2, Sharing::commands};
    fleet.round();
    fleet.fail(1, 5);
    fleet.round();
    fleet.round();
    CHECK(fleet.hosts[0]->state() == State::closed);
    CHECK(fleet.hosts[1]->state() == State::open);
}

TEST_CASE("a fleet: a command that was done in vain undoes no later one") {
    Fleet fleet{2, Sharing::commands};
    fleet.round();
    fleet.hosts[0]->breaker.force_open();
    // It is done, and its answer lost.
    static_cast<void>(fleet.store.answer(fleet.hosts[0]->node.begin()));
    fleet.round(*fleet.hosts[1]);
    REQUIRE(fleet.hosts[1]->state() == State::forced_open);
    fleet.hosts[1]->breaker.reset();
    fleet.round(*fleet.hosts[1]);
    fleet.round();
    fleet.round();
    CHECK(fleet.all_are(State::closed));
}

TEST_CASE("a fleet: commands of a breaker that is made again go on") {
    Fleet fleet{2, Sharing::commands};
    fleet.round();
    for (int i = 0; i != 5; ++i) {
        fleet.hosts[0]->breaker.reset();
        fleet.round();
    }
    Host& host = *fleet.hosts[0];
    host.node.remove(*host.member);
    auto again = make_breaker(fleet.time);
    detail::SharedCircuit circuit = circuit_of(again);
    const auto member =
        std::make_shared<detail::FleetMember>("payments", circuit, terms_of(Sharing::commands));
    REQUIRE(host.node.add(member));
    CHECK_FALSE(host.node.add(member));
    fleet.round();
    again.force_open();
    fleet.round();
    CHECK(fleet.hosts[1]->state() == State::forced_open);
}

TEST_CASE("a fleet: one that joins is where the others are") {
    Fleet fleet{2, Sharing::commands};
    fleet.round();
    fleet.hosts[0]->breaker.force_open();
    fleet.round();
    fleet.hosts.push_back(std::make_unique<Host>(fleet.time, "another", Sharing::commands));
    fleet.round();
    CHECK(fleet.all_are(State::forced_open));
}

TEST_CASE("a fleet: fewer votes than the quorum, or of nodes that are gone, open nothing") {
    Fleet fleet{3, Sharing::votes};
    fleet.round();
    fleet.fail(0, 5);
    fleet.round();
    fleet.round();
    CHECK(fleet.hosts[1]->state() == State::closed);
    // The first node is seen no more.
    for (int i = 0; i != 10; ++i) {
        fleet.time.advance(interval);
        fleet.round(*fleet.hosts[1]);
        fleet.round(*fleet.hosts[2]);
    }
    fleet.fail(1, 5);
    fleet.round(*fleet.hosts[1]);
    fleet.round(*fleet.hosts[2]);
    CHECK(fleet.hosts[2]->state() == State::closed);
}

TEST_CASE("a fleet: one node leads the trials, and its failure opens again for all") {
    Fleet fleet{3, Sharing::votes};
    fleet.round();
    fleet.fail(0, 5);
    fleet.fail(1, 5);
    fleet.round();
    fleet.round();
    REQUIRE(fleet.all_are(State::open));
    // All have calls to reject; the service stays down.
    int trials = 0;
    for (int i = 0; i != 60; ++i) {
        fleet.time.advance(interval / 2);
        fleet.round();
        for (const auto& host : fleet.hosts) {
            if (auto permission = host->breaker.try_acquire()) {
                ++trials;
                permission->failed();
            }
        }
        CHECK(std::ranges::count_if(
                  fleet.hosts, [](const auto& host) { return host->state() != State::open; }) <= 1);
    }
    // It takes five failures to open again, each second or so.
    CHECK(trials >= 10);
    CHECK(trials <= 25);
    CHECK(std::ranges::all_of(fleet.hosts,
                              [](const auto& host) { return host->breaker.info().reopens >= 2; }));
}

TEST_CASE("a fleet: a trial that takes long is waited for, and nobody tries beside it") {
    Fleet fleet{4, Sharing::votes};
    fleet.round();
    fleet.fail(0, 5);
    fleet.fail(1, 5);
    fleet.round();
    fleet.round();
    REQUIRE(fleet.all_are(State::open));
    // All have calls to reject; the first trial lasts five seconds.
    std::optional<Breaker::Permission> trial;
    for (int i = 0; i != 70; ++i) {
        fleet.time.advance(interval / 2);
        fleet.round();
        for (const auto& host : fleet.hosts) {
            if (auto permission = host->breaker.try_acquire(); permission && !trial) {
                trial = std::move(permission);
            }
        }
        CHECK(std::ranges::count_if(fleet.hosts, [](const auto& host) {
                  return host->state() == State::half_open;
              }) <= 1);
    }
    REQUIRE(trial);
    trial->succeeded();
    fleet.go_on(4);
    CHECK(fleet.all_are(State::closed));
}

TEST_CASE("a fleet: where calls are few, one of them is let through at last") {
    Fleet fleet{5, Sharing::votes};
    fleet.round();
    fleet.fail(0, 5);
    fleet.fail(1, 5);
    fleet.round();
    fleet.round();
    REQUIRE(fleet.all_are(State::open));
    // Each node has a call every seven seconds, which is longer than it leads.
    for (int i = 0; i != 400; ++i) {
        fleet.time.advance(interval / 2);
        fleet.round();
        if (i % 14 == 0) {
            fleet.hosts[static_cast<std::size_t>(i) / 14 % 5]->call(true);
        }
        CHECK(std::ranges::count_if(fleet.hosts, [](const auto& host) {
                  return host->state() == State::half_open;
              }) <= 1);
    }
    CHECK(fleet.all_are(State::closed));
}

TEST_CASE("a fleet: the success of one ends the wait of all, each of which asks its own permit") {
    Fleet fleet{3, Sharing::votes};
    fleet.round();
    fleet.fail(0, 5);
    fleet.fail(1, 5);
    fleet.round();
    fleet.round();
    REQUIRE(fleet.all_are(State::open));
    for (int i = 0; i != 20 && fleet.hosts[0]->state() != State::closed; ++i) {
        fleet.time.advance(interval / 2);
        fleet.hosts[0]->call(true);
        fleet.round();
    }
    REQUIRE(fleet.hosts[0]->state() == State::closed);
    fleet.round();
    CHECK(fleet.hosts[1]->state() == State::open);
    const auto permission = fleet.hosts[1]->breaker.try_acquire();
    CHECK(permission);
    CHECK(fleet.hosts[1]->state() == State::half_open);
    // Which is no vote: with one more that opens by itself, the third stays closed.
    fleet.hosts[2]->call(true);
    fleet.fail(0, 5);
    fleet.round();
    fleet.round();
    CHECK(fleet.hosts[0]->state() == State::open);
    CHECK(fleet.hosts[2]->state() == State::closed);
}

TEST_CASE("a fleet: once a command's time is over, openings are shared as before") {
    const Sharing sharing = GENERATE(Sharing::votes, Sharing::pool);
    Fleet fleet{3, sharing};
    fleet.round();
    fleet.hosts[0]->breaker.open_for(500ms);
    fleet.round();
    REQUIRE(fleet.all_are(State::open));
    fleet.go_on(8);
    REQUIRE(fleet.all_are(State::closed));
    fleet.time.advance(11s);
    fleet.round();
    const int failures = sharing == Sharing::votes ? 5 : 3;
    fleet.fail(0, failures);
    fleet.fail(1, failures);
    fleet.round();
    fleet.round();
    CHECK(fleet.all_are(State::open));
}

TEST_CASE(
    "a fleet: one that was cut off leaves what a command brought it into, as the others did") {
    Fleet fleet{3, Sharing::votes};
    fleet.round();
    fleet.hosts[0]->breaker.force_open();
    fleet.round();
    REQUIRE(fleet.all_are(State::forced_open));
    const auto round_without_the_last = [&] {
        fleet.time.advance(interval);
        fleet.round(*fleet.hosts[0]);
        fleet.round(*fleet.hosts[1]);
    };
    SECTION("by a command whose time is over") {
        fleet.hosts[0]->breaker.open_for(300ms);
        round_without_the_last();
        fleet.time.advance(2s);
        fleet.go_on(4);
        CHECK(fleet.all_are(State::closed));
    }
    SECTION("by a reset, and an outage after it") {
        fleet.hosts[0]->breaker.reset();
        round_without_the_last();
        fleet.fail(0, 5);
        fleet.fail(1, 5);
        for (int i = 0; i != 30; ++i) {
            round_without_the_last();
            fleet.hosts[0]->call(true);
            fleet.hosts[1]->call(true);
        }
        REQUIRE(fleet.hosts[0]->state() == State::closed);
        REQUIRE(fleet.hosts[2]->state() == State::forced_open);
        fleet.go_on(4);
        CHECK(fleet.all_are(State::closed));
    }
}

TEST_CASE("a fleet: the last command of a breaker that leaves at once holds") {
    Fleet fleet{2, Sharing::commands};
    fleet.round();
    Host& host = *fleet.hosts[0];
    host.breaker.force_open();
    host.member->note_end();
    host.node.remove(*host.member);
    // What is not answered is said again.
    static_cast<void>(fleet.store.answer(host.node.begin()));
    fleet.round();
    CHECK(fleet.hosts[1]->state() == State::forced_open);
    fleet.hosts[1]->breaker.reset();
    fleet.round();
    fleet.round();
    CHECK(fleet.hosts[1]->state() == State::closed);
}

TEST_CASE("a fleet: where no round is answered any more, what it held open lapses") {
    Fleet fleet{3, Sharing::votes};
    fleet.round();
    fleet.fail(0, 5);
    fleet.fail(1, 5);
    fleet.round();
    fleet.round();
    REQUIRE(fleet.all_are(State::open));
    fleet.time.advance(1s + 3 * interval);
    for (const auto& host : fleet.hosts) {
        CHECK(host->breaker.try_acquire());
        CHECK(host->state() == State::half_open);
    }
}

TEST_CASE("a fleet: a pool counts each node's window once, and forgets the dead") {
    Fleet fleet{3, Sharing::pool};
    fleet.round();
    const auto pooled = [&] {
        detail::FleetRound question;
        question.node = "a stranger";
        question.alive = 0ms;
        question.number = ++fleet.questions;
        detail::FleetStatement said;
        said.name = "payments";
        question.statements.push_back(said);
        return fleet.store.answer(question).replies.at(0).calls;
    };
    fleet.fail(0, 2);
    fleet.fail(1, 1);
    for (int i = 0; i != 5; ++i) {
        fleet.round();
        CHECK(pooled().total == 3);
    }
    // An answer is lost: the same is said again.
    fleet.fail(1, 1);
    static_cast<void>(fleet.store.answer(fleet.hosts[1]->node.begin()));
    fleet.round();
    CHECK(pooled().total == 4);
    for (int i = 0; i != 10; ++i) {
        fleet.time.advance(interval);
        fleet.round(*fleet.hosts[0]);
    }
    CHECK(pooled().total == 2);
    // One that was taken for dead, and wakes.
    fleet.round();
    CHECK(pooled().total == 4);
}
