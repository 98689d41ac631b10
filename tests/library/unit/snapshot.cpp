// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// What a circuit keeps over a restart, and the text of that.

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

std::chrono::system_clock::time_point at(std::chrono::seconds time) {
    return std::chrono::system_clock::time_point{time};
}

/// A snapshot with all that one can have.
Snapshot full() {
    Snapshot snapshot;
    snapshot.state = State::open;
    snapshot.saved_at = at(1'000'000s);
    snapshot.changed_at = at(999'990s);
    snapshot.wait_left = 20s;
    snapshot.reopens = 3;
    snapshot.streak = 7;
    snapshot.score = 2.7;
    snapshot.last_reason = Reason::tripped;
    snapshot.outage_began_at = at(999'900s);
    snapshot.calls_per_second = 0.1;
    snapshot.totals = TotalCounts{1, 2, 3, 4, 5, 6, 7, 8};
    snapshot.not_closed_since = at(999'800s);
    snapshot.call_times = CallTimes{1500ms, 20s};
    return snapshot;
}

std::string error_of_text(const std::string& text) {
    return error_of([&] { static_cast<void>(parse_snapshot(text)); });
}

/// The text with a right checksum.
std::string with_checksum(const std::string& text) {
    return text + " check=" + std::to_string(detail::checksum(text));
}

}  // namespace

TEST_CASE("a snapshot is the same when its text is read") {
    CHECK(parse_snapshot(to_string(full())) == full());
    CHECK(parse_snapshot(to_string(Snapshot{})) == Snapshot{});
    CHECK(parse_snapshot(to_string(full()) + "\r\n") == full());
    Snapshot extreme = full();
    extreme.wait_left = std::chrono::nanoseconds::max();
    extreme.reopens = std::numeric_limits<std::uint32_t>::max();
    extreme.streak = std::numeric_limits<std::uint64_t>::max();
    extreme.score = std::numeric_limits<double>::max();
    extreme.saved_at = at(-1s);
    CHECK(parse_snapshot(to_string(extreme)) == extreme);
}

TEST_CASE("the text of a snapshot that was saved before hanging calls were counted is read") {
    const Snapshot read = parse_snapshot(
        with_checksum("fluxgate-snapshot 1 state=half_open saved_at=2 changed_at=1 reopens=0 "
                      "streak=0 score=0 totals=1,2,3,4,5,6,7"));
    CHECK(read.totals == TotalCounts{1, 2, 3, 4, 5, 6, 7, 0});
    CHECK_FALSE(read.not_closed_since);
    CHECK_FALSE(read.call_times);
    testing::VirtualTime time;
    const CircuitBreaker restored{testing::Virtual{time}, Restored{read}};
    CHECK(restored.info().not_closed_since == read.changed_at);
}

TEST_CASE("an outage that a restart interrupts is told from its beginning") {
    testing::VirtualTime time;
    CircuitBreaker breaker{testing::Virtual{time}, FailureStreak{1}, Cooldown{10s},
                           permits::All{},         Totals{},         Overdue{1s}};
    const auto hanging = breaker.try_acquire();
    time.advance(2s);
    const CircuitBreakerInfo before = breaker.info();
    CHECK(before.not_closed_since == before.changed_at);
    time.advance(20s);
    breaker.try_acquire()->failed();
    const Snapshot saved = parse_snapshot(to_string(breaker.save()));
    const CircuitBreaker restored{testing::Virtual{time}, Totals{}, Overdue{1s}, Restored{saved}};
    CHECK(restored.info().not_closed_since == before.changed_at);
    CHECK(restored.info().changed_at == before.changed_at + 20s);
    CHECK(restored.info().totals == breaker.info().totals);
    CHECK(restored.info().call_times == breaker.info().call_times);
}

TEST_CASE("the text of a snapshot is one line that a person can read") {
    Snapshot snapshot;
    snapshot.saved_at = at(1s);
    snapshot.streak = 2;
    CHECK(to_string(snapshot).starts_with(
        "fluxgate-snapshot 1 state=closed saved_at=1000000000 changed_at=0 reopens=0 streak=2 "
        "score=0 check="));
}

TEST_CASE("whatever byte of a snapshot's text is damaged or missing is told") {
    const std::string text = to_string(full());
    for (std::size_t i = 0; i != text.size(); ++i) {
        std::string damaged = text;
        damaged[i] = damaged[i] == '7' ? '8' : '7';
        REQUIRE(!error_of_text(damaged).empty());
        REQUIRE(!error_of_text(text.substr(0, i)).empty());
    }
}

TEST_CASE("a text that is no snapshot, or one of another format, is told in a sentence") {
    CHECK(error_of_text("") ==
          "fluxgate: parse_snapshot's text must be a snapshot, but is another text");
    CHECK(error_of_text("fluxgate-snapshot 2 state=closed check=1") ==
          "fluxgate: parse_snapshot's text must be a snapshot of format 1, but is one of another "
          "format");
    CHECK(error_of_text("fluxgate-snapshot 1 state=closed") ==
          "fluxgate: parse_snapshot's text must be whole, but is cut off");
    CHECK(error_of_text("fluxgate-snapshot 1 state=closed check=1") ==
          "fluxgate: parse_snapshot's text must be whole, but is damaged: its checksum is wrong");
    CHECK(error_of_text(with_checksum("fluxgate-snapshot 1 state=ajar")) ==
          "fluxgate: parse_snapshot's text must be a snapshot whose state is known, but is one of "
          "another");
    CHECK(error_of_text(with_checksum("fluxgate-snapshot 1 state=open changed_at=0")) ==
          "fluxgate: parse_snapshot's text must be a snapshot with a field saved_at, but is one "
          "without");
    const std::string begun = "fluxgate-snapshot 1 state=closed saved_at=0 changed_at=0 ";
    for (const char* const number : {"", "-1", "4294967296", "1x", "0x1", "18446744073709551616"}) {
        CHECK(error_of_text(with_checksum(begun + "reopens=" + number + " streak=0 score=0")) ==
              "fluxgate: parse_snapshot's text must be a snapshot whose reopens is in range, but "
              "is one of another");
    }
    CHECK(error_of_text(with_checksum(begun + "reopens=0 streak=0 score=0 more=1")) ==
          "fluxgate: parse_snapshot's text must be a snapshot with the fields of format 1, but is "
          "one with others");
    CHECK(error_of_text(with_checksum(begun + "wait_left=1 reopens=0 streak=0 score=0")) ==
          "fluxgate: a snapshot's wait_left must be in the state open alone, but is there in "
          "another");
}

TEST_CASE("an open circuit stays open for what is left of its wait, by the system clock") {
    VirtualTime before;
    CircuitBreaker saved{Virtual{before}, FailureStreak{1}, Backoff{10s, 2.0, 1h}, permits::All{}};
    saved.try_acquire().value().failed();
    before.advance(10s);
    saved.try_acquire().value().failed();
    before.advance(4s);
    const Snapshot snapshot = saved.save();
    CHECK(snapshot.wait_left == 16s);

    VirtualTime after;  // its clocks are where the others began
    after.advance(20s);
    CircuitBreaker restored{Virtual{after}, FailureStreak{1}, Backoff{10s, 2.0, 1h}, permits::All{},
                            Restored{snapshot}};
    const CircuitBreakerInfo info = restored.info();
    CHECK(info.state == State::open);
    CHECK(info.reopens == 1);
    CHECK(info.changed_at == saved.info().changed_at);
    CHECK(info.last_reason == Reason::tripped);
    CHECK(info.retry_after == 10s);
    after.advance(10s);
    restored.try_acquire().value().failed();
    CHECK(restored.info().retry_after == 40s);

    after.advance(1h);
    CircuitBreaker late{Virtual{after}, Restored{snapshot}};
    CHECK(late.info().retry_after == 0s);
}

TEST_CASE("every state is restored, and a circuit that is open for ever stays so") {
    VirtualTime time;
    for (const State state : {State::closed, State::open, State::half_open, State::metrics_only,
                              State::disabled, State::forced_open}) {
        Snapshot snapshot;
        snapshot.state = state;
        const CircuitBreaker restored{Virtual{time}, Restored{snapshot}};
        CHECK(restored.info().state == state);
        CHECK(!restored.info().retry_after);
        CHECK(restored.save().state == state);
    }
}

TEST_CASE("streak and score go on where they were") {
    VirtualTime time;
    CircuitBreaker saved{Virtual{time}, FailureStreak{5} | FailureScore{4, 0, 1}};
    for (int i = 0; i != 3; ++i) {
        saved.try_acquire().value().failed();
    }
    const Snapshot snapshot = saved.save();
    CHECK(snapshot.streak == 3);
    CHECK(snapshot.score == 3.0);
    CircuitBreaker by_streak{Virtual{time}, FailureStreak{4}, Restored{snapshot}};
    by_streak.try_acquire().value().failed();
    CHECK(by_streak.info().state == State::open);
    CircuitBreaker by_score{Virtual{time}, FailureScore{4, 0, 1}, Restored{snapshot}};
    by_score.try_acquire().value().succeeded();
    by_score.try_acquire().value().failed();
    CHECK(by_score.info().state == State::closed);
    by_score.try_acquire().value().failed();
    CHECK(by_score.info().state == State::open);
}

TEST_CASE("totals go on from those of the snapshot, where the breaker counts") {
    VirtualTime time;
    CircuitBreaker saved{Virtual{time}, FailureStreak{1}, Totals{}};
    saved.try_acquire().value().succeeded();
    saved.try_acquire().value().failed();
    CHECK(!saved.try_acquire());
    const Snapshot snapshot = saved.save();
    CircuitBreaker counts{Virtual{time}, FailureStreak{1}, Totals{}, Restored{snapshot}};
    counts.reset();
    counts.try_acquire().value().succeeded();
    CHECK(counts.info().totals ==
          TotalCounts{.succeeded = 2, .failed = 1, .rejected = 1, .opened = 1});
    CHECK(!CircuitBreaker(Virtual{time}, Restored{snapshot}).info().totals);
}

TEST_CASE("an outage lasts on while nothing runs") {
    VirtualTime time;
    CircuitBreaker saved{Virtual{time}, TimeWindow{10s}, FailureStreak{1},
                         SquareRootWait{1s, 1h, 0.0}, permits::All{}};
    for (int i = 0; i != 10; ++i) {
        time.advance(500ms);
        saved.try_acquire().value().succeeded();
    }
    saved.try_acquire().value().failed();
    time.advance(10s);
    const Snapshot snapshot = saved.save();
    CHECK(snapshot.outage_began_at == time.wall_clock() - 10s);
    REQUIRE(snapshot.calls_per_second);
    time.advance(990s);
    CircuitBreaker restored{Virtual{time},    TimeWindow{10s},
                            FailureStreak{1}, SquareRootWait{1s, 1h, 0.0},
                            permits::All{},   Restored{snapshot}};
    restored.try_acquire().value().failed();
    saved.try_acquire().value().failed();
    CHECK(restored.info().retry_after == saved.info().retry_after);
}

TEST_CASE("an outage whose beginning a snapshot does not tell began at its latest transition") {
    VirtualTime time;
    CircuitBreaker plain{Virtual{time}, FailureStreak{1}, Cooldown{1s}};
    time.advance(1h);
    plain.try_acquire().value().failed();
    const Snapshot saved = plain.save();
    REQUIRE_FALSE(saved.outage_began_at);
    time.advance(4s);
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}, SquareRootWait{500ms, 30s, 0},
                           SingleTrial{}, Restored{saved}};
    CHECK(breaker.save().outage_began_at == saved.changed_at);
    breaker.try_acquire().value().failed();
    CHECK(breaker.info().retry_after == 2s);
}

TEST_CASE("a snapshot from the future is an error, within a minute it is taken") {
    VirtualTime time;
    Snapshot snapshot;
    snapshot.saved_at = time.wall_clock() + 60s;
    CHECK_NOTHROW(CircuitBreaker{Virtual{time}, Restored{snapshot}});
    snapshot.saved_at += 1us;
    CHECK(error_of([&] { CircuitBreaker{Virtual{time}, Restored{snapshot}}; }) ==
          "fluxgate: Restored's snapshot must be saved before the time of the system clock, but is "
          "saved more than a minute after it");
    snapshot.saved_at = std::chrono::system_clock::time_point::max();
    CHECK(!error_of([&] { CircuitBreaker{Virtual{time}, Restored{snapshot}}; }).empty());
    snapshot.saved_at = std::chrono::system_clock::time_point::min();
    CHECK_NOTHROW(CircuitBreaker{Virtual{time}, Restored{snapshot}});
}

TEST_CASE("a snapshot that says what none can is an error") {
    const auto error = [](auto change) {
        Snapshot snapshot;
        snapshot.state = State::open;
        change(snapshot);
        return error_of([&] { CircuitBreaker{Restored{snapshot}}; });
    };
    CHECK(error([](Snapshot& s) { s.state = static_cast<State>(6); }) ==
          "fluxgate: a snapshot's state must be a state, but is none");
    CHECK(error([](Snapshot& s) { s.wait_left = -1ns; }) ==
          "fluxgate: a snapshot's wait_left must be at least 0 s, but is below zero");
    CHECK(!error([](Snapshot& s) { s.score = -1; }).empty());
    CHECK(!error([](Snapshot& s) { s.score = std::numeric_limits<double>::quiet_NaN(); }).empty());
    CHECK(!error([](Snapshot& s) { s.calls_per_second = -1; }).empty());
}

TEST_CASE("a circuit that is restored as open has a place among the open ones") {
    const auto state = std::make_shared<detail::OpenBudgetState>(0.5);
    state->set_size(2);
    Snapshot open;
    open.state = State::open;
    const CircuitBreaker first{OpenBudget{state}, Restored{open}};
    CircuitBreaker second{OpenBudget{state}, FailureStreak{1}};
    second.try_acquire().value().failed();
    CHECK(second.info().state == State::closed);
    CHECK(state->refused() == 1);
}

TEST_CASE("no signal tells of what is restored, and those of later do") {
    VirtualTime time;
    int signals = 0;
    CircuitBreaker breaker{Virtual{time}, Listeners{[&](const Signal&) { ++signals; }},
                           Restored{full()}};
    CHECK(signals == 0);
    breaker.reset();
    CHECK(signals == 1);
}

TEST_CASE("a breaker of a text is saved and restored too, and then reconfigured") {
    VirtualTime time;
    AnyCircuitBreaker saved{parse_policies("trip = failure_streak(5)"), Virtual{time}, Totals{}};
    for (int i = 0; i != 3; ++i) {
        saved.try_acquire().value().failed();
    }
    AnyCircuitBreaker restored{saved.policies(), Virtual{time}, Totals{}, Restored{saved.save()}};
    restored.reconfigure(parse_policies("trip = failure_streak(4); overdue = 1s"));
    restored.try_acquire().value().failed();
    CHECK(restored.info().state == State::open);
    CHECK(restored.info().totals == TotalCounts{.failed = 4, .opened = 1});
}
