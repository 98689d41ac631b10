// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Recorded calls: how they are read, and what a breaker would have done to them.

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/replay.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <ios>
#include <istream>
#include <list>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;
using Times = std::vector<std::chrono::nanoseconds>;

namespace {

/// Reads all calls of a text; returns when they began.
Times times_of(const std::string& text, std::chrono::nanoseconds most_late = 60s) {
    std::istringstream in{text};
    CallReader reader{in, most_late};
    Times times;
    while (const auto call = reader.next()) {
        times.push_back(call->at);
    }
    return times;
}

std::string error_of_text(const std::string& text, std::chrono::nanoseconds most_late = 60s) {
    return error_of([&] { times_of(text, most_late); });
}

/// Replays by the policies of a text.
template <class Calls>
ReplayResult replayed(Calls&& calls, const char* policies, const ReplayOptions& options = {}) {
    VirtualTime time;
    AnyCircuitBreaker breaker{parse_policies(policies), Virtual{time}};
    return replay(calls, time, breaker, options);
}

/// A call each second, the first ones of which fail.
std::vector<RecordedCall> calls_with_outage(int count, int bad) {
    std::vector<RecordedCall> calls;
    for (int i = 0; i != count; ++i) {
        calls.push_back({100s + i * 1s, 100ms, i >= bad, ""});
    }
    return calls;
}

}  // namespace

// ---- Reading ------------------------------------------------------------------------------------

TEST_CASE("calls are read in the order in which they began") {
    CHECK(times_of("time_s,latency_ms,ok\n3,1,1\n1,1,1\n2,1,0\n") == Times{1s, 2s, 3s});
    CHECK(times_of("1,1,1") == Times{1s});
    CHECK(times_of("").empty());
    CHECK(times_of("\xef\xbb\xbftime_s,latency_ms,ok\n1,1,1\n") == Times{1s});
    CHECK(times_of("time_s,latency_ms,ok,key\n").empty());
}

TEST_CASE("calls that began at the same time stay in the order of their lines") {
    std::istringstream in{"1,1,1,a\n1,1,1,b\n1,1,1,c\n"};
    CallReader reader{in};
    std::string keys;
    while (const auto call = reader.next()) {
        keys += call->key;
    }
    CHECK(keys == "abc");
}

TEST_CASE("files behind each other, other ends of lines, and keys over several lines are read") {
    CHECK(times_of("time_s,latency_ms,ok\n1,1,1\ntime_s,latency_ms,ok,key\n2,1,1,a\n") ==
          Times{1s, 2s});
    CHECK(times_of("time_s,latency_ms,ok\r\n1,1,1\r\n2,1,0\r\n") == Times{1s, 2s});
    std::istringstream in{"1,1,1,\"a\nb\"\n2,1,1\n"};
    CallReader reader{in};
    CHECK(reader.next()->key == "a\nb");
    CHECK(reader.next()->at == 2s);
    CHECK(reader.lines() == 3);
}

TEST_CASE("a reader holds no more than the calls that may be out of order") {
    // So the second line is not needed for the first call, and its error comes after that.
    std::istringstream in{"1,1,1\n3,1,1\nwrong\n"};
    CallReader reader{in, 1s};
    CHECK(reader.next()->at == 1s);
    CHECK(error_of([&] { static_cast<void>(reader.next()); }) ==
          "fluxgate: a recorded call in line 3 must be time_s,latency_ms,ok or "
          "time_s,latency_ms,ok,key, but is one without latency_ms: wrong");
}

TEST_CASE("a wrong line is told by its number") {
    CHECK(error_of_text("time_s,latency_ms,ok\n1,1,1\n1,1,yes\n") ==
          "fluxgate: ok in line 3 must be 1 or 0, or true or false, but is yes");
    CHECK(error_of_text("1,1,1,\"a\n2,1,1\n3,1,1\n") ==
          "fluxgate: key in line 1 must be a field without quotation marks, or with one at each "
          "end, but is \"a\n2,1,1\n3,1,1");
    CHECK(error_of_text("10,1,1\n12,1,1\n14,1,1\n11.5,1,1\n", 1s) ==
          "fluxgate: time_s in line 4 must be at most 1 s before the latest one, but is 2.5 s "
          "before it");
    CHECK(error_of_text("end_s,latency_ms,ok\n100,0,1\n200,0,1\n300,250000,1\n", 1s)
              .starts_with("fluxgate: end_s in line 4 must be at most 1 s before the latest one"));
    CHECK(error_of_text("# 1,1,1\n").starts_with("fluxgate: time_s in line 1 must be"));
    CHECK(error_of_text("time_s;latency_ms;ok\n1;2;1\n")
              .starts_with("fluxgate: a recorded call in line 1 must be time_s,latency_ms,ok or"));
    CHECK(error_of_text("\xff\xfet\0i\0") ==
          "fluxgate: the text of recorded calls must be UTF-8 or ASCII, but is UTF-16");
    CHECK(error_of_text("latency_ms,time_s,ok\n1,2\n3,4,1\n") ==
          "fluxgate: a recorded call in line 2 must be of the fields that the line of names has, "
          "but is one without ok: 1,2");
    CHECK(error_of_text("time_s,latency_ms,ok\n1,2,1,4\n3,4,1\n") ==
          "fluxgate: a recorded call in line 2 must be of the fields that the line of names has, "
          "but is one of 4 fields");
    CHECK(error_of_text("# lost some\n") ==
          "fluxgate: the number of lost calls in line 1 must be a whole number, but is some");
    CHECK(error_of([] {
              std::istringstream in;
              CallReader reader{in, 0s};
          }) ==
          "fluxgate: CallReader's most_late must be above 0 s and at most 292 years, but is "
          "0 s");
}

TEST_CASE("a mark too many does not have the whole file read as one line") {
    std::string text = "1,1,1,\"a\n";
    for (int i = 0; i != 100'000; ++i) {
        text += "2,1,1\n";
    }
    std::istringstream in{text};
    CallReader reader{in};
    CHECK(error_of([&] {
              static_cast<void>(reader.next());
          }).starts_with("fluxgate: key in line 1 must be a field without quotation marks"));
    CHECK(reader.lines() < 20'000);
}

TEST_CASE("fields are known by their names, in any order, and others are left alone") {
    const auto calls = [](const std::string& text) {
        std::istringstream in{text};
        CallReader reader{in};
        std::vector<RecordedCall> read;
        while (const auto call = reader.next()) {
            read.push_back(*call);
        }
        return read;
    };
    const std::vector<RecordedCall> expected{{1s, 20ms, true, "a"}, {2s, 30ms, false, "b"}};
    CHECK(calls("time_s,latency_ms,ok,key\n1,20,1,a\n2,30,0,b\n") == expected);
    CHECK(calls("latency_ms,key,time_s,ok\n20,a,1,1\n30,b,2,0\n") == expected);
    CHECK(calls("time_s, latency_ms , ok, key\n1, 20, 1,a\n2, 30, 0,b\n") == expected);
    CHECK(calls("\"key\",\"time_s\",\"latency_ms\",\"ok\"\na,1,20,1\n\"b\",2,30,0\n") == expected);
    CHECK(calls("agent,status,time_s,latency_ms,ok,key,more\n"
                "\"curl, \"\"x\"\"\",200,1,20,1,a,\n,500,2,30,0,b\n") == expected);
    CHECK(calls("end_s,latency_ms,ok,key\n1.02,20,1,a\n2.03,30,0,b\n") == expected);
    CHECK(calls("ok,latency_ms,end_s,key\nTRUE,20,1970-01-01T00:00:01.02Z,a\n"
                "time_s,latency_ms,ok,key\n2,30,0,b\n") == expected);
    CHECK(calls("time_s,latency_ms,ok\n1,20,1\n\n2,30,0\n \n\n") ==
          std::vector<RecordedCall>{{1s, 20ms, true, ""}, {2s, 30ms, false, ""}});
    CHECK(calls("time_s,latency_ms,ok\n1,20,1,\n") ==
          std::vector<RecordedCall>{{1s, 20ms, true, ""}});
}

TEST_CASE("a line of names that names a field twice is told") {
    const auto told = [](const char* line) {
        return error_of_text(std::string{line} + "\n1,2,1,4\n");
    };
    for (const char* const line : {"time_s,latency_ms,ok,end_s", "end_s,latency_ms,ok,time_s",
                                   "time_s,latency_ms,ok,ok", "time_s,latency_ms,latency_ms,ok"}) {
        CHECK(told(line) ==
              "fluxgate: the line of names in line 1 must be one that has each name once, and "
              "time_s or end_s, but is " +
                  std::string{line});
    }
    CHECK(told("time_s,latency_ms,ok,other").empty());
}

TEST_CASE("who goes on behind a wrong line misses no other") {
    std::istringstream in{"1,1,1\n2,1,yes\n\n3,1,1\n4,1\n5,1,1\n"};
    CallReader reader{in};
    Times times;
    int wrong = 0;
    for (bool is_at_end = false; !is_at_end;) {
        try {
            const auto call = reader.next();
            is_at_end = !call;
            if (call) {
                times.push_back(call->at);
            }
        } catch (const std::invalid_argument&) {
            ++wrong;
        }
    }
    CHECK(times == Times{1s, 3s, 5s});
    CHECK(wrong == 2);
}

TEST_CASE("a line that is torn is left out, and told at the end") {
    struct Told {
        std::size_t calls;
        std::string error;

        bool operator==(const Told&) const = default;
    };
    const auto told = [](const std::string& text) {
        std::istringstream in{text};
        CallReader reader{in};
        std::size_t calls = 0;
        const std::string error = error_of([&] {
            while (reader.next()) {
                ++calls;
            }
        });
        CHECK((reader.torn() == 0 || !error.empty()));
        return Told{calls, error};
    };
    const std::string names = "time_s,latency_ms,ok,key\n";
    const std::string whole = "1,20,1,a\n";
    const auto torn = [](int line, const std::string& text) {
        return "fluxgate: the text in line " + std::to_string(line) +
               " must be a whole line, but is torn: " + text;
    };
    CHECK(told(names + whole + "2,3") == Told{1, torn(3, "2,3")});
    CHECK(told(names + whole + "2,30,1,,\n# lost 4\n" + whole) == Told{2, torn(3, "2,30,1,,")});
    CHECK(told("2,30,1,,\n# lost 4\n" + whole) == Told{1, torn(1, "2,30,1,,")});
    CHECK(told(names + whole + "2,3\n# lost 4\n" + whole) == Told{2, torn(3, "2,3")});
    CHECK(told(names + whole + "2,30,1,pri,,\n# lost 4\n" + whole) ==
          Told{2, torn(3, "2,30,1,pri,,")});
    CHECK(told(names + whole + "2,30,1,\"p, ,,\n# lost 4\n" + whole) ==
          Told{2, torn(3, "2,30,1,\"p, ,,")});
    CHECK(told(names + whole + "# lo,,\n# lost 4\n" + whole) == Told{2, torn(3, "# lo,,")});
    CHECK(told(names + whole + "# lost 4,,\n# lost 4\n" + whole) == Told{2, torn(3, "# lost 4,,")});
    CHECK(told("time_s,la,,\n# lost 4\n" + names + whole) == Told{1, torn(1, "time_s,la,,")});
    CHECK(told(names + "2,3" + names + whole) == Told{1, torn(2, "2,3")});
    CHECK(told(names + "2,30,1,\"x" + names + whole) == Told{1, torn(2, "2,30,1,\"x")});
    CHECK(told(names + "2,,,\n# lost 1\n" + whole + "3,,,\n# lost 1\n4") ==
          Told{1, torn(2, "2,,,, and 2 more")});
    // A line that was torn at a comma, before the names of a recorder that goes on.
    for (const char* const part : {"2,", "2,3,", "2,30,1,", "-2,3,", "# lost 3,"}) {
        CHECK(told(names + part + names + whole) == Told{1, torn(2, part)});
    }
    // Marks of lost calls that were torn, too.
    CHECK(told(names + whole + "2,30,,\n# lo,,\n# lost 4,,\n# lost 5\n" + whole) ==
          Told{2, torn(3, "2,30,,, and 2 more")});
    CHECK(told(",,\n# lo,,\n# lost 4\n" + whole).calls == 1);
    // What looks like a mark within a key is a part of that.
    CHECK(told(names + "1,20,1,\"a\n# lost 4\n,,\nb\"\n" + whole) == Told{2, ""});
    // A mark too many has swallowed calls.
    CHECK_FALSE(told(names + whole + "2,1,1,5\" disk\n" + whole + whole + "4,1,1,a").error.empty());
    CHECK(told(names + whole + "2,1,1,5\" disk\n" + whole + whole + "4,1,1,a").calls == 0);
    CHECK(told(names + whole + "2,1,1,\"a\nb") == Told{1, torn(3, "2,1,1,\"a\nb")});
    // A file was put behind one that lacks an end of line, but no part of the last one.
    CHECK(told(names + "1,20,1,a\n# lost 3\n" + whole) == Told{2, ""});
    CHECK(told(whole + ",,\n# lost 3\n" + whole) == Told{2, ""});
    CHECK(told("1,20,1") == Told{1, ""});
    // With an end, and no mark behind it, a line is wrong.
    CHECK(told(names + whole + "2,3\n").calls == 0);
    CHECK_FALSE(told(names + whole + "2,3\n").error.empty());
}

TEST_CASE("calls that a recorder had to leave out are counted") {
    std::istringstream in{"1,1,1\n# lost 3\n2,1,1\n# lost 4\n"};
    CallReader reader{in};
    while (reader.next()) {
    }
    CHECK(reader.lost() == 7);
}

TEST_CASE("a stream that fails is told") {
    class Failing : public std::streambuf {
        int_type underflow() override { throw std::ios_base::failure{"the disk is gone"}; }
    } failing;
    std::istream in{&failing};
    CallReader reader{in};
    CHECK(error_of([&] { static_cast<void>(reader.next()); }) ==
          "fluxgate: the stream behind line 0 must be one that can be read, but is one that fails");

    std::ifstream missing{"/nowhere/calls.csv"};
    CallReader of_missing{missing};
    CHECK_FALSE(error_of([&] { static_cast<void>(of_missing.next()); }).empty());

    std::istringstream used{"1,1,1\n"};
    CallReader first{used};
    CHECK(first.next());
    CHECK_FALSE(first.next());
    CHECK_FALSE(first.next());
    CallReader second{used};
    CHECK_FALSE(error_of([&] { static_cast<void>(second.next()); }).empty());
}

// ---- Replaying ----------------------------------------------------------------------------------

TEST_CASE("a replay tells good and bad calls, let by and rejected, and when the circuit changed") {
    // Opens at the third failure, which ends at 102.1; tries at 113, and closes when that ends.
    const ReplayResult result = replayed(
        calls_with_outage(20, 5), "trip = failure_streak(3); wait = cooldown(10s); permit = all");
    CHECK(result.bad_let_by == 3);
    CHECK(result.bad_spared == 2);
    CHECK(result.good_lost == 8);
    CHECK(result.good_let_by == 7);
    CHECK(result.waited_in_vain == 300ms);
    CHECK(result.opened == Times{102100ms});
    CHECK(result.closed == Times{113100ms});
}

TEST_CASE("a circuit that opens again is told each time") {
    const ReplayResult result = replayed(
        calls_with_outage(40, 20), "trip = failure_streak(1); wait = cooldown(5s); permit = all");
    CHECK(result.opened == Times{100100ms, 106100ms, 112100ms, 118100ms});
    CHECK(result.closed == Times{124100ms});
}

TEST_CASE("nothing is lost where nothing opens, and an empty record has nothing") {
    const ReplayResult result = replayed(calls_with_outage(20, 5), "trip = failure_streak(6)");
    CHECK(result.good_let_by == 15);
    CHECK(result.bad_let_by == 5);
    CHECK(result.good_lost + result.bad_spared == 0);
    CHECK(result.opened.empty());
    CHECK(replayed(std::vector<RecordedCall>{}, "") == ReplayResult{});
}

TEST_CASE("a call is bad where it failed, and from a duration on") {
    const std::list<RecordedCall> calls{
        {0s, 1s, true, ""}, {1s, 2s, true, ""}, {2s, 3s, false, ""}, {3s, 999ms, true, ""}};
    CHECK(replayed(calls, "").waited_in_vain == 3s);
    const ReplayResult result = replayed(calls, "", {.slow_from = 1s});
    CHECK(result.bad_let_by == 3);
    CHECK(result.good_let_by == 1);
    CHECK(result.waited_in_vain == 6s);
}

TEST_CASE("what was waited in vain is at most what can be told") {
    const std::chrono::nanoseconds longest = std::chrono::nanoseconds::max() / 2;
    const std::vector<RecordedCall> calls(4, {0s, longest, false, ""});
    CHECK(replayed(calls, "trip = failure_streak(9)").waited_in_vain ==
          std::chrono::nanoseconds::max());
}

TEST_CASE("calls are settled when they end, and not before") {
    // The failures end at 10 and 11, after the others have begun.
    const std::vector<RecordedCall> calls{{0s, 10s, false, ""},
                                          {1s, 10s, false, ""},
                                          {2s, 1s, true, ""},
                                          {10500ms, 1s, true, ""},
                                          {11500ms, 1s, true, ""}};
    const ReplayResult result = replayed(calls, "trip = failure_streak(2); wait = never");
    CHECK(result.opened == Times{11s});
    CHECK(result.good_let_by == 2);
    CHECK(result.good_lost == 1);
}

TEST_CASE("calls that take long are overdue in a replay as they would be") {
    std::vector<RecordedCall> calls;
    for (int i = 0; i != 10; ++i) {
        calls.push_back({i * 1s, 60s, false, ""});
    }
    const ReplayResult result =
        replayed(calls, "trip = failure_streak(2); wait = never; overdue = 2s");
    CHECK(result.bad_let_by < 6);
    CHECK(result.bad_spared > 4);
}

TEST_CASE("a permit that lets a share by is asked with random numbers, the same for each seed") {
    const auto calls = calls_with_outage(400, 1);
    const char* const policies =
        "trip = failure_streak(1); wait = cooldown(10s); permit = ramp_up(0.2, 0.2, 1s)";
    const ReplayResult result = replayed(calls, policies);
    CHECK(result == replayed(calls, policies));
    CHECK(result.good_lost > 10);
    CHECK(result.good_let_by > 100);
    CHECK(result.closed.size() == 1);
    bool differs = false;
    for (std::uint64_t seed = 2; seed != 10; ++seed) {
        differs = differs || result != replayed(calls, policies, {.slow_from = 1h, .seed = seed});
    }
    CHECK(differs);
}

TEST_CASE("a reader is replayed, and a typed breaker, and an asynchronous one") {
    std::istringstream in{"1,100,0\n2,100,0\n3,100,1\n"};
    CallReader reader{in};
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{2}};
    const ReplayResult result = replay(reader, time, breaker);
    CHECK(result.opened == Times{2100ms});
    CHECK(result.good_lost == 1);

    AsyncCircuitBreaker other{Virtual{time}, FailureStreak{2}};
    CHECK(replay(calls_with_outage(3, 2), time, other).opened == Times{101100ms});
}

TEST_CASE("a replay says of each call whether it was let by") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}, FailureStreak{1}};
    Replay replay{time, breaker};
    CHECK(replay.call({0s, 1s, false, ""}));
    CHECK(replay.is_bad({0s, 1s, false, ""}));
    CHECK(replay.call({500ms, 1s, true, ""}));
    CHECK_FALSE(replay.call({1s, 1s, true, ""}));
    CHECK(replay.finish().good_lost == 1);
}

TEST_CASE("calls that cannot be replayed are told") {
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}};
    Replay replay{time, breaker};
    static_cast<void>(replay.call({5s, 1s, true, ""}));
    CHECK(error_of([&] { replay.call({4s, 1s, true, ""}); }) ==
          "fluxgate: a recorded call's at must be at least that of the call before, 5 s, but is "
          "4 s");
    CHECK(error_of([&] { replay.call({6s, -1s, true, ""}); }) ==
          "fluxgate: a recorded call's duration must be from 0 s to 146 years, but is -1 s");
    CHECK(error_of([&] {
              replay.call({std::chrono::nanoseconds::max(), 1s, true, ""});
          }).starts_with("fluxgate: a recorded call's at must be within 146 years of 0 s"));
    CHECK(error_of([&] {
              Replay{time, breaker, {.slow_from = 0s}};
          }).starts_with("fluxgate: ReplayOptions' slow_from must be above 0 s"));
    CHECK(replay.finish().good_let_by == 1);
}

TEST_CASE("times that are as far apart as can be told") {
    const std::string first = "-4611686018.427387903";
    CHECK(times_of(first + ",0,1\n4611686018.427387903,4611686018427.387903,1\n",
                   std::chrono::nanoseconds::max())
              .size() == 2);
    VirtualTime time;
    CircuitBreaker breaker{Virtual{time}};
    std::istringstream in{first + ",0,1\n4611686018.427387903,4611686018427.387903,1\n"};
    CallReader reader{in};
    CHECK(
        error_of([&] {
            static_cast<void>(replay(reader, time, breaker));
        }).starts_with("fluxgate: VirtualTime's advance must be from 0 s to what is left of 292"));
}

TEST_CASE("what a recorder wrote is replayed: the same policies open at the same moment") {
    const char* const policies =
        "window = count_window(10); trip = min_requests(5) & failure_rate(0.5); wait = "
        "cooldown(1h)";
    std::stringstream file;
    std::chrono::nanoseconds opened{};
    {
        VirtualTime time;
        AnyCircuitBreaker breaker{parse_policies(policies), Recorder{file}, Virtual{time}};
        for (int i = 0; i != 20 && breaker.info().state == State::closed; ++i) {
            auto permission = breaker.try_acquire();
            time.advance(10ms + i * 1us);
            if (i % 3 == 0) {
                permission->succeeded();
            } else {
                permission->failed();
            }
            opened = time.wall_clock().time_since_epoch();
        }
        REQUIRE(breaker.info().state == State::open);
    }
    CallReader reader{file};
    CHECK(replayed(reader, policies).opened == Times{opened});
}
