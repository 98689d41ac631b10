// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "libraries.hpp"

#include "catch.hpp"
#include "threads.hpp"

#include <fluxgate/fluxgate.hpp>

#include <thread>

TEST_CASE("calls that three libraries make of breakers of two are counted, each once") {
    const BreakerPointer theirs = make_breaker();
    const BreakerPointer others = make_breaker();
    // Whatever its slot: it is of another bank than theirs.
    CountingBreaker ours{fluxgate::FailureStreak{5}};
    in_threads(4, [&](int) {
        for (int i = 0; i != 1000; ++i) {
            theirs->call([] {});
            call_elsewhere(*theirs);
            ours.call([] {});
            call_elsewhere(ours);
            call_elsewhere(*others);
        }
    });
    CHECK(theirs->info().totals->succeeded == 8000);
    CHECK(others->info().totals->succeeded == 4000);
    CHECK(ours.info().totals->succeeded == 8000);
}

TEST_CASE("threads that come and go count in all libraries") {
    const BreakerPointer theirs = make_breaker();
    for (int i = 0; i != 50; ++i) {
        std::thread{[&] {
            call_elsewhere(*theirs);
            theirs->call([] {});
        }}.join();
    }
    CHECK(theirs->info().totals->succeeded == 100);
}

TEST_CASE("a listener of another library ends its subscription, wherever it is told") {
    const BreakerPointer theirs = make_breaker();
    int heard = 0;
    fluxgate::Subscription listening = listen_elsewhere(*theirs, heard);
    fluxgate::Subscription ending;
    ending = theirs->listen([&](const fluxgate::Signal&) {
        listening = {};
        ending = {};
    });
    theirs->reset();
    theirs->reset();
    CHECK(heard == 1);
}
