// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include "pool.hpp"

#include <fluxgate/fluxgate.hpp>

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

// hiredis, with a pool of connections. To be copied.
namespace recipes {

struct EndsRedis {
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
    void operator()(redisContext* connection) const noexcept { redisFree(connection); }
};

/// What came of a command: a reply, or none; or no connection was free.
struct Replied {
    std::unique_ptr<redisReply, EndsRedis> reply;
    bool had_connection = true;

    /// Returns whether the server did not answer, or says that it is unwell. All other errors are
    /// answers: the command was wrong.
    [[nodiscard]] bool has_failed() const {
        if (reply == nullptr) {
            return true;
        }
        constexpr std::array<std::string_view, 8> unwell{"LOADING",     "BUSY",      "MASTERDOWN",
                                                         "CLUSTERDOWN", "READONLY",  "OOM",
                                                         "MISCONF",     "NOREPLICAS"};
        const std::string_view error =
            reply->type == REDIS_REPLY_ERROR ? reply->str : std::string_view{};
        // The whole word: BUSYGROUP is an answer.
        return std::ranges::count(unwell, error.substr(0, error.find(' '))) != 0 ||
               error.starts_with("ERR max number of clients");
    }
    /// Returns whether our own pool was empty, which says nothing of the server.
    [[nodiscard]] bool is_ours() const { return !had_connection; }
};

using RedisPool = Pool<std::unique_ptr<redisContext, EndsRedis>>;

/// Returns a connection to a server on this machine, or nothing.
inline std::unique_ptr<redisContext, EndsRedis> connect_redis(int port,
                                                              std::chrono::milliseconds timeout) {
    const timeval limit{static_cast<time_t>(timeout.count() / 1000),
                        static_cast<suseconds_t>(1000 * (timeout.count() % 1000))};
    std::unique_ptr<redisContext, EndsRedis> connection{
        redisConnectWithTimeout("127.0.0.1", port, limit)};
    if (connection == nullptr || connection->err != 0 ||
        redisSetTimeout(connection.get(), limit) != REDIS_OK) {
        return nullptr;
    }
    return connection;
}

/// Sends a command by a connection of the pool. `format` and what follows are those of
/// `redisCommand`.
template <class... Args>
Replied command(RedisPool& pool, int port, const char* format, Args... args) {
    constexpr std::chrono::milliseconds patience{50};  // less than can be borne
    auto replied = pool.with(patience, [&](auto& connection) {
        if (connection == nullptr) {
            connection = connect_redis(port, std::chrono::seconds{1});
        }
        Replied answer;
        if (connection != nullptr) {
            answer.reply.reset(
                static_cast<redisReply*>(redisCommand(connection.get(), format, args...)));
        }
        if (answer.has_failed()) {
            connection.reset();  // another one may lead to a server that is well
        }
        return answer;
    });
    return replied ? std::move(*replied) : Replied{nullptr, false};
}

/// Returns the breaker of a server whose callers can bear to wait for 200 ms. It is asked before a
/// connection is taken, so that nobody waits for one while the circuit is open.
inline auto make_redis_breaker() {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{200}), fluxgate::Totals{},
        fluxgate::Name{"redis"},
        fluxgate::Neutral{&Replied::is_ours} | fluxgate::Result{&Replied::has_failed}};
}

}  // namespace recipes
