// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Each of the other systems opens, waits and closes as its documents say.

#include "systems.hpp"

#include "catch.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace protection;

namespace {

/// One client of a system, call after call.
class Client {
public:
    explicit Client(const std::string& system) {
        const std::vector<System> all = systems();
        Random random{1};
        guard_ = std::ranges::find(all, system, &System::name)->make(random);
    }

    /// Makes calls of 10 ms, one after the other, until one is rejected; returns how many were
    /// admitted.
    int calls(int count, Outcome outcome) {
        for (int call = 0; call < count; ++call) {
            const std::optional<Guard::Ticket> ticket = begin();
            if (!ticket) {
                return call;
            }
            now_ += seconds(0.01);
            guard_->settle(*ticket, now_, outcome, seconds(0.01));
        }
        return count;
    }
    int succeed(int count) { return calls(count, Outcome::answered); }
    int fail(int count) { return calls(count, Outcome::failed); }

    std::optional<Guard::Ticket> begin(bool accepts_connections = true) {
        return guard_->admit(now_, Prospect{.accepts_connections = accepts_connections});
    }
    std::optional<Guard::Ticket> begin_with_chance(double chance) {
        return guard_->admit(now_, Prospect{.chance = chance});
    }
    void end(std::optional<Guard::Ticket> ticket, Outcome outcome) {
        guard_->settle(ticket.value(), now_, outcome, seconds(0.01));
    }

    void wait(double time) { now_ += seconds(time); }

    Guard& guard() { return *guard_; }

private:
    std::unique_ptr<Guard> guard_;
    Time now_{};
};

/// Checks that a client that has just opened rejects for so many seconds, and not much longer.
void check_open_for(Client& client, double wait) {
    CHECK(!client.begin());
    client.wait(wait - 0.01);
    CHECK(!client.begin());
    client.wait(0.02);
    CHECK(client.begin());
}

}  // namespace

TEST_CASE("Resilience4j opens at 50 of 100 calls, and judges ten trial calls together") {
    Client client{"Resilience4j"};
    CHECK(client.succeed(50) == 50);
    CHECK(client.fail(100) == 50);
    check_open_for(client, 60);
    // One of the ten has begun.
    CHECK(client.succeed(5) == 5);
    CHECK(client.fail(10) == 4);

    SECTION("five of which close") {
        client.end(Guard::Ticket{}, Outcome::answered);
        CHECK(client.succeed(1) == 1);
    }
    SECTION("five of which open") {
        client.end(Guard::Ticket{}, Outcome::failed);
        check_open_for(client, 60);
    }
}

TEST_CASE("Polly opens at a tenth of a hundred calls for 5 s, and tries one") {
    Client client{"Polly"};
    CHECK(client.succeed(89) == 89);
    CHECK(client.fail(100) == 11);
    check_open_for(client, 5);
    CHECK(!client.begin());
    client.end(Guard::Ticket{}, Outcome::answered);
    CHECK(client.fail(99) == 99);
}

TEST_CASE("gobreaker opens with the sixth failure in a row for 60 s, and hears no late outcome") {
    Client client{"gobreaker"};
    CHECK(client.fail(5) == 5);
    CHECK(client.succeed(1) == 1);
    const auto late = client.begin();
    CHECK(client.fail(10) == 6);
    client.wait(60.01);
    const auto trial = client.begin();
    CHECK(!client.begin());
    client.end(late, Outcome::failed);
    client.end(trial, Outcome::answered);
    CHECK(client.succeed(1) == 1);
}

TEST_CASE("Hystrix opens at ten of twenty calls when it looks, for 5 s, and times out after 1 s") {
    Client client{"Hystrix"};
    CHECK(client.succeed(10) == 10);
    CHECK(client.fail(9) == 9);
    client.wait(1);
    CHECK(client.fail(1) == 1);
    client.wait(0.5);
    check_open_for(client, 5);
    CHECK(client.guard().timeout() == seconds(1));
}

TEST_CASE("Hystrix with a pool rejects the 31st call at once, which counts as a failure") {
    Client client{"Hystrix, pool of 30"};
    std::vector<std::optional<Guard::Ticket>> under_way;
    for (int call = 0; call < 30; ++call) {
        under_way.push_back(client.begin());
        CHECK(under_way.back());
    }
    CHECK_FALSE(client.begin());
    client.end(under_way.back(), Outcome::answered);
    CHECK(client.begin());
    for (int call = 0; call < 20; ++call) {
        CHECK_FALSE(client.begin());
    }
    client.wait(0.5);
    client.end(under_way.front(), Outcome::answered);
    CHECK_FALSE(client.begin());  // by now, since the circuit is open
}

TEST_CASE("failsafe-go opens with one failure for 60 s, and closes with one success") {
    Client client{"failsafe-go"};
    CHECK(client.succeed(1) == 1);
    CHECK(client.fail(2) == 1);
    check_open_for(client, 60);
    CHECK(!client.begin());
    client.end(Guard::Ticket{}, Outcome::answered);
    CHECK(client.succeed(3) == 3);
}

TEST_CASE("Sentinel opens above half of at least five calls of one second, for 10 s") {
    Client client{"Sentinel"};
    CHECK(client.fail(4) == 4);
    client.wait(1);
    CHECK(client.succeed(3) == 3);
    CHECK(client.fail(10) == 4);
    check_open_for(client, 10);
}

TEST_CASE("brpc isolates after 151 of its first errors, for 100 ms, then for twice as long") {
    Client client{"brpc"};
    const auto lost = client.begin();
    CHECK(client.fail(1000) == 151);
    CHECK(!client.begin());
    client.wait(0.1);
    CHECK(!client.begin(false));
    CHECK(!client.begin());
    client.wait(3);
    // What was under way ended with the isolation.
    client.end(lost, Outcome::refused);
    const auto revived = client.begin();
    CHECK(client.succeed(1) == 1);
    client.end(revived, Outcome::refused);
    check_open_for(client, 0.2);
}

TEST_CASE("Envoy ejects after five errors in a row for 30 s, then for 60 s, to its next sweep") {
    Client client{"Envoy, ejecting"};
    CHECK(client.fail(4) == 4);
    CHECK(client.succeed(1) == 1);
    CHECK(client.fail(10) == 5);
    client.wait(29.9);
    CHECK(!client.begin());
    client.wait(10);
    CHECK(client.fail(10) == 5);
    client.wait(59.9);
    CHECK(!client.begin());
    client.wait(10);
    CHECK(client.begin());
}

TEST_CASE("Finagle is dead after five failures in a row for 5 s, then for longer") {
    Client client{"Finagle, ejecting"};
    CHECK(client.fail(10) == 5);
    check_open_for(client, 5);
    CHECK(!client.begin());
    client.end(Guard::Ticket{}, Outcome::failed);
    client.wait(5);
    CHECK(!client.begin());
    client.wait(5.1);
    CHECK(client.begin());
}

TEST_CASE("Finagle is dead when fewer than 80 % of at least five requests in 30 s succeed") {
    Client client{"Finagle, ejecting"};
    int admitted = 0;
    for (int round = 0; round < 40; ++round) {
        for (const Outcome outcome : {Outcome::answered, Outcome::answered, Outcome::failed}) {
            client.wait(0.3);
            admitted += client.calls(1, outcome);
        }
    }
    CHECK(admitted > 90);
    CHECK(admitted < 115);

    Client rare{"Finagle, ejecting"};
    for (int round = 0; round < 20; ++round) {
        rare.wait(10);
        CHECK(rare.succeed(1) == 1);
        rare.wait(10);
        CHECK(rare.fail(1) == 1);
    }
}

TEST_CASE("the SRE book's throttle rejects what goes beyond twice the accepts") {
    Client client{"SRE book throttle"};
    CHECK(client.succeed(100) == 100);
    CHECK(client.fail(100) >= 99);
    CHECK(client.fail(1000) < 100);
}

TEST_CASE("gRPC's throttle ends retries after five failures, and begins them again") {
    Client client{"gRPC retry throttle"};
    CHECK(client.fail(4) == 4);
    CHECK(client.guard().allows_retry(Outcome::failed));
    CHECK(!client.guard().allows_retry(Outcome::timed_out));
    CHECK(client.fail(1) == 1);
    CHECK(!client.guard().allows_retry(Outcome::failed));
    CHECK(client.succeed(1) == 1);
    CHECK(client.guard().allows_retry(Outcome::failed));
}

TEST_CASE("a detector opens with the first failure while calls do not pay") {
    Client client{"a detector that knows the rates"};
    for (int call = 0; call < 100; ++call) {
        client.end(client.begin_with_chance(0.3), Outcome::failed);
        client.wait(1);
    }
    client.end(client.begin_with_chance(0.1), Outcome::failed);
    // An outage of no time, and one call a second: the next may be tried.
    const auto first_trial = client.begin_with_chance(0.1);
    CHECK(first_trial);
    CHECK_FALSE(client.begin_with_chance(0.1));
    client.wait(4);
    CHECK_FALSE(client.begin_with_chance(0.1));  // the trial has failed, after half a second
    client.wait(1.9);
    CHECK_FALSE(client.begin_with_chance(1));
    client.wait(0.2);
    CHECK(client.begin_with_chance(1));
    CHECK_FALSE(client.begin_with_chance(1));
    client.end(Guard::Ticket{102}, Outcome::answered);
    CHECK(client.begin_with_chance(1));
    CHECK(client.begin_with_chance(1));
}

TEST_CASE("an oracle admits what pays") {
    Client client{"an oracle"};
    CHECK(client.begin_with_chance(0.2));
    CHECK_FALSE(client.begin_with_chance(0.19));
}

TEST_CASE("a retry budget allows a tenth of the calls to be tried again, and ten more") {
    Client client{"no breaker, retry budget"};
    Guard& guard = client.guard();
    for (int call = 0; call < 200; ++call) {
        guard.count_call(seconds(1));
    }
    int retries = 0;
    while (guard.allows_retry(Outcome::failed)) {
        ++retries;
    }
    CHECK(retries == 30);
}

TEST_CASE("a throttle in front of a breaker counts its rejections") {
    Client client{"SRE book throttle, then the preset"};
    int admitted = 0;
    for (int call = 0; call < 1000; ++call) {
        admitted += client.fail(1);
    }
    CHECK(admitted < 100);
    client.wait(60);
    // The breaker would admit a trial, but the throttle hardly lets one through.
    CHECK_FALSE(client.begin());
}

TEST_CASE("without a breaker, every call is made") {
    Client client{"no breaker"};
    CHECK(client.fail(1000) == 1000);
}

TEST_CASE("the preset opens after a few failures, and closes with one success") {
    Client client{"Fluxgate preset"};
    CHECK(client.succeed(100) == 100);
    const int failures = client.fail(100);
    CHECK(failures >= 5);
    CHECK(failures <= 12);
    client.wait(0.9);
    CHECK(client.succeed(3) == 3);
}
