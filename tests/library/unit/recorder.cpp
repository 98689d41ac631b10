// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// What a recorder writes of the calls of breakers.

#include "catch.hpp"
#include "error_of.hpp"

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/call_reader.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/recorded_call.hpp>
#include <fluxgate/recorder.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <future>
#include <ios>
#include <memory>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#if __has_include(<sys/resource.h>)
#include <sys/resource.h>
#include <csignal>
#endif

#if __has_include(<sys/wait.h>)
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace fluxgate;
using namespace std::chrono_literals;
using testing::Virtual;
using testing::VirtualTime;

namespace {

/// Makes a call that lasts so long.
template <class Breaker>
void call(Breaker& breaker, VirtualTime& time, std::chrono::nanoseconds duration, bool success) {
    auto permission = breaker.try_acquire();
    REQUIRE(permission);
    time.advance(duration);
    if (success) {
        permission->succeeded();
    } else {
        permission->failed();
    }
}

/// Virtual time, and a coarse clock that stands still: within its error, for the calls here.
class StoppedCoarseClock : public Virtual {
public:
    explicit StoppedCoarseClock(VirtualTime& time) : Virtual{time}, stopped_at_{time.now()} {}

    static constexpr std::chrono::nanoseconds coarse_error = 20ms;
    [[nodiscard]] std::chrono::steady_clock::time_point coarse_now() const noexcept {
        return stopped_at_;
    }

private:
    std::chrono::steady_clock::time_point stopped_at_;
};

/// The lines behind the first one, without their ends.
std::string without_header(const std::string& text) {
    return text.substr(text.find('\n') + 1);
}

}  // namespace

TEST_CASE("a recorder writes a line for each call that is settled") {
    VirtualTime time;
    std::ostringstream out;
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Virtual{time}};
    call(breaker, time, 20ms, true);
    time.advance(1500ms);
    call(breaker, time, 1234567ns, false);
    recorder.flush();
    CHECK(out.str() ==
          "time_s,latency_ms,ok\n"
          "1000000,20,1\n"
          "1000001.52,1.234567,0\n");
    CHECK(recorder.lost() == 0);
}

TEST_CASE("what is left is written when recorder and breaker are gone") {
    VirtualTime time;
    std::ostringstream out;
    {
        CircuitBreaker breaker{Recorder{out}, Virtual{time}};
        call(breaker, time, 1ms, true);
    }
    CHECK(without_header(out.str()) == "1000000,1,1\n");
}

TEST_CASE("a type that names a recorder may be made without one") {
    using Default = CircuitBreaker<>;
    CircuitBreaker<CountWindow, trackers::All, trippers::AllOf<MinRequests, FailureRate>, Cooldown,
                   RampUp, Threaded, BreakerOptions<Recorder>>
        breaker;
    CHECK(breaker.call([] { return 7; }) == Default{}.call([] { return 7; }));
}

TEST_CASE("a recorder writes nothing where nothing was called") {
    std::ostringstream out;
    {
        CircuitBreaker breaker{Recorder{out}};
    }
    CHECK(out.str().empty());
}

TEST_CASE("a call is written in every state, and neither rejections nor calls without a verdict") {
    VirtualTime time;
    std::ostringstream out;
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Virtual{time}, FailureStreak{1}, Cooldown{10s},
                           SingleTrial{1s}};
    breaker.disable();
    call(breaker, time, 1ms, true);
    breaker.metrics_only();
    call(breaker, time, 2ms, true);
    breaker.reset();
    call(breaker, time, 3ms, false);
    CHECK_FALSE(breaker.try_acquire());  // open
    time.advance(10s);
    static_cast<void>(breaker.try_acquire());  // dropped
    call(breaker, time, 4ms, true);            // a trial
    CHECK(breaker.info().state == State::closed);
    recorder.flush();
    CHECK(without_header(out.str()) ==
          "1000000,1,1\n"
          "1000000.001,2,1\n"
          "1000000.003,3,0\n"
          "1000010.006,4,1\n");
}

TEST_CASE("breakers of every kind are recorded") {
    VirtualTime time;
    std::ostringstream out;
    Recorder recorder{out};
    SECTION("with all options") {
        CircuitBreaker breaker{recorder, Virtual{time}, Overdue{1s}, Totals{}, MaxHalfOpenCalls{2}};
        call(breaker, time, 5ms, true);
        call(breaker, time, 2s, true);  // overdue, and yet it succeeded
        recorder.flush();
        CHECK(without_header(out.str()) == "1000000,5,1\n1000000.005,2000,1\n");
    }
    SECTION("a coarse clock is not used") {
        CircuitBreaker breaker{recorder, StoppedCoarseClock{time}, Overdue{10s}};
        call(breaker, time, 5ms, true);
        recorder.flush();
        CHECK(without_header(out.str()) == "1000000,5,1\n");
    }
    SECTION("asynchronous") {
        AsyncCircuitBreaker breaker{recorder, Virtual{time}};
        sync_wait(breaker.call([&]() -> Task<int> {
            time.advance(5ms);
            co_return 1;
        }));
        recorder.flush();
        CHECK(without_header(out.str()) == "1000000,5,1\n");
    }
    SECTION("of a text") {
        AnyCircuitBreaker breaker{parse_policies("overdue = 1s"), recorder, Virtual{time}};
        call(breaker, time, 5ms, true);
        breaker.reconfigure(parse_policies("trip = failure_streak(5)"));
        call(breaker, time, 2s, true);
        breaker.disable();
        call(breaker, time, 7ms, false);
        recorder.flush();
        CHECK(without_header(out.str()) == "1000000,5,1\n1000000.005,2000,1\n1000002.005,7,0\n");
    }
    SECTION("that asks how long calls take") {
        CircuitBreaker breaker{recorder, Virtual{time}, SlowRate{0.5, 1s}};
        call(breaker, time, 5ms, true);
        recorder.flush();
        CHECK(without_header(out.str()) == "1000000,5,1\n");
    }
}

TEST_CASE("breakers with names share a recorder, which tells them apart") {
    VirtualTime time;
    std::ostringstream out;
    Recorder recorder{out};
    {
        CircuitBreaker prices{recorder, Virtual{time}, Name{"prices"}};
        CircuitBreaker orders{recorder, Virtual{time}, Name{"orders, \"old\""}};
        call(prices, time, 1ms, true);
        call(orders, time, 2ms, false);
    }
    KeyedBreakers hosts{
        [&](std::string_view host) { return CircuitBreaker{recorder, Virtual{time}, Name{host}}; }};
    hosts.call("a host with a name of more than 31 bytes", [&] { time.advance(3ms); });
    recorder.flush();
    CHECK(out.str() ==
          "time_s,latency_ms,ok,key\n"
          "1000000,1,1,prices\n"
          "1000000.001,2,0,\"orders, \"\"old\"\"\"\n"
          "1000000.003,3,1,a host with a name of more than 31 bytes\n");
}

TEST_CASE("breakers with and without a name do not share a recorder") {
    std::ostringstream out;
    Recorder recorder{out};
    CircuitBreaker named{recorder, Name{"prices"}};
    CHECK(error_of([&] { CircuitBreaker unnamed{recorder, Threaded{}}; }) ==
          "fluxgate: the Recorder of a circuit breaker must be its own, or shared by breakers each "
          "of which has a Name, but is one of another breaker, and one of the two has no Name");
}

TEST_CASE("calls of several threads, of which some have ended, are written") {
    std::ostringstream out;
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Threaded{}};
    for (int i = 0; i != 3; ++i) {
        std::thread{[&] { breaker.call([] {}); }}.join();
        if (i != 0) {
            recorder.flush();
        }
    }
    breaker.call([] {});
    recorder.flush();
    std::istringstream in{out.str()};
    std::string line;
    std::getline(in, line);
    int count = 0;
    while (std::getline(in, line)) {
        CHECK(parse_recorded_call(line).ok);
        ++count;
    }
    CHECK(count == 4);
}

TEST_CASE("a thread goes on to another recorder") {
    for (int i = 0; i != 3; ++i) {
        std::ostringstream out;
        std::ostringstream other_out;
        Recorder recorder{out};
        Recorder other{other_out};
        CircuitBreaker breaker{recorder, Threaded{}};
        CircuitBreaker other_breaker{other, Threaded{}};
        breaker.call([] {});
        other_breaker.call([] {});
        breaker.call([] {});
        recorder.flush();
        other.flush();
        CHECK(std::ranges::count(out.str(), '\n') == 3);
        CHECK(std::ranges::count(other_out.str(), '\n') == 2);
    }
}

namespace {

/// Writes nowhere, as a disk that is full.
class Full : public std::streambuf {
public:
    bool is_full = true;

protected:
    int_type overflow(int_type c) override {
        return is_full ? traits_type::eof() : traits_type::not_eof(c);
    }
    std::streamsize xsputn(const char*, std::streamsize size) override {
        return is_full ? 0 : size;
    }
};

}  // namespace

TEST_CASE("calls that the stream does not take are counted") {
    VirtualTime time;
    Full full;
    std::ostream out{&full};
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Virtual{time}};
    SECTION("where it fails") {
        call(breaker, time, 1ms, true);
        call(breaker, time, 1ms, true);
        recorder.flush();
        CHECK(recorder.lost() == 2);
        CHECK(out.bad());
    }
    SECTION("where it throws") {
        out.exceptions(std::ios::badbit | std::ios::failbit);
        call(breaker, time, 1ms, true);
        recorder.flush();
        call(breaker, time, 1ms, true);
        call(breaker, time, 1ms, true);
        recorder.flush();
        CHECK(recorder.lost() == 3);
    }
    SECTION("and no others") {
        full.is_full = false;
        for (int i = 0; i != 5; ++i) {
            call(breaker, time, 1ms, true);
        }
        recorder.flush();
        CHECK(recorder.lost() == 0);
        full.is_full = true;
        for (int i = 0; i != 3; ++i) {
            call(breaker, time, 1ms, true);
        }
        recorder.flush();
        CHECK(recorder.lost() == 3);
        full.is_full = false;
        call(breaker, time, 1ms, true);
        recorder.flush();
        CHECK(recorder.lost() == 3);
        CHECK(out.good());
    }
}

namespace {

/// Counts how often it was flushed.
class Flushed : public std::stringbuf {
public:
    int count = 0;

protected:
    int sync() override {
        ++count;
        return 0;
    }
};

/// Calls a breaker at the very end of a thread, which makes another call before.
template <class Breaker, class F>
void call_at_end_of_thread(Breaker& breaker, F before) {
    struct CallsAtEnd {
        ~CallsAtEnd() {
            breaker->call([] {});
        }
        Breaker* breaker = nullptr;
    };
    std::thread{[&] {
        static thread_local CallsAtEnd at_end;
        at_end.breaker = &breaker;
        before();
    }}.join();
}

}  // namespace

TEST_CASE("a stream is flushed behind what it was given, and not without") {
    VirtualTime time;
    Flushed buffer;
    std::ostream out{&buffer};
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Virtual{time}};
    recorder.flush();
    CHECK(buffer.count == 0);
    for (const int calls : {1, 100}) {
        for (int i = 0; i != calls; ++i) {
            call(breaker, time, 1ms, true);
        }
        const int before = buffer.count;
        recorder.flush();
        CHECK(buffer.count > before);
    }
    const int before = buffer.count;
    recorder.flush();
    CHECK(buffer.count == before);
}

// MinGW clears a thread's storage before it destroys what is in it, and writes the calls of these.
#ifndef __MINGW32__
TEST_CASE("a call at the very end of a thread is counted as lost, and its mark is written") {
    std::ostringstream out;
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Threaded{}};
    call_at_end_of_thread(breaker, [&] { breaker.call([] {}); });
    recorder.flush();
    CHECK(recorder.lost() == 1);
    CHECK(out.str().ends_with("\n# lost 1\n"));
    std::istringstream in{out.str()};
    CallReader reader{in};
    CHECK(reader.next());
    CHECK_FALSE(reader.next());
    CHECK(reader.lost() == 1);
}

TEST_CASE("calls that are lost before any is written are told behind the first one") {
    std::ostringstream out;
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Threaded{}};
    call_at_end_of_thread(breaker, [] {
        // The first use of the recorder is at the thread's end: another one is used before.
        std::ostringstream elsewhere;
        CircuitBreaker other{Recorder{elsewhere}, Threaded{}};
        other.call([] {});
    });
    recorder.flush();
    CHECK(recorder.lost() == 1);
    CHECK(out.str().empty());
    breaker.call([] {});
    recorder.flush();
    CHECK(out.str().starts_with("time_s,latency_ms,ok\n"));
    CHECK(out.str().ends_with("\n# lost 1\n"));
}
#endif

#if __has_include(<sys/wait.h>)
namespace {

/// The signals that the calling thread blocks.
sigset_t blocked_signals() {
    sigset_t blocked;
    sigemptyset(&blocked);
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    return blocked;
}

/// Tells which signals the first thread blocks that writes to it and is not its maker.
class AsksItsWriter : public std::stringbuf {
public:
    /// Waits for that thread.
    sigset_t blocked_by_writer() { return answer_.get_future().get(); }

protected:
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        if (std::this_thread::get_id() != maker_ && !has_answered_) {
            has_answered_ = true;
            answer_.set_value(blocked_signals());
        }
        return std::stringbuf::xsputn(text, size);
    }

private:
    const std::thread::id maker_ = std::this_thread::get_id();
    bool has_answered_ = false;
    std::promise<sigset_t> answer_;
};

}  // namespace

TEST_CASE("a recorder's thread takes no signals, and leaves those of its maker as they were") {
    const std::array signals{SIGUSR1, SIGINT, SIGTERM, SIGHUP};
    const sigset_t before = blocked_signals();
    AsksItsWriter text;
    std::ostream out{&text};
    CircuitBreaker breaker{Recorder{out}};
    const sigset_t after = blocked_signals();
    breaker.call([] {});
    const sigset_t of_writer = text.blocked_by_writer();
    for (const int signal : signals) {
        CHECK(sigismember(&after, signal) == sigismember(&before, signal));
        CHECK(sigismember(&of_writer, signal) == 1);
    }
}
#endif

namespace {

/// A disk with room for so many bytes.
class Disk : public std::stringbuf {
public:
    explicit Disk(std::size_t room) : room_{room} {}

    void make_room(std::size_t room) { room_ = room; }

protected:
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        const std::size_t taken = (std::min)(static_cast<std::size_t>(size), room_);
        room_ -= taken;
        return std::stringbuf::xsputn(text, static_cast<std::streamsize>(taken));
    }
    int_type overflow(int_type c) override {
        if (room_ == 0) {
            return traits_type::eof();
        }
        --room_;
        return std::stringbuf::overflow(c);
    }

private:
    std::size_t room_;
};

/// What a reader finds in a record, read to its end.
struct Found {
    std::vector<RecordedCall> calls;
    std::uint64_t lost = 0;
    std::uint64_t torn = 0;
    /// What it says at the end.
    std::string error;
};

Found read(const std::string& text) {
    std::istringstream in{text};
    CallReader reader{in};
    Found found;
    found.error = error_of([&] {
        while (const auto call = reader.next()) {
            found.calls.push_back(*call);
        }
    });
    CHECK_FALSE(reader.next());  // it says so once
    found.lost = reader.lost();
    found.torn = reader.torn();
    return found;
}

}  // namespace

namespace {

/// A disk with room for so many bytes behind a buffer, which forgets what it could not write, as
/// those of C's streams do.
class Forgetful : public std::streambuf {
public:
    explicit Forgetful(std::size_t room) : room_{room} {
        setp(buffer_.data(), buffer_.data() + buffer_.size());
    }

    void make_room(std::size_t room) { room_ = room; }
    [[nodiscard]] const std::string& str() const { return written_; }

protected:
    int sync() override {
        const std::string_view all{pbase(), static_cast<std::size_t>(pptr() - pbase())};
        const std::size_t taken = (std::min)(all.size(), room_);
        room_ -= taken;
        written_ += all.substr(0, taken);
        setp(buffer_.data(), buffer_.data() + buffer_.size());
        return taken == all.size() ? 0 : -1;
    }
    int_type overflow(int_type c) override {
        if (sync() != 0) {
            return traits_type::eof();
        }
        return traits_type::eq_int_type(c, traits_type::eof())
                   ? traits_type::not_eof(c)
                   : sputc(traits_type::to_char_type(c));
    }

private:
    std::size_t room_;
    std::array<char, 256> buffer_{};
    std::string written_;
};

/// Records some calls while the disk has room, then runs full, then has room again.
template <class Disk>
void expect_all_but_those_of_that_while(std::size_t room, std::size_t at_once) {
    CAPTURE(room, at_once);
    VirtualTime time;
    Disk disk{room};
    std::ostream out{&disk};
    std::size_t made = 0;
    std::uint64_t lost = 0;
    {
        Recorder recorder{out};
        CircuitBreaker breaker{recorder, Virtual{time}, Name{"payments, \"old\""}};
        const auto calls = [&] {
            for (std::size_t i = 0; i != at_once; ++i) {
                call(breaker, time, 20ms, true);
            }
            made += at_once;
            recorder.flush();
        };
        calls();
        calls();
        CHECK((at_once == 3U || recorder.lost() > 0));
        disk.make_room(100'000);
        recorder.flush();  // tries again although no call has come
        calls();
        const std::uint64_t lost_before = recorder.lost();
        calls();
        CHECK(recorder.lost() == lost_before);
        lost = recorder.lost();
    }
    const Found found = read(disk.str());
    CHECK(found.lost == lost);
    CHECK(found.calls.size() == made - lost);
    CHECK(found.torn <= 2);  // a line, and a mark
    CHECK(found.error.empty() == (found.torn == 0));
    CHECK(disk.str().find("time_s,latency_ms,ok,key\n") != std::string::npos);
    for (const RecordedCall& one : found.calls) {
        CHECK(one.duration == 20ms);
        CHECK(one.key == "payments, \"old\"");
    }
}

}  // namespace

TEST_CASE("a disk that was full for a while has all calls but those of that while") {
    for (std::size_t room = 0; room != 400; ++room) {
        // Few calls at once are written one by one, many as one text.
        expect_all_but_those_of_that_while<Disk>(room, 3);
        expect_all_but_those_of_that_while<Disk>(room, 60);
    }
}

TEST_CASE("a stream that forgets what it could not write has all calls but those of that while") {
    for (std::size_t room = 0; room != 400; ++room) {
        expect_all_but_those_of_that_while<Forgetful>(room, 3);
        expect_all_but_those_of_that_while<Forgetful>(room, 60);
    }
}

#if __has_include(<sys/resource.h>)
TEST_CASE("a file that reached its limit goes on when that is raised") {
    // The limit stands for a disk that is full: a write takes what there is room for, then fails.
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto limit = [&](rlim_t bytes) {
        const rlimit now{bytes, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &now);
    };
    const std::string path = "fluxgate_recorder_limited.csv";
    const rlim_t room = GENERATE(0U, 10U, 30U, 100U, 2000U, 70'000U);
    const int at_once = GENERATE(5, 100, 2000);
    CAPTURE(room, at_once);
    VirtualTime time;
    std::uint64_t lost = 0;
    std::size_t made = 0;
    {
        std::ofstream file{path};
        Recorder recorder{file};
        CircuitBreaker breaker{recorder, Virtual{time}, Name{"payments"}};
        const auto calls = [&] {
            for (int i = 0; i != at_once; ++i) {
                call(breaker, time, 20ms, true);
                ++made;
                if (i % 1000 == 999) {
                    recorder.flush();  // before the ring is full
                }
            }
            recorder.flush();
        };
        limit(room);
        calls();
        calls();
        limit(before.rlim_cur);
        calls();
        lost = recorder.lost();
    }
    std::signal(SIGXFSZ, handler);
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    std::remove(path.c_str());
    const Found found = read(text.str());
    CHECK(found.lost == lost);
    // One that the file took although it failed is counted as lost, and is there.
    CHECK(found.calls.size() >= made - lost);
    CHECK(found.calls.size() <= made - lost + 1);
    CHECK(found.torn <= 3);  // of a line, and of the marks of two attempts
}
#endif

namespace {

/// Virtual time, and a system clock that is ahead of it.
class Ahead : public Virtual {
public:
    Ahead(VirtualTime& time, const std::chrono::hours& by) : Virtual{time}, by_{&by} {}

    [[nodiscard]] std::chrono::system_clock::time_point wall_clock() const noexcept {
        return Virtual::wall_clock() + *by_;
    }

private:
    const std::chrono::hours* by_;
};

}  // namespace

TEST_CASE("the times of a record follow the system clock when that is set") {
    VirtualTime time;
    std::chrono::hours ahead{0};
    std::ostringstream out;
    Recorder recorder{out};
    CircuitBreaker breaker{recorder, Ahead{time, ahead}};
    call(breaker, time, 1ms, true);
    ahead = 2h;  // it was set, or the machine has slept
    time.advance(1s);
    call(breaker, time, 1ms, true);
    ahead = 0h;
    time.advance(1s);
    call(breaker, time, 1ms, true);
    recorder.flush();
    CHECK(without_header(out.str()) ==
          "1000000,1,1\n"
          "1007201.001,1,1\n"
          "1000002.002,1,1\n");
}

TEST_CASE("the text of a recorded call is exact") {
    const auto check = [](const RecordedCall& call, const std::string& text) {
        CHECK(to_string(call) == text);
        CHECK(parse_recorded_call(text) == call);
    };
    check({}, "0,0,1");
    check({1ns, 1ns, false, ""}, "0.000000001,0.000001,0");
    check({1'764'218'400'250'000'001ns, 18'300us, true, "prices"},
          "1764218400.250000001,18.3,1,prices");
    check({-1500ms, 100s, true, "\"\n,"}, "-1.5,100000,1,\"\"\"\n,\"");
    check({std::chrono::nanoseconds::max() / 2, std::chrono::nanoseconds::max() / 2, true, ""},
          "4611686018.427387903,4611686018427.387903,1");
}

TEST_CASE("a line is read where it is written in another way") {
    CHECK(parse_recorded_call(" 1.50 , 2. ,1") == RecordedCall{1500ms, 2ms, true, ""});
    CHECK(parse_recorded_call(".5,0,0,") == RecordedCall{500ms, 0ns, false, ""});
    CHECK(parse_recorded_call("0.0000000019,0,0") == RecordedCall{1ns, 0ns, false, ""});
    CHECK(parse_recorded_call("1,2,1,\"plain\"").key == "plain");
    CHECK(parse_recorded_call("1,2,1, a b ").key == " a b ");
    CHECK(parse_recorded_call("\"1\",\"20\",\"1\"") == RecordedCall{1s, 20ms, true, ""});
    CHECK(parse_recorded_call("1,+20,1\t") == RecordedCall{1s, 20ms, true, ""});
    CHECK(parse_recorded_call("1,20,True").ok);
    CHECK_FALSE(parse_recorded_call("1,20,FALSE").ok);
}

TEST_CASE("numbers with an exponent are exact") {
    const auto at = [](const std::string& text) { return parse_recorded_call(text + ",0,1").at; };
    CHECK(at("1.7e+09") == 1'700'000'000s);
    CHECK(at("1764218400250000001e-9") == 1'764'218'400'250'000'001ns);
    CHECK(at("1.5E3") == 1500s);
    CHECK(at("-25e-3") == -25ms);
    CHECK(at("5e-05") == 50us);
    CHECK(at("1e-10") == 0ns);
    CHECK(at("12345e-12") == 12ns);
    CHECK(at("0e99999") == 0ns);
    CHECK(at("4.611686018427387903e9") == std::chrono::nanoseconds::max() / 2);
}

TEST_CASE("times are read as ISO 8601 has them") {
    const auto at = [](const std::string& text) { return parse_recorded_call(text + ",0,1").at; };
    CHECK(at("1970-01-01T00:00:00Z") == 0s);
    CHECK(at("2026-11-29T08:00:00Z") == 1'795'939'200s);
    CHECK(at("2026-11-29 08:00:00") == 1'795'939'200s);
    CHECK(at("2026-11-29T08:00Z") == 1'795'939'200s);
    CHECK(at("2026-11-29T08:00:00.310z") == 1'795'939'200'310ms);
    CHECK(at("\"2026-11-29T08:00:00,123456789123+00:00\"") == 1'795'939'200'123'456'789ns);
    CHECK(at("2026-11-29T09:30:00+01:30") == 1'795'939'200s);
    CHECK(at("2026-11-29T00:00:00-0800") == 1'795'939'200s);
    CHECK(at("2026-11-29T10:00:00+02") == 1'795'939'200s);
    CHECK(at("2024-02-29T00:00:00Z") == 1'709'164'800s);
    CHECK(at("1969-12-31T23:59:59.5Z") == -500ms);
}

TEST_CASE("a line that is wrong is told") {
    const auto check = [](const std::string& line, const std::string& error) {
        CHECK(error_of([&] { static_cast<void>(parse_recorded_call(line)); }) ==
              "fluxgate: " + error);
    };
    const std::string time =
        "time_s must be a number of seconds within 146 years of 0, or a time of ISO 8601, ";
    const std::string latency =
        "latency_ms must be a number of milliseconds, from 0 to 146 years, ";
    const std::string fields =
        "a recorded call must be time_s,latency_ms,ok or time_s,latency_ms,ok,key, ";
    const std::string marks =
        "key must be a field without quotation marks, or with one at each end, ";
    check("", fields + "but is empty");
    for (const char* const wrong : {"x",
                                    ".",
                                    "-",
                                    "+",
                                    "+-1",
                                    "1.2.3",
                                    "1e",
                                    "1e+",
                                    "1e3.5",
                                    "1e1234567",
                                    "1e10",
                                    "0x10",
                                    "4611686018.427387904",
                                    "99999999999999999999999",
                                    "2026-11-29",
                                    "2026-13-29T08:00:00Z",
                                    "2026-02-29T08:00:00Z",
                                    "2026-11-29T24:00:00Z",
                                    "2026-11-29T08:60:00Z",
                                    "2026-11-29T08:00:61Z",
                                    "2026-11-29T08:00:00.Z",
                                    "2026-11-29T08:00:00+1",
                                    "2026-11-29T08:00:00+01:60",
                                    "2026-11-29T08:00:00+01:",
                                    "2026-11-29T08:00:00Zulu",
                                    "2120-01-01T00:00:00Z"}) {
        check(std::string{wrong} + ",1,1", time + "but is " + wrong);
    }
    check(",1,1", time + "but is empty");
    check("1,-1,1", latency + "but is -1");
    check("1,-,1", latency + "but is -");
    check("1,nan,1", latency + "but is nan");
    check("1,2,3", "ok must be 1 or 0, or true or false, but is 3");
    check("1,2", fields + "but is one without ok: 1,2");
    check("1", fields + "but is one without latency_ms: 1");
    check("1,2,1,a,b", fields + "but is one of 5 fields");
    check("1,2,1,a,", fields + "but is one of 5 fields");
    check("1,2,1,\"a", marks + "but is \"a");
    check("1,2,1,\"a\"b", marks + "but is \"a\"b");
    check("1,2,1,\"a\"b\"", marks + "but is \"a\"b\"");
    check("1,2,1,a\"b", marks + "but is a\"b");
    check("1,2,1,\"", marks + "but is \"");
    check(std::string(100, 'x') + ",1,1", time + "but is " + std::string(60, 'x') + "...");
}

#if __has_include(<sys/wait.h>) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a process that is forked writes nothing, and ends") {
    VirtualTime time;
    std::ostringstream out;
    auto recorder = std::make_unique<Recorder>(out);
    auto breaker = std::make_unique<
        CircuitBreaker<CountWindow, trackers::All, trippers::AllOf<MinRequests, FailureRate>,
                       Cooldown, RampUp, Virtual, BreakerOptions<Recorder>>>(*recorder,
                                                                             Virtual{time});
    call(*breaker, time, 1ms, true);
    recorder->flush();
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        breaker->call([] {});
        recorder->flush();
        breaker.reset();
        recorder.reset();
        _exit(without_header(out.str()) == "1000000,1,1\n" ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
}
#endif
