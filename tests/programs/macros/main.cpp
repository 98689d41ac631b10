// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// The library included behind other people's macros: Qt's with its keywords, X11's, Windows'
// without NOMINMAX, and those of curses and of old Unix headers. The standard headers come first,
// as they would in those programs.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <condition_variable>
#include <coroutine>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <list>
#include <locale>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <ranges>
#include <ratio>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>
#include <version>
#if __has_include(<expected>)
#include <expected>
#endif
#if __has_include(<format>)
#include <format>
#endif
#if __has_include(<unistd.h>)
#include <pthread.h>
#include <unistd.h>
#endif

// Qt
#define slots
#define signals public
#define emit
#define foreach for
#define forever for (;;)
#define Q_SLOTS
// X11, whose macro Always is answered by a sentence of its own
#define None 0L
#define Status int
#define Success 0
#define Bool int
#define True 1
#define False 0
#define Unsorted 0
#define Complex 0
#define Above 0
#define Below 1
#define Opposite 4
#define WhenMapped 1
#define NotUseful 0
#define KeyPress 2
#define FocusIn 9
#define Expose 12
#define index(s, c) (strchr((s), (c)))
// Windows
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define ERROR 0
#define NO_ERROR 0
#define near
#define far
#define interface struct
#define small char
#define hyper long
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define DELETE 0x10000L
#define DOMAIN 1
#define OVERFLOW 3
#define IGNORE 0
#define INFINITE 0xffffffff
#define STRICT 1
#define DEBUG 1
#define GetMessage GetMessageW
#define SendMessage SendMessageW
// AssertMacros.h of macOS
#define check(assertion)
#define verify(assertion)
#define require(assertion, label)
// curses, old Unix
#define OK 0
#define ERR -1
#define major(device) 0
#define minor(device) 0
#define unix 1
#define linux 1

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fleet.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/replay.hpp>

namespace {

fluxgate::Task<int> one() {
    co_return 1;
}

int used() {
    using std::chrono::seconds;
    fluxgate::testing::VirtualTime time;
    fluxgate::CircuitBreaker breaker{
        fluxgate::testing::Virtual{time},
        fluxgate::TimeWindow{seconds{10}},
        fluxgate::TypeOf<std::runtime_error>{} |
            fluxgate::Result{[](int value) { return value < 0; }},
        fluxgate::FailureStreak{2} |
            (fluxgate::MinRequests{3} & fluxgate::SlowRate{0.5, seconds{1}}),
        fluxgate::Backoff{seconds{1}, 2.0, seconds{30}, 0.1},
        fluxgate::RampUp{},
        fluxgate::Listeners{[](const fluxgate::Signal&) {}}};
    int sum = breaker.call([] { return 1; });
    sum += breaker.try_call([] { return 1; }).value();
    sum += breaker.wrap([] { return 1; }, [] { return 0; })();
    breaker.force_open();
    std::cout << breaker.info() << '\n';

    // Qt's `slots` is nothing: an initialiser of that name would be an empty one.
    fluxgate::Semaphore semaphore{3};
    sum += semaphore.try_acquire() ? 1 : 0;
    fluxgate::AsyncCircuitBreaker async{fluxgate::Cooldown{seconds{5}}, fluxgate::CountWindow{5}};
    sum += fluxgate::sync_wait(async.call(one));
    std::stringstream file;
    fluxgate::CircuitBreaker recorded{fluxgate::Recorder{file}, fluxgate::testing::Virtual{time}};
    fluxgate::CallReader calls{file};
    sum += static_cast<int>(fluxgate::replay(calls, time, recorded).good_lost);
    return sum;
}

}  // namespace

int main() {
    return used() == 5 ? 0 : 1;
}
