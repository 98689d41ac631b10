// SPDX-FileCopyrightText: 2026 The Fluxgate authors
// SPDX-License-Identifier: MIT
#pragma once

#include <fluxgate/fluxgate.hpp>

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// hiredis, with a pool of connections. To be copied.
namespace recipes {

struct EndsReply {
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};

/// What came of a command: a reply, or none; or no connection was free.
struct Replied {
    std::unique_ptr<redisReply, EndsReply> reply;
    bool had_connection = true;

    /// Returns whether the server did not answer, or says that it is unwell. All other errors are
    /// answers: the command was wrong.
    [[nodiscard]] bool has_failed() const {
        if (reply == nullptr) {
            return true;
        }
        constexpr std::array<std::string_view, 7> unwell{
            "LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "READONLY", "OOM", "MISCONF"};
        const std::string_view error =
            reply->type == REDIS_REPLY_ERROR ? reply->str : std::string_view{};
        return std::ranges::any_of(unwell,
                                   [&](std::string_view code) { return error.starts_with(code); });
    }
    /// Returns whether our own pool was empty, which says nothing of the server.
    [[nodiscard]] bool is_ours() const { return !had_connection; }
};

/// Connections to one server, of which each is made when it is needed. Thread-safe.
class RedisPool {
    struct EndsConnection {
        void operator()(redisContext* context) const noexcept { redisFree(context); }
    };
    using Connection = std::unique_ptr<redisContext, EndsConnection>;

public:
    RedisPool(std::size_t connections, int port, std::chrono::milliseconds timeout)
        : free_(connections), port_{port}, timeout_{timeout} {}

    /// Sends a command by a connection that is free within `patience`. `format` and what follows are
    /// those of `redisCommand`.
    template <class... Args>
    [[nodiscard]] Replied command(std::chrono::milliseconds patience, const char* format,
                                  Args... args) {
        std::optional<Connection> taken = take(patience);
        if (!taken) {
            return {nullptr, false};
        }
        Connection connection = std::move(*taken);
        if (connection == nullptr) {
            connection = connect();
        }
        Replied replied;
        if (connection != nullptr) {
            replied.reply.reset(
                static_cast<redisReply*>(redisCommand(connection.get(), format, args...)));
            if (replied.reply == nullptr) {
                connection.reset();  // it is of no more use
            }
        }
        give_back(std::move(connection));
        return replied;
    }

private:
    [[nodiscard]] std::optional<Connection> take(std::chrono::milliseconds patience) {
        std::unique_lock lock{mutex_};
        if (!given_back_.wait_for(lock, patience, [this] { return !free_.empty(); })) {
            return std::nullopt;
        }
        Connection connection = std::move(free_.back());
        free_.pop_back();
        return connection;
    }
    void give_back(Connection connection) {
        const std::lock_guard lock{mutex_};
        free_.push_back(std::move(connection));
        given_back_.notify_one();
    }
    [[nodiscard]] Connection connect() const {
        const timeval timeout{static_cast<time_t>(timeout_.count() / 1000),
                              static_cast<suseconds_t>(1000 * (timeout_.count() % 1000))};
        Connection connection{redisConnectWithTimeout("127.0.0.1", port_, timeout)};
        if (connection == nullptr || connection->err != 0 ||
            redisSetTimeout(connection.get(), timeout) != REDIS_OK) {
            return nullptr;
        }
        return connection;
    }

    std::mutex mutex_;
    std::condition_variable given_back_;
    /// Guarded by the mutex. Those that are null are yet to be made.
    std::vector<Connection> free_;
    const int port_;
    const std::chrono::milliseconds timeout_;
};

/// Returns the breaker of a server whose callers can bear to wait for 200 ms.
inline auto make_redis_breaker() {
    return fluxgate::CircuitBreaker{
        fluxgate::presets::request_response(std::chrono::milliseconds{200}), fluxgate::Totals{},
        fluxgate::Name{"redis"},
        fluxgate::Neutral{&Replied::is_ours} | fluxgate::Result{&Replied::has_failed}};
}
using RedisBreaker = decltype(make_redis_breaker());

/// Sends a command, or says why it did not. The circuit is asked first, so that nobody waits for a
/// connection while it is open.
template <class... Args>
auto command(RedisBreaker& breaker, RedisPool& pool, const char* format, Args... args) {
    constexpr std::chrono::milliseconds patience{50};  // less than can be borne
    return breaker.try_call([&] { return pool.command(patience, format, args...); });
}

}  // namespace recipes
