// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT

// Results that cannot be moved, in a cancelled thread. Apart, for libc++abi shows forced unwinding
// to destructors alone, where such a result cannot be told from a success.

#include "catch.hpp"

#include <fluxgate/fluxgate.hpp>

#include <pthread.h>

#ifndef _LIBCPP_VERSION
namespace {

struct Pinned {
    Pinned() = default;
    Pinned(Pinned&&) = delete;
};

Pinned cancelled_pinned() {
    pthread_cancel(pthread_self());
    pthread_testcancel();
    return {};
}

fluxgate::CircuitBreaker<> breaker;

void* call(void*) {
    static_cast<void>(breaker.call(cancelled_pinned));
    return nullptr;
}

}  // namespace

TEST_CASE("a call with a result that cannot be moved is neutral when its thread is cancelled") {
    pthread_t thread{};
    REQUIRE(pthread_create(&thread, nullptr, call, nullptr) == 0);
    void* result = nullptr;
    REQUIRE(pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(breaker.info().metrics.total_count == 0);
}
#endif
