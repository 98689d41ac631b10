// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

// What the README's snippets take for granted: the user's own types and functions.

#include <fluxgate/any_circuit_breaker.hpp>
#include <fluxgate/fluxgate.hpp>
#include <fluxgate/policy_text.hpp>
#include <fluxgate/replay.hpp>

#include <cassert>
#include <chrono>
#include <coroutine>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Adapters for libraries that not every machine has.
#if __has_include(<prometheus/exposer.h>)
#include <fluxgate/prometheus.hpp>
#include <fluxgate/prometheus_fleet.hpp>

#include "../../../examples/recipes/service.hpp"

#include <prometheus/exposer.h>
#endif
#if __has_include(<hiredis/hiredis.h>)
#include <fluxgate/redis.hpp>
#endif
#if __has_include(<opentelemetry/metrics/provider.h>)
#include <fluxgate/opentelemetry.hpp>

#include <opentelemetry/metrics/provider.h>
#endif

// A snippet shows how to get a thing, not what to do with it.
#ifdef __GNUC__
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#endif

using namespace std::chrono_literals;

struct NetworkError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct TimeoutError : NetworkError {
    using NetworkError::NetworkError;
};
struct NotFound : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Order {};
struct Receipt {
    bool queued = false;
};
inline Receipt charge(const Order&) {
    return {};
}

struct Response {
    int status = 200;
};
inline Response get(const std::string&) {
    return {};
}

inline int fetch_number() {
    return 1;
}

/// Stands for a pool of threads.
struct Pool {
    static std::suspend_never schedule() { return {}; }
};
inline Pool pool;
