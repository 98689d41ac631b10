// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/detail/config.hpp>
#include <fluxgate/detail/fleet/fleet_thread.hpp>
#include <fluxgate/detail/policies/parameters.hpp>
#include <fluxgate/detail/redis/redis_store.hpp>
#include <fluxgate/fleet.hpp>
#include <fluxgate/redis_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>

// Circuit breakers of one name in many processes, shared by way of a Redis (7.0 or later) or a
// Valkey; with hiredis, 0.14 or later.
//
//     fluxgate::RedisOptions options;
//     options.host = "redis.internal";
//     fluxgate::RedisFleet fleet{options};
//     auto membership = fleet.join(breaker, fluxgate::share::Commands{});

FLUXGATE_SYSTEM_HEADER

namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE {

/// Returns the options. Throws `std::invalid_argument` where one of them is wrong.
inline RedisOptions checked(RedisOptions options) {
    const auto check = [](bool is_right, const char* member, const std::string& value,
                          const char* range) {
        if (!is_right) {
            throw_invalid(member, value, range);
        }
    };
    const auto check_time = [&](std::chrono::milliseconds time, const char* member) {
        check(time >= std::chrono::milliseconds{10} && time <= std::chrono::hours{1}, member,
              std::to_string(time.count()) + " ms", "in [10 ms, 1 h]");
    };
    check(!options.host.empty(), "RedisOptions' host", "empty", "at least one character long");
    check(options.port >= 1 && options.port <= 65535, "RedisOptions' port",
          std::to_string(options.port), "in [1, 65535]");
    check(options.database >= 0, "RedisOptions' database", std::to_string(options.database),
          "at least 0");
    check(!options.prefix.empty() && options.prefix.find_first_of("{}") == std::string::npos,
          "RedisOptions' prefix", '"' + options.prefix + '"',
          "at least one character long, without braces");
    check_time(options.interval, "RedisOptions' interval");
    check_time(options.timeout, "RedisOptions' timeout");
    return options;
}

/// Returns a name for this node that no other has.
inline std::string unique_node(const std::string& name) {
    std::random_device device;
    std::string unique = name + '#';
    constexpr int draws = 2;
    for (int i = 0; i != draws; ++i) {
        unique += std::to_string(std::uint32_t{device()});
    }
    return unique;
}

}  // namespace fluxgate::inline v0_1::detail::inline FLUXGATE_MODE

namespace fluxgate::inline v0_1::inline FLUXGATE_MODE {

/// A node of a fleet whose store is a Redis; see `Fleet`, which tells what it does.
///
/// It has one connection, and one thread, which has all signals blocked. Who may write the keys of
/// the prefix may open the circuits.
class RedisFleet : public Fleet {
public:
    /// Begins to take part, also where the Redis is not there yet. Throws `std::invalid_argument`
    /// where an option is wrong, `std::system_error` where no thread can be started, and
    /// `std::bad_alloc`.
    explicit RedisFleet(const RedisOptions& options = {})
        : RedisFleet{detail::checked(options), 0} {}

private:
    RedisFleet(const RedisOptions& options, int)
        : Fleet{{.node = detail::unique_node(options.node),
                 .interval = options.interval,
                 .timeout = options.timeout,
                 .on_error = options.on_error},
                std::make_unique<detail::RedisStore>(options)} {}
};

}  // namespace fluxgate::inline v0_1::inline FLUXGATE_MODE
