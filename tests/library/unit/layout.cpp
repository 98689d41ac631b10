// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

#include "catch.hpp"

#include <fluxgate/async_circuit_breaker.hpp>
#include <fluxgate/circuit_breaker.hpp>
#include <fluxgate/presets.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

using namespace fluxgate;
using namespace std::chrono_literals;

namespace {

/// A lock of which each use leaves a trace.
class CountingMutex {
public:
    void lock() {
        mutex_.lock();
        ++uses_;
    }
    void unlock() { mutex_.unlock(); }

private:
    std::uint32_t uses_ = 0;
    std::mutex mutex_;
};

class Counting : public Threaded {
public:
    using Mutex = CountingMutex;
};

template <class T>
std::vector<unsigned char> bytes_of(const T& object) {
    std::vector<unsigned char> bytes(sizeof object);
    std::memcpy(bytes.data(), static_cast<const void*>(&object), sizeof object);
    return bytes;
}

/// The first and the last byte of the object that `f` writes.
struct Written {
    std::size_t first;
    std::size_t last;
};
template <class T, class F>
Written written_by(const T& object, F f) {
    const std::vector<unsigned char> before = bytes_of(object);
    f();
    const std::vector<unsigned char> after = bytes_of(object);
    Written written{before.size(), 0};
    for (std::size_t i = 0; i != before.size(); ++i) {
        if (before[i] != after[i]) {
            written.first = std::min(written.first, i);
            written.last = i;
        }
    }
    return written;
}

/// Checks that what outcomes write is on another cache line than the word that every call reads, in
/// this breaker and in a neighbour behind it.
template <class Breaker>
void check_lines(Breaker& breaker) {
    // The word comes first, and each period is another word; which of its bytes change first is a
    // matter of the processor.
    const std::size_t changed = written_by(breaker, [&] { breaker.reset(); }).first;
    const std::size_t word = changed - changed % sizeof(std::uint64_t);
    const Written outcomes = written_by(breaker, [&] {
        for (int i = 0; i != 3; ++i) {
            breaker.try_acquire()->failed();
            breaker.try_acquire()->succeeded();
        }
    });
    REQUIRE(outcomes.first < outcomes.last);
    CHECK(outcomes.first - word >= detail::line_size);
    CHECK(sizeof(Breaker) + word - outcomes.last >= detail::line_size);
}

}  // namespace

TEST_CASE("outcomes are written to other cache lines than every call reads") {
    // The fewer policies there are, the less lies in between.
    CircuitBreaker small{Counting{}, permits::All{}, FailureStreak{100}, retries::Never{}};
    check_lines(small);
    CircuitBreaker usual{Counting{}};
    check_lines(usual);
    CircuitBreaker timed{Counting{}, TimeWindow{10s}, SlowRate{0.5, 1h}};
    check_lines(timed);
    AsyncCircuitBreaker async{Counting{}, permits::All{}, FailureStreak{100}};
    check_lines(async);
}

TEST_CASE("what all calls of the preset write is on no cache line of a neighbour") {
    CircuitBreaker breaker{Counting{}, presets::request_response(500ms)};
    breaker.call([] {});
    const Written written = written_by(breaker, [&] {
        breaker.try_acquire()->failed();
        breaker.call([] {});
        breaker.call([] {});
    });
    REQUIRE(written.first < written.last);
    CHECK(sizeof breaker + written.first - written.last >= detail::line_size);
}

TEST_CASE("the preset takes a kilobyte, with its ten buckets") {
    using Preset = decltype(CircuitBreaker{presets::request_response()});
    // Eight bytes of an allocation belong to the allocator, in units of sixteen.
    constexpr std::size_t overhead = 8;
    constexpr std::size_t buckets = 10 * 2 * sizeof(std::uint64_t) + overhead;
    static_assert(sizeof(void*) != 8 || detail::line_size != 64 ||
                  sizeof(Preset) + overhead + buckets <= 1024);
    SUCCEED("at compile time");
}

TEST_CASE("a breaker is small, and smaller for one thread") {
    // A hundred calls are within it. With the eight bytes of an allocation it is 256.
    static_assert(sizeof(void*) != 8 || detail::line_size != 64 || sizeof(CircuitBreaker<>) <= 248);
    using Single = decltype(CircuitBreaker{SingleThreaded{}});
    static_assert(sizeof(Single) < sizeof(CircuitBreaker<>));
    SUCCEED("at compile time");
}
