// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The calls under way by slices of time, where no breaker brings it about.

#include "catch.hpp"

#include <fluxgate/detail/machine/overdue_ring.hpp>
#include <fluxgate/detail/time_point.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace std::chrono_literals;
using fluxgate::detail::Ticket;
using fluxgate::detail::TimePoint;
using Ring = fluxgate::detail::OverdueRing<true, true>;

namespace {

constexpr std::uint64_t period = 7;

/// Begins a call as a breaker does: in a slice of now.
Ticket begin(Ring& ring, TimePoint now) {
    ring.prepare(period, now);
    return ring.begin(period, now);
}

/// How many calls are overdue; takes them.
std::size_t overdue(Ring& ring, TimePoint now) {
    std::size_t count = 0;
    while (ring.take_overdue(now)) {
        ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("a ring whose cells are all in use goes on with the newest slice, and loses no call") {
    Ring ring{320ms, 0ns};
    ring.restart(period);
    TimePoint now{100s};
    // As if nobody looked: twice as many slices as there are cells, a call in each.
    std::vector<Ticket> marks;
    for (int i = 0; i != 128; ++i) {
        marks.push_back(begin(ring, now));
        REQUIRE((marks.back() != 0 || ring.is_due(now)));
        if (marks.back() == 0) {
            marks.pop_back();
        }
        now += 10ms;
    }
    // Those that found it due did not begin: a breaker would have looked. All others are there.
    CHECK(overdue(ring, now + 1h) == marks.size());
    CHECK_FALSE(ring.end(marks.front()));
    CHECK_FALSE(ring.end(marks.back()));
}

TEST_CASE("slices beyond the cells of a ring are one, until some are taken") {
    Ring ring{64s, 0ns};
    ring.restart(period);
    TimePoint now{100s};
    // The clock goes on by a slice each time, and no call is overdue before all cells are in use.
    std::vector<Ticket> marks;
    for (int i = 0; i != 32; ++i) {
        marks.push_back(begin(ring, now));
        REQUIRE(marks.back() != 0);
        now += 2s;
    }
    CHECK(overdue(ring, now - 1ns) == 0);
    // A clock that leaps ahead for who begins slices, and back for who begins a call: as many slices
    // are prepared as nobody has looked at.
    for (int i = 0; i != 100; ++i) {
        ring.prepare(period, now + 40s + i * 2s);
        marks.push_back(ring.begin(period, now - 1ns));
        REQUIRE(marks.back() != 0);
    }
    CHECK(overdue(ring, now + 1h) == marks.size());
    for (const Ticket mark : marks) {
        CHECK_FALSE(ring.end(mark));
    }
    CHECK(begin(ring, now) != 0);
}

TEST_CASE("a call of before a change of the threshold is settled once") {
    Ring ring{320ms, 0ns};
    ring.restart(period);
    const Ticket first = begin(ring, TimePoint{100s});
    const Ticket second = begin(ring, TimePoint{100s + 10ms});
    REQUIRE(first != second);
    ring.prepare_change();
    ring.change(1s, 0ns, period);
    CHECK_FALSE(ring.end(first));  // it is in the ring no more
    CHECK(ring.end_past(first));
    CHECK_FALSE(ring.end_past(first));

    // What was settled before the next change is not remembered in it.
    const Ticket third = begin(ring, TimePoint{101s});
    CHECK(ring.end(third));
    ring.prepare_change();
    ring.change(2s, 0ns, period);
    CHECK_FALSE(ring.end_past(third));
    CHECK(ring.end_past(second));
    CHECK_FALSE(ring.end_past(second));
    CHECK(overdue(ring, TimePoint{200s}) == 0);
}

TEST_CASE("after a change, slices are as wide as the new threshold has them") {
    Ring ring{32s, 0ns};
    ring.restart(period);
    CHECK(begin(ring, TimePoint{100s}) != 0);
    ring.prepare_change();
    ring.change(320ms, 0ns, period);
    const TimePoint began{200s};
    CHECK(begin(ring, began) != 0);
    CHECK(begin(ring, began + 9ms) != 0);
    // Within a slice of 10 ms behind the threshold.
    CHECK_FALSE(ring.is_due(began + 320ms));
    CHECK(ring.is_due(began + 330ms));
    CHECK(overdue(ring, began + 330ms) == 2);
    ring.prepare_change();
    ring.change(32s, 1s, period);
    CHECK(begin(ring, TimePoint{300s}) != 0);
    CHECK_FALSE(ring.is_due(TimePoint{300s + 33s}));  // a slice of 1 s, and the error
    CHECK(ring.is_due(TimePoint{300s + 34s}));
}

TEST_CASE("an error that a threshold bears is a half of what its slices spare of an eighth") {
    // An eighth of 320 ms is 40 ms, a slice 10 ms: 30 ms are spare.
    CHECK(Ring::bears(320ms, 15ms));
    CHECK_FALSE(Ring::bears(320ms, 15ms + 1ns));
}

TEST_CASE("a call is late by the clock that may be behind") {
    const Ring ring{320ms, 20ms};
    CHECK_FALSE(ring.is_late(TimePoint{100s}, TimePoint{100s + 339ms}));
    CHECK(ring.is_late(TimePoint{100s}, TimePoint{100s + 340ms}));
}

TEST_CASE("a clock that goes back, once all slices are gone, begins one of the time that it says") {
    Ring ring{320ms, 0ns};
    ring.restart(period);
    CHECK(begin(ring, TimePoint{100s}) != 0);
    CHECK(overdue(ring, TimePoint{101s}) == 1);
    CHECK(begin(ring, TimePoint{99s}) != 0);
    CHECK(overdue(ring, TimePoint{99s + 329ms}) == 0);
    CHECK(overdue(ring, TimePoint{99s + 330ms}) == 1);
}

TEST_CASE("slices in which no call began are but numbers") {
    Ring ring{320ms, 0ns};
    ring.restart(period);
    const TimePoint first{100s};
    const Ticket one = begin(ring, first);
    const Ticket other = begin(ring, first + 95ms);  // nine slices later
    CHECK(other - one == 9);
    CHECK(ring.end(one));
    CHECK(overdue(ring, first + 330ms + 99ms - 10ms) == 0);
    CHECK(overdue(ring, first + 330ms + 99ms) == 1);
    CHECK_FALSE(ring.end(other));
}
